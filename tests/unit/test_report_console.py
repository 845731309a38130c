"""The observer that logs and shows the bar."""

import logging

import pytest

from fastsend.model.proposal import PresentationContext
from fastsend.model.result import Outcome, StoreResult
from fastsend.report import progress
from fastsend.report.console import BAR_AFTER, ConsoleObserver

CONTEXT = PresentationContext(1, "1.2.840.10008.5.1.4.1.1.2", ("1.2.840.10008.1.2",))


def a_result(status: int) -> StoreResult:
    return StoreResult(
        1, "/DOE^JOHN.dcm", "1.2", "1.3.9", "1.2.840.10008.1.2", None, 1234, 1, 1,
        Outcome.ANSWERED, status, 0.0025, None,
    )  # fmt: skip


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records]


@pytest.fixture
def verbose(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "fastsend")
    return caplog


@pytest.mark.parametrize(
    ("level", "wanted"),
    [(logging.WARNING, False), (logging.INFO, True), (logging.DEBUG, True)],
)
def test_results_are_wanted_where_they_are_shown(
    level: int, wanted: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(level, "fastsend")
    assert ConsoleObserver().wants_results is wanted


def test_scanned(verbose: pytest.LogCaptureFixture) -> None:
    ConsoleObserver().scanned(600, 303_000_000, 1)
    assert lines(verbose) == [("INFO", "600 instances to send, 303.0 MB; 1 file skipped")]


def test_results(verbose: pytest.LogCaptureFixture) -> None:
    observer = ConsoleObserver()
    observer.result(a_result(0))
    observer.result(a_result(0xC000))
    assert lines(verbose) == [
        ("INFO", "Instance 1, 1.2 1.3.9: Success (0x0000), 1234 bytes, 2.5 ms, context 1"),
        (
            "WARNING",
            (
                "Instance 1, 1.2 1.3.9: Error: CannotUnderstand (0xc000), "
                "1234 bytes, 2.5 ms, context 1"
            ),
        ),
    ]


def test_remarks(verbose: pytest.LogCaptureFixture) -> None:
    result = a_result(0)
    sent_as = result.transfer_syntax_uid
    observer = ConsoleObserver()
    observer.result(result._replace(sent_transfer_syntax_uid=sent_as, remark="an end added"))
    observer.result(result._replace(sent_transfer_syntax_uid=None, remark="never sent"))
    rle = "1.2.840.10008.1.2.5"
    observer.result(result._replace(sent_transfer_syntax_uid=rle, remark="an end added"))
    assert [text.partition(" ms")[2] for _, text in lines(verbose)] == [
        ", context 1, an end added",
        ", context 1",
        ", context 1, converted from Implicit VR Little Endian to RLE Lossless, an end added",
    ]


def test_paths_only_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "fastsend")
    ConsoleObserver().result(a_result(0))
    assert ("DEBUG", "  was /DOE^JOHN.dcm") in lines(caplog)


def test_associations(verbose: pytest.LogCaptureFixture) -> None:
    observer = ConsoleObserver()
    observer.association_opened(1, "OFFIS_DCMTK_367", [(CONTEXT, "1.2.840.10008.1.2")])
    observer.association_opened(2, "", [(CONTEXT, None), (CONTEXT, None)])
    observer.association_closed(1, "released")
    assert [text for _, text in lines(verbose)] == [
        "Association 1 accepted by OFFIS_DCMTK_367: 1 of 1 presentation context accepted",
        "Association 2 accepted by the peer: 0 of 2 presentation contexts accepted",
        "Association 1 released",
    ]


def test_results_name_their_association_where_there_are_several(
    verbose: pytest.LogCaptureFixture,
) -> None:
    observer = ConsoleObserver()
    accepted = [(CONTEXT, "1.2.840.10008.1.2")]
    observer.association_opened(1, "x", accepted)
    observer.result(a_result(0))
    observer.association_opened(2, "x", accepted)
    observer.result(a_result(0)._replace(number=2, association=2))
    observer.association_closed(2, "lost")
    observer.result(a_result(0)._replace(number=3))
    unsent = a_result(0)._replace(
        number=4, association=0, context_id=0, outcome=Outcome.PENDING, status=None
    )
    observer.result(unsent)
    observer.association_closed(1, "released")
    # Number and end of each line.
    texts = [text for _, text in lines(verbose) if not text.endswith("accepted")]
    assert [text.partition(",")[0] + text.partition(" ms")[2] for text in texts] == [
        "Instance 1, context 1",
        "Instance 2, association 2, context 1",
        "Association 2 lost",
        "Instance 3, association 1, context 1",
        "Instance 4",
        "Association 1 released",
    ]


def test_scanned_while_instances_are_sent(verbose: pytest.LogCaptureFixture) -> None:
    observer = ConsoleObserver()
    observer.association_opened(1, "x", [(CONTEXT, None)])
    observer.result(a_result(0))
    observer.scanned(600, 303_000_000, 0)
    text = "600 instances to send in all, 303.0 MB; 0 files skipped"
    assert lines(verbose)[-1] == ("INFO", text)


