"""``-lc``: configurations as DCMTK has them."""

import logging
import os
import socket
from pathlib import Path

import pytest

from fastsend.cli.log_config import configured_log, read_log_config
from fastsend.errors import CommandLineError

CONSOLE = """
log4cplus.appender.c = log4cplus::ConsoleAppender
log4cplus.appender.c.logToStdErr = true
log4cplus.appender.c.layout = log4cplus::PatternLayout
log4cplus.appender.c.layout.ConversionPattern = %P %c: %m%n
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "log.cfg"


def log_all(config: Path, program: str = "fastsend") -> None:
    with configured_log(read_log_config(str(config), program)):
        for name in ("fastsend", "fastsend.network", "fastsend.scan", "pydicom"):
            for level in (5, 10, 20, 30, 40, 50):
                logging.getLogger(name).log(level, "at %d", level)


def test_levels_and_loggers(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(
        "log4cplus.rootLogger = ERROR, c\nlog4cplus.logger.dcmtk.dcmnet = WARN\n"
        "log4cplus.logger.dcmtk.dcmdata = OFF" + CONSOLE
    )
    log_all(config, "dcmsend")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "E dcmtk.apps.dcmsend: at 40",
        "F dcmtk.apps.dcmsend: at 50",
        "W dcmtk.dcmnet: at 30",
        "E dcmtk.dcmnet: at 40",
        "F dcmtk.dcmnet: at 50",
    ]


def test_console_is_stdout_by_default(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "log4cplus.rootLogger = FATAL, c\nlog4cplus.appender.c = log4cplus::ConsoleAppender\n"
    config.write_text(text)
    log_all(config)
    assert capsys.readouterr() == ("FATAL - at 50\n" * 3, "")


def test_thresholds_files_and_variables(config: Path) -> None:
    config.write_text(
        "log4cplus.rootLogger = TRACE, f\nlog4cplus.appender.f = log4cplus::FileAppender\n"
        "log4cplus.appender.f.File = ${appname}-${pid}-${hostname}.${ending}\nending = log\n"
        "log4cplus.appender.f.Threshold = error\n"
    )
    log_all(config, "storescu")
    path = config.parent / f"storescu-{os.getpid()}-{socket.gethostname()}.log"
    assert path.read_text().splitlines() == ["ERROR - at 40", "FATAL - at 50"] * 3


def test_date_and_time(config: Path) -> None:
    config.write_text(
        "log4cplus.rootLogger = INFO, f\nlog4cplus.appender.f = log4cplus::FileAppender\n"
        "log4cplus.appender.f.File = x-${date}-${time}.log\n"
    )
    log_all(config)
    (path,) = config.parent.glob("x-*.log")
    _, date, moment = path.stem.split("-")
    assert date.isdecimal()
    assert moment.isdecimal()
    assert (len(date), len(moment)) == (8, 6)


def test_all_is_put_back_and_closed(config: Path) -> None:
    config.write_text("log4cplus.rootLogger = TRACE, c\n" + CONSOLE)
    names = ("", "fastsend", "fastsend.network", "pydicom", "pynetdicom", "py.warnings")

    def state() -> list[object]:
        loggers = map(logging.getLogger, names)
        return [(one.level, list(one.handlers), one.propagate) for one in loggers]

    before = state()
    log_all(config)
    assert state() == before


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "does not exist"),
        ("", "does not contain any settings"),
        ("# only this\n", "does not contain any settings"),
        ("a = b\n", "does not contain any valid settings"),
        ("log4cplus.logger.dcmtk = INFO\n", "does not set up log4cplus.rootLogger"),
        ("\nlog4cplus.rootLogger = c\n", r"line 2: log4cplus.rootLogger has no level"),
        ("log4cplus.rootLogger = INHERITED\n", r"line 1: log4cplus.rootLogger has no level"),
        ("a = ${a}\nlog4cplus.rootLogger = INFO\n", r"line 1: variables that refer to"),
        ("x" * 1_100_000, "is too long"),
    ],
)
def test_what_cannot_be_used(config: Path, text: str | None, complaint: str) -> None:
    if text is not None:
        config.write_text(text)
    with pytest.raises(CommandLineError, match=complaint) as caught:
        read_log_config(str(config))
    assert caught.value.exit_code == 1
    assert str(config) in str(caught.value)


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CommandLineError, match="cannot be read"):
        read_log_config(str(tmp_path))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("log4cplus.appender.d = log4cplus::SocketAppender",
         "appenders of the kind SocketAppender are not known here"),
        ("log4cplus.logger.dcmtk = INFO, nope", "there is no appender nope"),
        ("log4cplus.logger.dcmtk = loud", "there is no log level loud"),
        ("log4cplus.appender.c.Threshold = loud", "there is no log level loud"),
        ("log4cplus.appender.c.bogus = 1",
         "the setting log4cplus.appender.c.bogus is unknown and has no effect"),
        ("log4cplus.appender.c.logToStderr = true",
         ("the setting log4cplus.appender.c.logToStderr is unknown and has no effect "
         "(it is spelt log4cplus.appender.c.logToStdErr)")),
        ("log4cplus.logger.dcmtk", "no setting and no comment: log4cplus.logger.dcmtk"),
        ("log4cplus.appender.d = log4cplus::FileAppender", "this appender has no File"),
        ("log4cplus.logger. = OFF", "the setting log4cplus.logger. is unknown and has no effect"),
        ("log4cplus.appender.c.layout.ConversionPattern = %z",
         "%z is no conversion; it stands for itself"),
        ("log4cplus.appender.c.layout = Nice", "there is no layout Nice"),
        ("log4cplus.additivity.dcmtk = maybe", "maybe is neither true nor false"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(
    line: str, complaint: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f"log4cplus.rootLogger = ERROR, c{CONSOLE}{line}\n")
    log_all(config)
    assert f"W: {config}, line 6: {complaint}\n" in capsys.readouterr().err


def test_a_log_that_cannot_be_opened(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(
        "log4cplus.rootLogger = ERROR, c, f\n"
        "log4cplus.appender.f = log4cplus::FileAppender\n"
        f"log4cplus.appender.f.File = none/x.log{CONSOLE}"
    )
    log_all(config)
    err = capsys.readouterr().err
    words = "the log none/x.log cannot be opened: No such file or directory"
    assert err.startswith(f"W: {config}, line 3: {words}\n")
    assert err.count("\n") == 7


@pytest.mark.parametrize("silencer", ["log4cplus.quietMode = true", "log4cplus.rootLogger = FATAL"])
def test_silence(silencer: str, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(f"log4cplus.rootLogger = ERROR\nlog4cplus.bogus = 1\n{silencer}\n")
    log_all(config)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ("log4cplus.rootLogger = INFO", True),
        ("log4cplus.rootLogger = DEBUG", False),
        ("log4cplus.rootLogger = DEBUG\nlog4cplus.logger.dcmtk.apps.storescu.progress=INFO", True),
        ("log4cplus.rootLogger = INFO\nlog4cplus.logger.dcmtk.apps.fastsend.progress=OFF", False),
        ("log4cplus.rootLogger = INFO, c" + CONSOLE, False),
        (f"log4cplus.rootLogger = INFO, c{CONSOLE}log4cplus.appender.c.Threshold = ERROR", True),
    ],
)
def test_progress(lines: str, shown: bool, config: Path) -> None:
    config.write_text(lines)
    assert read_log_config(str(config)).shows_progress is shown


@pytest.mark.parametrize("name", ["logger.cfg", "filelog.cfg"])
def test_the_files_of_dcmtk(name: str, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("/etc/dcmtk", name)
    if not path.exists():
        pytest.skip("DCMTK is not installed")
    log_all(path)
    out, err = capsys.readouterr()
    # They misspell the setting, so that the console is standard output, as of DCMTK.
    assert err.count("\n") == 1
    assert "(it is spelt log4cplus.appender.console.logToStdErr)" in err
    assert out.splitlines()[-1].endswith(" FATAL: at 50")
    assert len((config.parent / "fastsend.log").read_text().splitlines()) > 12


def test_a_name_that_no_file_has(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = "log4cplus.appender.f"
    text = f"log4cplus.rootLogger = ERROR, f\n{key} = log4cplus::FileAppender\n{key}.File = a\0b"
    config.write_text(text)
    log_all(config)
    assert "the log a\\x00b cannot be opened: embedded null byte" in capsys.readouterr().err
