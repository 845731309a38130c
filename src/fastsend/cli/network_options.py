"""The options of the network: titles, associations, timeouts and PDU lengths."""

from __future__ import annotations

from fastsend.cli.option import Argument, Option

LONGEST_WAIT = 2147483
"""Seconds; poll() counts the milliseconds of a wait in 31 bits."""

TITLES = (
    Option(
        "-aet",
        "--aetitle",
        "set my calling AE title",
        field="calling_ae_title",
        arguments=(Argument("title", "ae_title"),),
    ),
    Option(
        "-aec",
        "--call",
        "set called AE title of peer",
        field="called_ae_title",
        arguments=(Argument("title", "ae_title"),),
    ),
)

ASSOCIATIONS = (
    Option(
        "+ma",
        "--multi-associations",
        "use multiple associations (one after the other) if needed to transfer the instances",
        field="multiple_associations",
        value=True,
        group="associations",
        known="dcmsend",
    ),
    Option(
        "-ma",
        "--single-association",
        "always use a single association",
        field="multiple_associations",
        value=False,
        group="associations",
        known="dcmsend",
    ),
)

OTHER_NETWORK = (
    Option(
        "-to",
        "--timeout",
        "timeout for connection requests",
        field="connection_timeout",
        arguments=(Argument("seconds", "seconds", 1, LONGEST_WAIT),),
        without="unlimited",
    ),
    Option(
        "-ts",
        "--socket-timeout",
        "timeout for the network socket (0 for none)",
        field="socket_timeout",
        # storescu takes -1 for none as well.
        arguments=(Argument("seconds", "seconds", -1, LONGEST_WAIT),),
        without="none",
        known="storescu",
    ),
    Option(
        "-ta",
        "--acse-timeout",
        "timeout for ACSE messages",
        field="acse_timeout",
        arguments=(Argument("seconds", "seconds", 1, LONGEST_WAIT),),
        without="unlimited",
    ),
    Option(
        "-td",
        "--dimse-timeout",
        "timeout for DIMSE messages: from the first byte of a request to the last of its response",
        field="dimse_timeout",
        arguments=(Argument("seconds", "seconds", 1, LONGEST_WAIT),),
        without="unlimited",
    ),
    Option(
        "-pdu",
        "--max-pdu",
        "set max receive pdu to this number of bytes",
        field="max_pdu_length",
        arguments=(Argument("bytes", "integer", 4096, 131072),),
    ),
    Option(
        "",
        "--max-send-pdu",
        "restrict max send pdu to this number of bytes",
        field="max_send_pdu_length",
        arguments=(Argument("bytes", "integer", 4096, 131072),),
        without="what the peer allows",
    ),
    Option(
        "",
        "--limit",
        "send no more than this many bytes a second, all associations together; k, M and G at the "
        "end mean thousands, millions and billions",
        field="limit",
        arguments=(Argument("rate", "rate", 0),),
        without="none",
        known="fastsend",
    ),
)