def test_contexts_where_asked_for(verbose: pytest.LogCaptureFixture) -> None:
    observer = ConsoleObserver(verbose_contexts=True)
    observer.association_opened(1, "x", [(CONTEXT, None)])
    assert ("INFO", "  Context ID:        1 (Refused)") in lines(verbose)


def test_contexts_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "fastsend")
    ConsoleObserver().association_opened(1, "x", [(CONTEXT, None)])
    assert len(caplog.records) == 1
    caplog.set_level(logging.DEBUG, "fastsend")
    ConsoleObserver().association_opened(2, "x", [(CONTEXT, None)])
    assert ("DEBUG", "  Context ID:        1 (Refused)") in lines(caplog)


def test_conversions(verbose: pytest.LogCaptureFixture) -> None:
    result = a_result(0)._replace(
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        sent_transfer_syntax_uid="1.2.840.10008.1.2.1",
    )
    ConsoleObserver().result(result)
    assert lines(verbose) == [
        (
            "INFO",
            (
                "Instance 1, CTImageStorage 1.3.9: Success (0x0000), 1234 bytes, 2.5 ms, "
                "context 1, converted from Implicit VR Little Endian to Explicit VR Little Endian"
            ),
        )
    ]


def test_the_network_has_a_logger_of_its_own(verbose: pytest.LogCaptureFixture) -> None:
    observer = ConsoleObserver()
    observer.scanned(1, 1, 0)
    observer.association_opened(1, "x", [(CONTEXT, None)])
    observer.result(a_result(0))
    observer.association_closed(1, "released")
    names = [record.name for record in verbose.records]
    assert names == ["fastsend", *["fastsend.network"] * 3]
    logging.getLogger("fastsend.network").setLevel(logging.ERROR)
    try:
        assert not observer.wants_results
    finally:
        logging.getLogger("fastsend.network").setLevel(logging.NOTSET)


def test_warnings(caplog: pytest.LogCaptureFixture) -> None:
    ConsoleObserver().warning("100% odd")
    assert lines(caplog) == [("WARNING", "100% odd")]


class Bar:
    made: list[tuple[int | None, int | None]] = []  # noqa: RUF012
    totals: list[tuple[int, int]] = []  # noqa: RUF012
    shown: list[tuple[int, int]] = []  # noqa: RUF012
    closed = 0

    def __init__(self, instances: int | None, data_set_bytes: int | None) -> None:
        Bar.made.append((instances, data_set_bytes))

    def set_total(self, instances: int, data_set_bytes: int) -> None:
        Bar.totals.append((instances, data_set_bytes))

    def show(self, instances: int, data_set_bytes: int) -> None:
        Bar.shown.append((instances, data_set_bytes))

    def close(self) -> None:
        Bar.closed += 1


@pytest.fixture
def bar(monkeypatch: pytest.MonkeyPatch) -> type[Bar]:
    monkeypatch.setattr(progress, "ProgressBar", Bar)
    Bar.made, Bar.totals, Bar.shown, Bar.closed = [], [], [], 0
    return Bar


def test_the_bar_comes_when_the_run_takes_longer(bar: type[Bar]) -> None:
    now = [0.0]
    observer = ConsoleObserver(bar=True, clock=lambda: now[0])
    observer.scanned(10, 1000, 0)
    observer.progress(1, 100)
    assert bar.made == []
    now[0] = BAR_AFTER
    observer.progress(2, 200)
    observer.progress(3, 300)
    assert bar.made == [(10, 1000)]
    assert bar.shown == [(2, 200), (3, 300)]
    observer.close()
    observer.close()
    observer.progress(4, 400)
    assert bar.closed == 1
    assert len(bar.shown) == 2


def test_the_bar_gets_to_know_the_total_later(bar: type[Bar]) -> None:
    observer = ConsoleObserver(bar=True, clock=iter((0.0, 100.0)).__next__)
    observer.progress(2, 200)
    assert bar.made == [(None, None)]
    observer.scanned(10, 1000, 0)
    observer.progress(3, 300)
    assert bar.totals == [(10, 1000)]
    assert bar.shown == [(2, 200), (3, 300)]


def test_no_bar_where_none_is_wanted(bar: type[Bar]) -> None:
    now = [0.0]
    observer = ConsoleObserver(clock=lambda: now[0])
    observer.scanned(10, 1000, 0)
    now[0] = 100.0
    observer.progress(1, 100)
    observer.close()
    assert bar.made == []


def test_a_terminal_that_goes_away_does_not_end_the_run(
    bar: type[Bar], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(bar, "show", gone)
    monkeypatch.setattr(bar, "set_total", gone)
    monkeypatch.setattr(bar, "close", gone)
    now = [0.0]
    observer = ConsoleObserver(bar=True, clock=lambda: now[0])
    now[0] = 100.0
    observer.progress(1, 100)
    observer.progress(2, 200)
    observer.close()
    assert len(bar.made) == 1
    observer = ConsoleObserver(bar=True, clock=lambda: 100.0)
    monkeypatch.setattr(bar, "show", lambda *_: None)
    observer._start = 0.0
    observer.progress(1, 100)
    observer.scanned(10, 1000, 0)
    observer.progress(2, 200)
    assert len(bar.made) == 2
