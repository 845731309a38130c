"""The fragmenter against pynetdicom's: ``python -m benchmarks.micro.fragment``.

One C-STORE request of a data set in memory becomes the bytes of its P-DATA-TF PDUs, for several
maximum lengths of a peer. Both streams are compared before anything is timed. The socket loop
writes each prefix and lets the kernel take the data from the file; the joined stream is made here
only so that both do the same work. "Prefixes" is what the loop's own share of it costs, called
from Python, which the loop is not.
"""

from __future__ import annotations

import timeit
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu import P_DATA_TF

from benchmarks import machine
from benchmarks.alternate import Sample, alternate
from benchmarks.report import machine_table, table
from fastsend._native import pdu

if TYPE_CHECKING:
    from collections.abc import Callable

_SOP_CLASS = "1.2.840.10008.5.1.4.1.1.2"
_SOP_INSTANCE = "1.2.826.0.1.3680043.8.498.45787841905188114249811145671"
_CONTEXT_ID = 1
_MESSAGE_ID = 7
_DATA_SET = bytes(range(256)) * 2072  # 530,432 bytes, about a CT slice
_MAX_PDU_LENGTHS = (131072, 16384, 4096)
_RUNS = 7


def _prefixes(max_pdu_length: int) -> list[bytes]:
    length = pdu.fragment_length(max_pdu_length)
    last = (len(_DATA_SET) - 1) // length * length
    prefixes = [
        pdu.p_data_prefix(length, _CONTEXT_ID, command=False, last=False)
        for _ in range(0, last, length)
    ]
    rest = len(_DATA_SET) - last
    prefixes.append(pdu.p_data_prefix(rest, _CONTEXT_ID, command=False, last=True))
    return prefixes


def with_fastsend(max_pdu_length: int) -> bytes:
    """Return the request as PDUs, by fastsend's kernels."""
    length = pdu.fragment_length(max_pdu_length)
    uids = _SOP_CLASS.encode(), _SOP_INSTANCE.encode()
    view = memoryview(_DATA_SET)
    parts: list[bytes | memoryview] = [
        pdu.encode_c_store_rq(_CONTEXT_ID, _MESSAGE_ID, *uids, max_pdu_length)
    ]
    for number, prefix in enumerate(_prefixes(max_pdu_length)):
        parts += (prefix, view[number * length : (number + 1) * length])
    return b"".join(parts)


def with_pynetdicom(max_pdu_length: int) -> bytes:
    """Return the request as PDUs, as pynetdicom's DIMSE and upper layer encode it."""
    primitive = C_STORE()
    primitive.MessageID = _MESSAGE_ID
    primitive.AffectedSOPClassUID = _SOP_CLASS
    primitive.AffectedSOPInstanceUID = _SOP_INSTANCE
    primitive.Priority = 0
    primitive.DataSet = BytesIO(_DATA_SET)
    message = C_STORE_RQ()
    message.primitive_to_message(primitive)
    encoded = []
    for fragment in message.encode_msg(_CONTEXT_ID, max_pdu_length):
        unit = P_DATA_TF()
        unit.from_primitive(fragment)
        encoded.append(unit.encode())
    return b"".join(encoded)


def _timed(call: Callable[[], object], number: int) -> Sample:
    seconds = timeit.timeit(call, number=number) / number
    return Sample(wall=seconds, cpu=seconds)


def main() -> None:
    rows = []
    for max_pdu_length in _MAX_PDU_LENGTHS:
        assert with_fastsend(max_pdu_length) == with_pynetdicom(max_pdu_length)
        prefixes = len(_prefixes(max_pdu_length))
        timings = alternate(
            _RUNS,
            1,
            {
                "fastsend": partial(_timed, partial(with_fastsend, max_pdu_length), 200),
                "prefixes": partial(_timed, partial(_prefixes, max_pdu_length), 200),
                "pynetdicom": partial(_timed, partial(with_pynetdicom, max_pdu_length), 50),
            },
        )
        peer = timings["pynetdicom"].wall.median
        for name, timing in timings.items():
            wall = timing.wall
            rows.append(
                (
                    f"{max_pdu_length}",
                    name,
                    f"{prefixes}",
                    f"{wall.median * 1e6:.0f} ({wall.least * 1e6:.0f}-{wall.most * 1e6:.0f})",
                    f"{wall.median / prefixes * 1e9:.0f}",
                    f"{peer / wall.median:.1f}",
                )
            )
    print(machine_table(machine.describe()))
    print(f"\nOne C-STORE request, data set of {len(_DATA_SET):,} bytes, {_RUNS} runs:\n")
    head = ("max PDU length", "what", "PDUs", "us", "ns a PDU", "times as fast as pynetdicom")
    print(table(head, rows))


if __name__ == "__main__":
    main()
