"""Every real file, sent to DCMTK, Orthanc and pynetdicom: as stored, each byte of it arrives.

A relay between fastsend and the receiver records what is on the wire, and decoders that share
nothing with the package say what it was. Each receiver is asked several times: with what it takes
by itself, and as one that takes Implicit VR Little Endian or Explicit VR Big Endian only, since of
native syntaxes it would choose another one otherwise. So nearly every file has a run in which it
goes as stored; what is re-encoded for a receiver is no matter of these tests, and nothing is
decompressed.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import warnings
from collections import Counter
from fnmatch import fnmatch
from importlib import metadata
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pynetdicom import ALL_TRANSFER_SYNTAXES

from fastsend.model.options import SendOptions
from fastsend.model.report import exit_code
from fastsend.model.result import Outcome
from fastsend.sender import send
from peers.conversation import decode_conversation
from peers.corpus import (
    MANIFEST,
    SOURCES,
    CorpusFile,
    corpus_files,
    expected_instance,
    manifest_names,
)
from peers.orthanc import Orthanc
from peers.programs import require_program
from peers.pynetdicom_scp import PynetdicomSCP
from peers.relay import Relay
from peers.storescp import StoreSCP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastsend.model.report import SendReport
    from fastsend.model.result import StoreResult
    from peers.conversation import Conversation, StoreRequest, StoreResponse
    from peers.stored_instance import StoredInstance

pytestmark = pytest.mark.peer

IMPLICIT, EXPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
RETIRED_ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6"
NATIVE = {IMPLICIT, EXPLICIT, BIG_ENDIAN}
ONLY = {
    "implicit": [IMPLICIT],
    "big endian": [BIG_ENDIAN],
    "compressed": ["1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.*", "1.2.840.10008.1.2.5"],
}

# What must not be sent, and the words that tell why. Everything else of the corpus must be sent.
LEFT_OUT = {
    "pydicom/data/test_files/MR_truncated.dcm": "cut short",
    "pydicom/data/test_files/rtplan_truncated.dcm": "cut short",
    "pydicom/data/test_files/empty_charset_LEI.dcm": "no SOP Class UID",
    "pydicom/data/test_files/meta_missing_tsyntax.dcm": "no SOP Class UID",
    "pydicom/data/test_files/nested_priv_SQ.dcm": "no SOP Class UID",
    "pydicom/data/test_files/no_meta.dcm": "not a DICOM file",
    "pydicom/data/test_files/SC_rgb_jpeg.dcm": "its data set is in Implicit VR Little Endian",
    "pydicom/data/test_files/dicomdirtests/TINY_ALPHA/README": "not a DICOM file",
}

UNTERMINATED = "emri_small_jpeg_2k_lossless_too_short.dcm"
"""It lacks the Sequence Delimitation Item of its Pixel Data, and gets one: receivers abort else."""
SEQUENCE_DELIMITATION_ITEM = bytes.fromhex("feffdde000000000")


class Outcomes(NamedTuple):
    """How many files went as stored and what became of them."""

    stored: int
    failed: int
    """Answered with another status."""
    unanswered: int
    """The receiver could not decode it and aborted."""
    not_as_stored: int
    """Its syntax or SOP class was not accepted: converted or not sent."""


# With the versions below.
OUTCOMES: dict[str, dict[str, Outcomes]] = {
    "storescp: all": {
        "pydicom": Outcomes(153, 0, 0, 24),
        "pydicom-data": Outcomes(55, 0, 0, 13),
        "pynetdicom": Outcomes(4, 0, 0, 2),
        "nibabel": Outcomes(4, 0, 0, 6),
        "extra": Outcomes(10, 0, 0, 2),
    },
    "storescp: implicit": {
        "pydicom": Outcomes(8, 0, 0, 0),
        "pydicom-data": Outcomes(2, 0, 0, 0),
        "pynetdicom": Outcomes(1, 0, 0, 0),
        "nibabel": Outcomes(6, 0, 0, 0),
    },
    "storescp: big endian": {
        "pydicom": Outcomes(8, 0, 0, 0),
        "pydicom-data": Outcomes(11, 0, 0, 0),
        "pynetdicom": Outcomes(1, 0, 0, 0),
    },
    "orthanc: all": {
        "pydicom": Outcomes(144, 9, 0, 24),
        "pydicom-data": Outcomes(54, 1, 0, 13),
        "pynetdicom": Outcomes(4, 0, 0, 2),
        "nibabel": Outcomes(3, 1, 0, 6),
        "extra": Outcomes(10, 0, 0, 2),
    },
    "orthanc: compressed": {
        "pydicom": Outcomes(33, 7, 0, 0),
        "pydicom-data": Outcomes(19, 1, 0, 0),
        "pynetdicom": Outcomes(2, 0, 0, 0),
        "nibabel": Outcomes(1, 0, 0, 0),
        "extra": Outcomes(3, 0, 0, 2),
    },
    "orthanc: implicit": {
        "pydicom": Outcomes(6, 2, 0, 0),
        "pydicom-data": Outcomes(2, 0, 0, 0),
        "pynetdicom": Outcomes(1, 0, 0, 0),
        "nibabel": Outcomes(6, 0, 0, 0),
    },
    "orthanc: big endian": {
        "pydicom": Outcomes(8, 0, 0, 0),
        "pydicom-data": Outcomes(11, 0, 0, 0),
        "pynetdicom": Outcomes(1, 0, 0, 0),
    },
    "pynetdicom: all": {
        "pydicom": Outcomes(161, 0, 0, 16),
        "pydicom-data": Outcomes(53, 0, 0, 15),
        "pynetdicom": Outcomes(4, 0, 0, 2),
        "nibabel": Outcomes(4, 0, 0, 6),
        "extra": Outcomes(12, 0, 0, 0),
    },
    "pynetdicom: implicit": {
        "pydicom": Outcomes(8, 0, 0, 0),
        "pydicom-data": Outcomes(2, 0, 0, 0),
        "pynetdicom": Outcomes(1, 0, 0, 0),
        "nibabel": Outcomes(6, 0, 0, 0),
    },
    "pynetdicom: big endian": {
        "pydicom": Outcomes(8, 0, 0, 0),
        "pydicom-data": Outcomes(11, 0, 0, 0),
        "pynetdicom": Outcomes(1, 0, 0, 0),
    },
}
VERSIONS = {
    "storescp": "3.6.7",
    "orthanc": "1.10.1",
    "pydicom": "3.0.2",
    "pydicom-data": "1.0.0",
    "pynetdicom": "3.0.4",
    "nibabel": "5.4.2",
}


def reason_to_leave_out(file: CorpusFile) -> str | None:
    if file.path.name.startswith("DICOMDIR"):
        return "a DICOMDIR"
    return LEFT_OUT.get(file.name)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[CorpusFile]:
    folder = tmp_path_factory.mktemp("corpus")
    return [file for source in SOURCES for file in corpus_files(source, folder)]


@pytest.fixture(scope="session")
def expected(corpus: list[CorpusFile]) -> dict[str, StoredInstance]:
    """What a receiver must get of the files that are to be sent, by path."""
    return {
        os.fspath(file.path): expected_instance(file)
        for file in corpus
        if reason_to_leave_out(file) is None
    }


@pytest.mark.parametrize("source", SOURCES)
def test_the_corpus_is_complete(source: str, corpus: list[CorpusFile]) -> None:
    files = {file.name for file in corpus if file.source == source}
    if not files:
        pytest.skip(f"the files of {source} are not here")
    if not MANIFEST.exists():
        pytest.skip("there is no manifest to compare with")
    assert manifest_names(source) <= files


class Sent(NamedTuple):
    """A request on the wire, with the result that reports it and the answer to it."""

    result: StoreResult
    request: StoreRequest
    response: StoreResponse | None


class Run(NamedTuple):
    """The corpus, sent once."""

    receiver: str
    acceptance: str
    files: list[CorpusFile]
    report: SendReport
    scp: StoreSCP | Orthanc | PynetdicomSCP
    accepted: set[tuple[str, str]]
    """SOP class and transfer syntax of every context that the receiver accepted."""
    sent: list[Sent]
    expected: dict[str, StoredInstance]
    """By path."""

    def __repr__(self) -> str:  # for failures: not all the megabytes
        return f"{self.receiver}: {self.acceptance}"


def start(
    receiver: str, acceptance: str, folder: Path, expected: dict[str, StoredInstance]
) -> StoreSCP | Orthanc | PynetdicomSCP:
    only = ONLY.get(acceptance)
    if receiver == "storescp":
        options = {"all": ("+xa",), "implicit": ("+xi",), "big endian": ("+xb",)}[acceptance]
        return StoreSCP(folder / "storescp", *options, "-pm", "+B", "+uf")
    if receiver == "orthanc":
        # After a data set that it cannot read, it says nothing until this many seconds are over.
        settings: dict[str, object] = {"DicomScpTimeout": 1}
        if only:
            settings["AcceptedTransferSyntaxes"] = only
        return Orthanc(folder / "orthanc", settings)
    if only is None:
        # It takes the first of these that is proposed.
        only = [*(str(uid) for uid in ALL_TRANSFER_SYNTAXES if uid not in NATIVE), EXPLICIT]
    classes = {instance.sop_class_uid for instance in expected.values()}
    classes.discard(RETIRED_ULTRASOUND)  # accepted, it would have no handler for it, and abort
    return PynetdicomSCP(sop_classes=sorted(classes), transfer_syntaxes=only, max_pdu_length=65536)


@pytest.fixture(
    scope="module",
    params=[case.split(": ") for case in OUTCOMES],
    ids=" ".join,
)
def run(
    request: pytest.FixtureRequest,
    corpus: list[CorpusFile],
    expected: dict[str, StoredInstance],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Run]:
    receiver, acceptance = request.param
    if not corpus:
        pytest.skip("none of the packages with test files is installed")
    files = corpus
    if acceptance != "all":
        only = ONLY[acceptance]
        files = [
            file
            for file in corpus
            if (instance := expected.get(os.fspath(file.path)))
            and any(fnmatch(instance.transfer_syntax_uid, pattern) for pattern in only)
        ]
    scp = start(receiver, acceptance, tmp_path_factory.mktemp("receiver"), expected)
    try:
        with Relay(scp.port) as relay:
            options = SendOptions(
                "127.0.0.1",
                relay.port,
                tuple(os.fspath(file.path) for file in files),
                called_ae_title=scp.ae_title,
                halt=False,
                decompress="never",
                dimse_timeout=60,
                associations=1,  # so that records and conversations are in one order
            )
            # pynetdicom warns of UIDs, in the thread of the SCP.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                report = send(options)
                relay.wait()
            talks = [decode_conversation(one.to_scp, one.to_scu) for one in relay.connections]
        accepted = {kind for talk in talks for kind in talk.accepted.values()}
        sent = list(pair(report, talks))
        yield Run(receiver, acceptance, files, report, scp, accepted, sent, expected)
    finally:
        scp.stop()


def pair(report: SendReport, talks: list[Conversation]) -> Iterator[Sent]:
    """Put together what was reported, sent and answered, each in its order."""
    reported = iter(one for one in report.results if one.outcome is not Outcome.NOT_SENT)
    for number, talk in enumerate(talks, 1):
        # Only the last request of an association can be without an answer.
        assert len(talk.stores) - len(talk.responses) in (0, 1)
        for store, response in zip_longest(talk.stores, talk.responses):
            result = next(reported)
            assert store.complete
            assert (result.association, result.context_id) == (number, store.context_id)
            kind = (result.sop_class_uid, result.sent_transfer_syntax_uid)
            assert talk.accepted[store.context_id] == kind
            if response is not None:
                assert (response.context_id, response.message_id) == (
                    store.context_id,
                    store.message_id,
                )
            yield Sent(result, store, response)
    assert next(reported, None) is None


def test_every_file_is_accounted_for(run: Run) -> None:
    left_out = {os.fspath(file.path): reason_to_leave_out(file) for file in run.files}
    assert {one.path for one in run.report.skipped} == {
        path for path, reason in left_out.items() if reason
    }
    for skipped in run.report.skipped:
        assert left_out[skipped.path] in skipped.reason
    in_order = [path for path, reason in left_out.items() if not reason]
    assert [result.path for result in run.report.results] == in_order
    assert run.report.error is None
    for result in run.report.results:
        expected = run.expected[result.path]
        assert result.sop_class_uid == expected.sop_class_uid
        assert result.sop_instance_uid == expected.sop_instance_uid
        assert result.transfer_syntax_uid == expected.transfer_syntax_uid
        assert result.data_set_bytes == len(expected.data_set)


def as_stored(result: StoreResult) -> bool:
    return result.sent_transfer_syntax_uid == result.transfer_syntax_uid


def on_the_wire(data_set: bytes) -> bytes:
    """Fragments are even: one NUL follows an odd data set (PS3.8 Annex E, PS3.5 A.5)."""
    return data_set + b"\0" * (len(data_set) % 2)


def test_each_byte_is_on_the_wire(run: Run) -> None:
    assert any(as_stored(result) for result, _, _ in run.sent)
    for result, request, _ in run.sent:
        expected = run.expected[result.path]
        assert request.sop_class_uid == expected.sop_class_uid
        assert request.sop_instance_uid == expected.sop_instance_uid
        if as_stored(result):
            whole = expected.data_set
            if result.path.endswith(UNTERMINATED):
                whole += SEQUENCE_DELIMITATION_ITEM
            # Not in the assertion: a difference of megabytes is not to be printed.
            same = request.data_set == on_the_wire(whole)
            assert same, result.path


def test_what_was_accepted_as_stored_is_sent_as_stored(run: Run) -> None:
    sent = {one.result.number for one in run.sent}
    for result in run.report.results:
        expected = run.expected[result.path]
        kind = (expected.sop_class_uid, expected.transfer_syntax_uid)
        assert (result.number in sent and as_stored(result)) == (kind in run.accepted), result
        if result.number not in sent:
            assert (result.outcome, result.status) == (Outcome.NOT_SENT, None)
            assert result.error


def test_the_report_has_the_receivers_words(run: Run) -> None:
    for result, _, response in run.sent:
        if response is None:
            assert (result.outcome, result.status) == (Outcome.UNKNOWN, None)
            assert "the peer aborted the association" in (result.error or "")
        else:
            assert (result.outcome, result.status) == (Outcome.ANSWERED, response.status)
        answer = None if response is None else response.status
        assert result.stored == (answer == 0 or (answer or 0) >> 12 == 0xB)
        assert (result.error is None) == result.stored
    assert exit_code(run.report) == (
        0 if not run.report.skipped and all(one.stored for one in run.report.results) else 66
    )


def test_each_byte_is_at_the_receiver(run: Run) -> None:
    stored = [one for one in run.sent if one.result.stored]
    if isinstance(run.scp, Orthanc):  # it encodes anew what it stores
        instances = run.scp.get("/instances?expand")
        uids = {one["MainDicomTags"]["SOPInstanceUID"] for one in instances}
        assert uids == {one.result.sop_instance_uid for one in stored}
        return
    # SOP Instance UIDs come several times.
    found = Counter((*one[:3], digest(one.data_set)) for one in run.scp.received())
    assert found == Counter(
        (
            result.sop_class_uid,
            result.sop_instance_uid,
            result.sent_transfer_syntax_uid,
            digest(request.data_set),
        )
        for result, request, _ in stored
    )


def digest(data_set: bytes) -> str:
    return hashlib.sha256(data_set).hexdigest()


def version_of(run: Run) -> str:
    if isinstance(run.scp, Orthanc):
        return str(run.scp.get("/system")["Version"])
    if isinstance(run.scp, PynetdicomSCP):
        return metadata.version("pynetdicom")
    command = [require_program("storescp"), "--version"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"storescp v([\d.]+)", text)
    return found[1] if found else "unknown"


def test_outcomes(run: Run) -> None:
    if version_of(run) != VERSIONS[run.receiver]:
        pytest.skip(f"the table is for {run.receiver} {VERSIONS[run.receiver]}")
    found, expected = {}, {}
    for source, outcomes in OUTCOMES[f"{run.receiver}: {run.acceptance}"].items():
        paths = {os.fspath(file.path) for file in run.files if file.source == source}
        if not paths or (source != "extra" and metadata.version(source) != VERSIONS[source]):
            continue
        results = [result for result in run.report.results if result.path in paths]
        went = Counter((one.outcome, one.stored) for one in results if as_stored(one))
        found[source] = Outcomes(
            went[Outcome.ANSWERED, True],
            went[Outcome.ANSWERED, False],
            went[Outcome.UNKNOWN, False],
            len(results) - went.total(),
        )
        expected[source] = outcomes
    assert found == expected
