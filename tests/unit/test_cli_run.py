"""A run by the command, with a sender that only reports."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from types import ModuleType

import pytest

from fastsend import errors
from fastsend.cli import main
from fastsend.model.observer import Observer
from fastsend.model.options import SendOptions
from fastsend.model.report import SendReport
from fastsend.model.result import Outcome, StoreResult

OPTIONS = SendOptions("pacs", 104, ("f",))
ARGUMENTS = ["pacs", "104", "f"]


def a_result(number: int, status: int) -> StoreResult:
    return StoreResult(
        number, f"/DOE^JOHN/{number}", "1.2.840.10008.5.1.4.1.1.2", f"1.2.{number}",
        "1.2.840.10008.1.2", "1.2.840.10008.1.2", 1000, 1, 1, Outcome.ANSWERED, status, 0.0015,
        None,
    )  # fmt: skip


def a_report(*statuses: int, **changed: object) -> SendReport:
    results = [a_result(number, status) for number, status in enumerate(statuses, start=1)]
    counts: dict[tuple[Outcome, int | None], int] = {}
    for status in statuses:
        counts[Outcome.ANSWERED, status] = counts.get((Outcome.ANSWERED, status), 0) + 1
    report = SendReport(OPTIONS, "pacs:104", counts, 1000, results, (), 1, 1, 0.5, 0.25)
    return report._replace(**changed)  # type: ignore[arg-type]


@pytest.fixture
def sends(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Replace the sender by one that returns or raises what it is told."""
    module = ModuleType("fastsend.sender")
    monkeypatch.setitem(sys.modules, "fastsend.sender", module)

    def arrange(outcome: SendReport | BaseException, told: list[SendOptions] | None = None) -> None:
        def send(options: SendOptions, *, observer: Observer | None = None) -> SendReport:
            if told is not None:
                told.append(options)
            if isinstance(outcome, BaseException):
                raise outcome
            assert observer is not None
            observer.scanned(len(outcome.results), 1000, 0)
            if observer.wants_results:
                for result in outcome.results:
                    observer.result(result)
            observer.progress(1, 1000)
            return outcome

        module.send = send  # type: ignore[attr-defined]

    return arrange


def test_options_reach_the_sender(sends) -> None:  # type: ignore[no-untyped-def]
    told: list[SendOptions] = []
    sends(a_report(0), told)
    assert main(["-to", "5", *ARGUMENTS]) == 0
    assert told == [OPTIONS._replace(connection_timeout=5.0)]


