"""How two runs differ, by what it is about (`ASPECTS`)."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, NamedTuple

from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info

from peers.element_differences import element_differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compat.outcome import Association, Outcome, Stored

ASPECTS = {
    "exit code": "what the program ends with",
    "associations": "how many there are",
    "titles": "called and calling AE title",
    "contexts": "presentation contexts: order, ids, abstract and transfer syntaxes",
    "user information": "maximum length, roles, extended negotiation, user identity",
    "instances": "C-STORE-RQs: number, context ids, accepted transfer syntaxes",
    "command": "the elements of the command sets",
    "data set": "the elements of the data sets, by what pydicom reads",
    "PDU length": "the longest P-DATA-TF PDU",
    "end": "release, abort or less, and whether a request was left unfinished",
    "violations": "what the Standard does not allow",
    "TLS offer": "versions, suites and server name of the ClientHello, or that there is none",
    "TLS": "the version, the suite and whether there is a certificate of the client",
    "files": "files written, renamed, removed",
    "report": "the text of the report file",
    "messages": "whether lines of errors (E:, F:, error:) are on standard error",
    "standard output": "whether something is written there",
}

INVENTED = {
    0x00080018: "SOP Instance UID",
    0x00100010: "Patient's Name",
    0x00100020: "Patient ID",
    0x0020000D: "Study Instance UID",
    0x0020000E: "Series Instance UID",
    0x00200010: "Study ID",
    0x00200011: "Series Number",
    0x00200013: "Instance Number",
}
WITH_TIME = frozenset({0x00100010, 0x00100020, 0x00200010})
"""Those with the seconds since 1970 in them: storescu looks at the clock for each instance."""


class Difference(NamedTuple):
    """One difference; DCMTK's first in `text`."""

    aspect: str
    text: str


def differences(dcmtk: Outcome, ours: Outcome, *, invents: bool = False) -> list[Difference]:
    """Return how two runs of a pair differ."""
    found = [Difference(*one) for one in _all(dcmtk, ours, invents)]
    assert {one.aspect for one in found} <= set(ASPECTS)
    return found


def _all(dcmtk: Outcome, ours: Outcome, invents: bool) -> Iterator[tuple[str, str]]:
    if dcmtk.exit_code != ours.exit_code:
        yield "exit code", f"{dcmtk.exit_code} and {ours.exit_code}"
    counts = len(dcmtk.associations), len(ours.associations)
    if counts[0] != counts[1]:
        yield "associations", f"{counts[0]} and {counts[1]}"
    for number, (one, other) in enumerate(
        zip(dcmtk.associations, ours.associations, strict=False), start=1
    ):
        for aspect, text in _of_associations(one, other, invents):
            yield aspect, f"association {number}: {text}"
    offers = [[one.hello for one in outcome.handshakes] for outcome in (dcmtk, ours)]
    if offers[0] != offers[1]:
        yield "TLS offer", f"{offers[0]} and {offers[1]}"
    made = [[one[1:] for one in outcome.handshakes] for outcome in (dcmtk, ours)]
    if made[0] != made[1]:
        yield "TLS", f"{made[0]} and {made[1]}"
    if invents and _pattern(dcmtk) != _pattern(ours):
        yield "data set", f"what repeats: {_pattern(dcmtk)} and {_pattern(ours)}"
    if (dcmtk.files, dcmtk.gone) != (ours.files, ours.gone):
        yield (
            "files",
            f"written {dcmtk.files} and {ours.files}, gone {dcmtk.gone} and {ours.gone}",
        )
    if dcmtk.report != ours.report:
        yield "report", _lines(dcmtk.report, ours.report)
    if dcmtk.reports_error != ours.reports_error:
        yield "messages", f"errors {dcmtk.reports_error} and {ours.reports_error}"
    if dcmtk.writes_stdout != ours.writes_stdout:
        yield "standard output", f"{dcmtk.writes_stdout} and {ours.writes_stdout}"


