"""The benchmarks' sink, asked by pynetdicom: what it allows, grants and counts."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pynetdicom import AE
from pynetdicom.pdu_primitives import AsynchronousOperationsWindowNegotiation

from benchmarks.e2e.sink import Sink, SinkOfFour, SinkWithWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pynetdicom.association import Association

pytestmark = pytest.mark.peer("cc")

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sink is compiled, once."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture
def started(scratch: Path) -> Iterator[Callable[[type[Sink]], Sink]]:
    with ExitStack() as stack:
        yield lambda kind: stack.enter_context(kind(scratch))


def associate(sink: Sink, window: tuple[int, int] | None = None) -> Association:
    ae = AE()
    ae.add_requested_context(CT, EXPLICIT)
    items = []
    if window is not None:
        item = AsynchronousOperationsWindowNegotiation()
        item.maximum_number_operations_invoked, item.maximum_number_operations_performed = window
        items.append(item)
    return ae.associate("127.0.0.1", sink.port, ext_neg=items)


def granted(association: Association) -> tuple[int, int] | None:
    """Return what the A-ASSOCIATE-AC says, None where it says nothing."""
    for item in association.acceptor.primitive.user_information:
        if isinstance(item, AsynchronousOperationsWindowNegotiation):
            invoked = item.maximum_number_operations_invoked
            return invoked, item.maximum_number_operations_performed
    return None


def instance() -> Dataset:
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = EXPLICIT
    made.SOPClassUID, made.SOPInstanceUID = CT, "1.2.3"
    return made


def test_counts_what_arrives(started: Callable[[type[Sink]], Sink]) -> None:
    sink = started(Sink)
    sink.prepare()
    association = associate(sink)
    statuses = [association.send_c_store(instance()).Status for _ in range(3)]
    association.release()
    counts = sink.counts()
    # Two elements of explicit VR: 8 bytes of header and 26 and 6 of value.
    assert (statuses, counts["instances"], counts["data_set_bytes"]) == ([0] * 3, 3, 3 * 48)
    assert (counts["associations"], counts["released"], counts["rejected"]) == (1, 1, 0)


def test_fifth_association_is_rejected(started: Callable[[type[Sink]], Sink]) -> None:
    sink = started(SinkOfFour)
    sink.prepare()
    four = [associate(sink) for _ in range(4)]
    assert all(association.is_established for association in four)
    fifth = associate(sink)
    answer = fifth.acceptor.primitive
    # PS3.8 9.3.4: rejected-transient, by the presentation provider, local limit exceeded.
    assert fifth.is_rejected
    assert (answer.result, answer.result_source, answer.diagnostic) == (2, 3, 2)
    four.pop().release()
    four.append(associate(sink))
    assert four[-1].is_established
    for association in four:
        association.release()
    counts = sink.counts()
    assert (counts["associations"], counts["released"], counts["rejected"]) == (5, 5, 1)
    assert counts["most_at_once"] == 4


def test_an_aborted_association_gives_its_place_back(
    started: Callable[[type[Sink]], Sink],
) -> None:
    sink = started(SinkOfFour)
    for _ in range(6):
        association = associate(sink)
        assert association.is_established
        association.abort()


@pytest.mark.parametrize(
    ("proposed", "expected"),
    [
        ((8, 1), (8, 1)),
        ((40, 3), (16, 1)),
        ((0, 0), (16, 1)),  # PS3.7 D.3.3.3.1: 0 is without limit
        (None, None),
    ],
)
def test_window_is_granted_to_who_asks(
    started: Callable[[type[Sink]], Sink],
    proposed: tuple[int, int] | None,
    expected: tuple[int, int] | None,
) -> None:
    sink = started(SinkWithWindow)
    sink.prepare()
    association = associate(sink, proposed)
    assert granted(association) == expected
    association.release()
    assert sink.counts()["window"] == (expected[0] if expected else 0)


def test_no_window_unless_told(started: Callable[[type[Sink]], Sink]) -> None:
    association = associate(started(Sink), (8, 1))
    assert association.is_established
    assert granted(association) is None
    association.release()
