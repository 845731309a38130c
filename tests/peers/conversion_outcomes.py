"""The table of what becomes of each file of the corpus, sent to receivers that take one syntax.

``python -m peers.conversion_outcomes``, run in ``tests``, writes it anew.
"""

from __future__ import annotations

import csv
import re
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from peers.conversion_checks import Checker, dump_complaints
from peers.converted_corpus import Receiver, send_corpus
from peers.corpus import SOURCES, corpus_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from peers.corpus import CorpusFile

TABLE = Path(__file__).parents[1] / "data" / "conversion_outcomes.tsv"

VERSIONS = {"pydicom": "3.0.2", "pydicom-data": "1.0.0", "pynetdicom": "3.0.4", "nibabel": "5.4.2"}
"""Of the packages whose files are in the table."""

_JPEG = "1.2.840.10008.1.2.4."
RECEIVERS = {
    "Implicit LE": Receiver("1.2.840.10008.1.2"),
    "Implicit LE +dly": Receiver("1.2.840.10008.1.2", ("+dly",)),
    "Explicit BE": Receiver("1.2.840.10008.1.2.2"),
    "RLE": Receiver("1.2.840.10008.1.2.5", ("-xr",)),
    "JPEG-LS": Receiver(_JPEG + "80", ("-xt",)),
    "JPEG 2000": Receiver(_JPEG + "90", ("-xv",)),
    "deflated": Receiver("1.2.840.10008.1.2.1.99", ("-xd",)),
    "everything": Receiver(None),
}

_REASONS = {
    "lossy": "only [+]dly allows decompressing",
    "byte order": "not certain which bytes to swap|byte order of Pixel Data is not certain",
    "tag order": "the tags do not increase",
    "no pixels": "it has no Pixel Data to encode",
    "no encoder": r"a frame cannot be converted: \w+ \w+(: OpenJPEG is sure of \d+ bits| takes \d)",
    "YBR_FULL_422": "native pixels in YBR_FULL_422 cannot be encoded",
    "no end": "ends without a Sequence Delimitation Item",
    "tiles": r"the JPEG 2000 image of \d+ x \d+ has \d+ tiles",
    "cut short": "cut short",
    "DICOMDIR": "a DICOMDIR",
    "not DICOM": "not a DICOM file",
    "no SOP class": "no SOP Class UID",
    "other syntax": "its Transfer Syntax UID says otherwise",
}
"""A short word for each of the command's reasons."""


def reason_word(reason: str) -> str:
    """Return the word for a reason; one that is not known stays as it is."""
    for word, pattern in _REASONS.items():
        if re.search(pattern, reason):
            return f"not sent: {word}"
    return f"not sent: {reason}"


def all_files(folder: Path) -> list[CorpusFile]:
    """Return the files of all sources; `folder` is for what a package has in compressed form."""
    return [file for source in SOURCES for file in corpus_files(source, folder)]


def find_outcomes(
    receiver: Receiver, files: Sequence[CorpusFile], checker: Checker
) -> tuple[dict[tuple[str, str], str], list[str]]:
    """Send files to a receiver and check what arrives.

    Returns
    -------
    dict
        The outcome of each file, by source and name.
    list of str
        What is wrong with what arrived.
    """
    outcomes, faults, arrived = {}, [], []
    for file, received, reason in send_corpus(receiver, files):
        if received is None:
            outcomes[file.source, file.name] = reason_word(reason)
            continue
        outcome, found = checker.check(file, received)
        outcomes[file.source, file.name] = outcome
        faults += [f"{file.name}: {fault}" for fault in found]
        if outcome not in ("as stored", "end added"):
            arrived.append(received)
    return outcomes, faults + dump_complaints(arrived, checker.folder)


def has_tabled_version(source: str) -> bool:
    """Tell whether the installed files are those that the table was made with."""
    return source == "extra" or metadata.version(source) == VERSIONS[source]


def read_table(receiver: str) -> dict[tuple[str, str], str]:
    """Return the column of a receiver, by source and name."""
    with TABLE.open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {(row["source"], row["file"]): row[receiver] for row in rows}


def _write_table() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = all_files(folder)
        checker = Checker(folder)
        columns = []
        bad = 0
        for receiver in RECEIVERS.values():
            outcomes, faults = find_outcomes(receiver, files, checker)
            columns.append(outcomes)
            bad += len(faults)
            for fault in faults:
                print(fault, file=sys.stderr)
    with TABLE.open("w", newline="") as out:
        writer = csv.writer(out, "excel-tab", lineterminator="\n", quoting=csv.QUOTE_NONE)
        writer.writerow(["source", "file", *RECEIVERS])
        for file in files:
            key = file.source, file.name
            writer.writerow([*key, *(column[key] for column in columns)])
    return bad


if __name__ == "__main__":
    sys.exit(1 if _write_table() else 0)
