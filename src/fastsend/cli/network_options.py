"""The options of the network: titles, associations, timeouts and PDU lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastsend.cli.option import Argument, Option
from fastsend.cli.proposal_options import NOT_WITH_PROFILE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastsend.model.association_profile import AssociationProfile

LONGEST_WAIT = 2147483
"""Seconds; poll() counts the milliseconds of a wait in 31 bits."""

IP_VERSIONS = (
    Option(
        "-i4",
        "--ipv4",
        "use IPv4 only",
        field="ip_version",
        value="4",
        group="IP version",
    ),
    Option(
        "-i6",
        "--ipv6",
        "use IPv6 only",
        field="ip_version",
        value="6",
        group="IP version",
    ),
    Option(
        "-i0",
        "--ip-auto",
        "try all addresses of the peer in the order of the DNS lookup; without any of these three "
        "options, those of IPv4 come first",
        field="ip_version",
        value="auto",
        group="IP version",
    ),
)

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


PARALLEL = (
    Option(
        "",
        "--associations",
        "send on this many associations at the same time, or with auto on 1, 2 or 4, as many as "
        "the peer takes and gains by, and 1 for servers of DCMTK",
        field="associations",
        arguments=(Argument("number", "integer_or_auto", 1, 64),),
        without="auto",
        conflicts=("--single-association",),
        known="fastsend",
        not_in=("storescu", "dcmsend"),
    ),
    Option(
        "",
        "--async-window",
        "propose an asynchronous operations window: up to this many requests of an association "
        "wait for their responses at the same time, if the peer agrees; 1 proposes none",
        field="async_window",
        arguments=(Argument("number", "integer", 1, 65535),),
        known="fastsend",
        not_in=("storescu", "dcmsend"),
    ),
    Option(
        "",
        "--ordered",
        "send the instances of each series on one association, in the order of the input",
        field="ordered",
        value=True,
        known="fastsend",
        not_in=("storescu", "dcmsend"),
    ),
)


def _read_profile(_: Option, arguments: Sequence[Any]) -> AssociationProfile:
    from fastsend.plan.association_profile import read_association_profile

    return read_association_profile(*arguments)


PROFILE = (
    Option(
        "-xf",
        "--config-file",
        "use this profile of this configuration file: its presentation contexts, roles and "
        "extended negotiation are proposed, whatever the files are",
        field="association_profile",
        arguments=(Argument("filename"), Argument("profile")),
        make=_read_profile,
        without="none",
        conflicts=NOT_WITH_PROFILE,
        known="storescu",
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
    Option(
        "",
        "--abort",
        "abort the association instead of releasing it when all is sent",
        field="abort",
        value=True,
        known="storescu",
    ),
)