def _of_associations(
    dcmtk: Association, ours: Association, invents: bool
) -> Iterator[tuple[str, str]]:
    if dcmtk.titles != ours.titles:
        yield "titles", f"{dcmtk.titles} and {ours.titles}"
    if dcmtk.contexts != ours.contexts:
        yield (
            "contexts",
            _lines("\n".join(map(str, dcmtk.contexts)), "\n".join(map(str, ours.contexts))),
        )
    if sorted(dcmtk.user_items) != sorted(ours.user_items):
        yield "user information", f"{dcmtk.user_items} and {ours.user_items}"
    where = [[(s.context_id, s.transfer_syntax_uid) for s in one.stores] for one in (dcmtk, ours)]
    if where[0] != where[1]:
        yield "instances", f"{where[0]} and {where[1]}"
    else:
        for number, (one, other) in enumerate(zip(dcmtk.stores, ours.stores, strict=True), start=1):
            for aspect, text in _of_stores(one, other, invents):
                yield aspect, f"instance {number}: {text}"
    if dcmtk.longest_pdu != ours.longest_pdu:
        yield "PDU length", f"{dcmtk.longest_pdu} and {ours.longest_pdu}"
    if (dcmtk.end, dcmtk.unfinished) != (ours.end, ours.unfinished):
        yield (
            "end",
            f"{dcmtk.end!r}, unfinished {dcmtk.unfinished}; {ours.end!r}, {ours.unfinished}",
        )
    if dcmtk.violations != ours.violations:
        yield "violations", f"{dcmtk.violations} and {ours.violations}"


def _of_stores(dcmtk: Stored, ours: Stored, invents: bool) -> Iterator[tuple[str, str]]:
    for element in sorted({*dcmtk.command, *ours.command}):
        values = dcmtk.command.get(element), ours.command.get(element)
        # An invented UID, and the group length that counts its bytes
        if values[0] != values[1] and not (invents and element in (0x0000, 0x1000)):
            yield "command", f"(0000,{element:04x}) {values[0]!r} and {values[1]!r}"
    if dcmtk.data_set == ours.data_set:
        return
    syntax = dcmtk.transfer_syntax_uid
    but_for = INVENTED if invents else ()
    for text in element_differences(
        decoded(dcmtk.data_set, syntax),
        decoded(ours.data_set, syntax),
        swapped=False,
        but_for=but_for,
    ):
        yield "data set", text


def decoded(data_set: bytes, transfer_syntax_uid: str) -> Dataset:
    """Return what pydicom reads."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = transfer_syntax_uid
    file = DicomBytesIO()
    file.is_little_endian, file.is_implicit_VR = True, False
    file.write(bytes(128) + b"DICM")
    write_file_meta_info(file, meta, enforce_standard=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(io.BytesIO(file.getvalue() + data_set))


def _pattern(outcome: Outcome) -> list[list[tuple[str, int]]]:
    """Return which invented values each instance has, numbered in the order of their coming."""
    numbers: dict[int, dict[str, int]] = {tag: {} for tag in INVENTED}
    pattern = []
    for store in (store for one in outcome.associations for store in one.stores):
        data_set = decoded(store.data_set, store.transfer_syntax_uid)
        row = []
        for tag, name in INVENTED.items():
            if tag in data_set:
                values = numbers[tag]
                value = str(data_set[tag].value)
                if tag in WITH_TIME:
                    value = re.sub(r"\d{10}", "", value, count=1)
                row.append((name, values.setdefault(value, len(values) + 1)))
        uid = store.command[0x1000].decode().rstrip("\0 ")
        row.append(("in the command", numbers[0x00080018].get(uid, 0)))
        pattern.append(row)
    return pattern


def _lines(dcmtk: str | None, ours: str | None) -> str:
    """Return the first lines that differ."""
    if dcmtk is None or ours is None:
        return f"there: {dcmtk is not None} and {ours is not None}"
    one, other = dcmtk.splitlines(), ours.splitlines()
    text = [
        f"line {number}: {pair[0]!r} and {pair[1]!r}"
        for number, pair in enumerate(zip(one, other, strict=False), start=1)
        if pair[0] != pair[1]
    ]
    if len(one) != len(other):
        text.append(f"{len(one)} and {len(other)} lines")
    return "; ".join(text[:3])