def test_summary_on_stdout_and_nothing_else(sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(a_report(0, 0))
    assert main(ARGUMENTS) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Stored all 2 instances at pacs:104")
    assert "\x1b" not in out
    assert err == ""


def test_refused_instances(sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(a_report(0, 0xA700))
    assert main(ARGUMENTS) == 66
    out, err = capsys.readouterr()
    assert "Refused: OutOfResources (0xa700)" in out
    assert err == ""


def test_quiet(sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(a_report(0, 0xA700))
    assert main(["-q", *ARGUMENTS]) == 66
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("options", [["-v"], ["-ll", "info"]])
def test_verbose(options: list[str], sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(a_report(0, 0xA700))
    assert main([*options, *ARGUMENTS]) == 66
    err = capsys.readouterr().err
    assert (
        "I: Instance 1, CTImageStorage 1.2.1: Success (0x0000), 1000 bytes, 1.5 ms, context 1\n"
        in err
    )
    line = "W: Instance 2, CTImageStorage 1.2.2: Refused: OutOfResources (0xa700), 1000 bytes"
    assert line in err
    assert "DOE^JOHN" not in err


def test_debug_names_paths(sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(a_report(0))
    assert main(["-d", *ARGUMENTS]) == 0
    assert "D:   was /DOE^JOHN/1\n" in capsys.readouterr().err


ALL_ERRORS = [
    (errors.NoInputFilesError("nothing to send"), 21),
    (errors.InvalidInputFileError("x is no DICOM file"), 22),
    (errors.NoValidInputFilesError("none"), 23),
    (errors.NetworkError("no network"), 60),
    (errors.NegotiationError("rejected"), 61),
    (errors.PeerAbortedError("the peer aborted"), 62),
    (errors.PresentationContextError("no context"), 65),
]


@pytest.mark.parametrize(("error", "code"), ALL_ERRORS)
def test_errors_are_one_sentence(error, code, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(error)
    assert main(ARGUMENTS) == code
    assert capsys.readouterr() == ("", f"E: {error}\n")


@pytest.mark.parametrize(("error", "code"), ALL_ERRORS)
def test_errors_are_fatal_for_the_quiet(error, code, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(error)
    assert main(["-q", *ARGUMENTS]) == code
    assert capsys.readouterr() == ("", f"F: {error}\n")


def test_a_run_that_ended_early_is_reported(sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(a_report(0, error=errors.PeerAbortedError("the peer sent\nA-ABORT")))
    assert main(ARGUMENTS) == 62
    out, err = capsys.readouterr()
    assert err == "E: the peer sent\\nA-ABORT\n"
    assert out.startswith("Ended early: stored 1 of 1 instance")


def test_an_interrupted_run_is_reported(sends, capsys) -> None:  # type: ignore[no-untyped-def]
    error = errors.InterruptedRunError("interrupted")
    sends(a_report(0, error=error, interrupted=True))
    assert main(ARGUMENTS) == 130
    out, err = capsys.readouterr()
    assert out.startswith("Interrupted: stored 1 of 1 instance")
    assert err == ""


def test_ctrl_c_while_scanning(sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(KeyboardInterrupt())
    assert main(ARGUMENTS) == 130
    assert capsys.readouterr() == ("", "E: Interrupted\n")


@pytest.mark.parametrize("fault", [ValueError("DOE^JOHN"), MemoryError(), RecursionError("deep")])
def test_faults_show_no_traceback(fault, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(fault)
    assert main(ARGUMENTS) == 70
    out, err = capsys.readouterr()
    assert out == ""
    kind = type(fault).__name__
    assert err == f"E: A fault of fastsend ({kind}) ended the run; --debug shows where\n"


@pytest.mark.parametrize("option", ["-d", "--debug"])
def test_faults_show_where_for_debugging(option: str, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(ValueError("odd\x1b value"))
    assert main([option, *ARGUMENTS]) == 70
    err = capsys.readouterr().err
    assert "Traceback (most recent call last):" in err
    assert "D: ValueError: odd\\x1b value\n" in err
    assert {line[:3] for line in err.splitlines()} <= {"D: ", "E: ", "I: "}


def test_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("fastsend.demo")
    observers: list[Observer] = []

    def run_demo(observer: Observer) -> int:
        observers.append(observer)
        return 66

    module.run_demo = run_demo  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "fastsend.demo", module)
    assert main(["--demo"]) == 66
    assert len(observers) == 1


def test_it_runs_outside_the_main_thread(sends) -> None:  # type: ignore[no-untyped-def]
    sends(a_report(0))
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["-q", *ARGUMENTS])))
    thread.start()
    thread.join()
    assert codes == [0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_signal_handler_is_put_back(  # type: ignore[no-untyped-def]
    number: signal.Signals, sends
) -> None:
    before = signal.getsignal(number)
    sends(a_report(0))
    main(["-q", *ARGUMENTS])
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_ignored_signal_stays_ignored(number: signal.Signals) -> None:
    body = (
        "import os, signal\nfrom fastsend.errors import NegotiationError\n"
        f"os.kill(os.getpid(), {int(number)})\nraise NegotiationError('no')"
    )
    before = signal.signal(number, signal.SIG_IGN)
    try:
        process = stub_process(body, *ARGUMENTS, stderr=subprocess.PIPE)
    finally:
        signal.signal(number, before)
    with process:
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (61, b"E: no\n")


STUB = """
import sys, time, types
def send(options, *, observer):
{body}
module = types.ModuleType("fastsend.sender")
module.send = send
sys.modules["fastsend.sender"] = module
from fastsend.cli import main
sys.exit(main(sys.argv[1:]))
"""


def stub_process(body: str, *arguments: str, **kwargs: object) -> "subprocess.Popen[bytes]":
    code = STUB.format(body=textwrap.indent(body, "    "))
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", code, *arguments], **kwargs
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_interrupt(number: signal.Signals) -> None:
    body = "print('ready', flush=True)\ntime.sleep(60)"
    with stub_process(body, *ARGUMENTS, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == b"E: Interrupted\n"


def test_a_closed_log_does_not_end_the_run() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    body = "observer.scanned(1, 1, 0)\nraise SystemExit(7)"
    with stub_process(body, "-v", *ARGUMENTS, stderr=writer) as process:
        os.close(writer)
        process.wait(timeout=30)
    assert process.returncode == 7


def test_exceptions_of_threads_show_no_traceback() -> None:
    body = (
        "import threading\nfrom fastsend.errors import NegotiationError\n"
        "thread = threading.Thread(target=lambda: 1 / 0)\nthread.start()\nthread.join()\n"
        "raise NegotiationError('no')"
    )
    with stub_process(body, *ARGUMENTS, stderr=subprocess.PIPE) as process:
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (61, b"E: no\n")


@pytest.fixture
def config(tmp_path):  # type: ignore[no-untyped-def]
    def write(text: str) -> str:
        path = tmp_path / "log.cfg"
        path.write_text(text)
        return str(path)

    return write


def test_log_config(config, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(a_report(0))
    path = config(
        "log4cplus.rootLogger = INFO, c\nlog4cplus.appender.c = log4cplus::ConsoleAppender\n"
        "log4cplus.appender.c.logToStdErr = true\n"
    )
    assert main(["-lc", path, *ARGUMENTS]) == 0
    err = capsys.readouterr().err
    assert "INFO - Instance 1, CTImageStorage 1.2.1: Success (0x0000)" in err
    assert "DOE^JOHN" not in err


def test_a_log_config_that_cannot_be_used(config, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    told: list[SendOptions] = []
    sends(a_report(0), told)
    assert main(["-lc", config("a = b"), *ARGUMENTS]) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: Specified --log-config file does not contain any valid settings")
    assert told == []


@pytest.mark.parametrize("level", ["-v", "-d", "-q", "-ll info"])
def test_log_config_excludes_levels(level: str, capsys) -> None:  # type: ignore[no-untyped-def]
    assert main(["-lc", "x.cfg", *level.split(), *ARGUMENTS]) == 1
    assert "error: --log-config not allowed with " in capsys.readouterr().err


@pytest.mark.parametrize(("level", "code"), [("INFO", 0), ("TRACE", 0), ("WARN", 1), ("OFF", 1)])
def test_contexts_with_a_log_config(level: str, code: int, config, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(a_report(0))
    assert main(["+v", "-lc", config(f"log4cplus.rootLogger = {level}\n"), *ARGUMENTS]) == code
    told = "error: --verbose-pc only allowed with verbose mode" in capsys.readouterr().err
    assert told is (code == 1)


def test_report_file(tmp_path, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "report.txt"
    path.write_text("old")
    sends(a_report(0, 0xA700))
    assert main(["-v", "+crf", str(path), *ARGUMENTS]) == 66
    assert "DIMSE Status  : 0xa700 (Refused: OutOfResources)" in path.read_text()
    err = capsys.readouterr().err
    assert f"W: file '{path}' already exists, overwriting\n" in err
    assert "I: \nI: Status Summary\nI: --------------\n" in err
    assert "I:   * with status REFUSED  : 1\n" in err


def test_report_file_of_a_quiet_run(tmp_path, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "report.txt"
    sends(a_report(0))
    assert main(["-q", "+crf", str(path), *ARGUMENTS]) == 0
    assert path.exists()
    assert capsys.readouterr() == ("", "")


def test_no_report_file_of_an_interrupted_run(tmp_path, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "report.txt"
    sends(a_report(0, interrupted=True))
    assert main(["+crf", str(path), *ARGUMENTS]) == 130
    assert not path.exists()
    err = capsys.readouterr().err
    assert "W: the run did not come to its end: no report (+crf) is written\n" in err


def test_a_bad_report_file_is_known_before(tmp_path, sends, capsys) -> None:  # type: ignore[no-untyped-def]
    told: list[SendOptions] = []
    sends(a_report(0), told)
    assert main(["+crf", str(tmp_path / "none" / "x"), *ARGUMENTS]) == 43
    assert told == []
    assert "E: cannot write the report (+crf) to " in capsys.readouterr().err


def test_a_report_file_on_a_full_disk(sends, capsys) -> None:  # type: ignore[no-untyped-def]
    sends(a_report(0))
    assert main(["+crf", "/dev/full", *ARGUMENTS]) == 43
    out, err = capsys.readouterr()
    assert out.startswith("Stored 1 of 1 instance")
    assert "No space left on device" in err
