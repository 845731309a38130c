"""Log configurations (-lc) with the real dcmsend, and with fastsend's layouts and loggers."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fastsend.cli.log_pattern import PatternLayout, SimpleLayout
from peers.programs import require_program
from peers.proposals import SmallFiles
from peers.recording_scp import RecordingSCP

pytestmark = pytest.mark.peer("dcmsend")

CT = "1.2.840.10008.5.1.4.1.1.2"
LEE = "1.2.840.10008.1.2.1"
FASTSEND = (sys.executable, "-m", "fastsend")

CONSOLE = """
log4cplus.appender.c = log4cplus::ConsoleAppender
log4cplus.appender.c.logToStdErr = true
"""
PATTERN = """
log4cplus.appender.c.layout = log4cplus::PatternLayout
log4cplus.appender.c.layout.ConversionPattern = """


def run(folder: Path, config: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a sender with a configuration, in `folder`."""
    (folder / "log.cfg").write_text(config)
    path = SmallFiles(folder)(CT, LEE)
    with RecordingSCP() as scp:
        return subprocess.run(
            [*command, "-lc", folder / "log.cfg", "127.0.0.1", str(scp.port), path],
            env={**os.environ, "TCP_NODELAY": "1"},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )


def dcmsend(folder: Path, config: str) -> subprocess.CompletedProcess[str]:
    return run(folder, config, str(require_program("dcmsend")))


def the_record() -> logging.LogRecord:
    """A record that dcmsend logs."""
    text = "Releasing Association"
    record = logging.LogRecord("fastsend.network", logging.INFO, "", 1, text, (), None)
    record.log4cplus_name = "dcmtk.dcmnet"
    return record


@pytest.mark.parametrize(
    "pattern",
    [
        "%m%n",
        "%P: %m%n",
        "%p|%c|%c{1}|%c{2}|%c{3}|%c{0}|%m|%%|100%%m|%n",
        "[%6p][%-6p][%3p][%-3p] %m%n",
        "[%.2p][%5.3p][%-5.3p][%20.10m][%-30.21m][%.0p] %n",
        "[%x][%X{a}] %m%n",
        "%m [%z] [%-5.2Q] [%]%n",
        "%m%n%m%n",
        "%m [%-]%n",
        "%m [%5",
    ],
)
def test_patterns(pattern: str, tmp_path: Path) -> None:
    theirs = dcmsend(tmp_path, f"log4cplus.rootLogger = INFO, c{CONSOLE}{PATTERN}{pattern}\n")
    ours = PatternLayout(pattern).format(the_record())
    assert ours in theirs.stderr


def test_simple_layout(tmp_path: Path) -> None:
    theirs = dcmsend(tmp_path, f"log4cplus.rootLogger = INFO, c{CONSOLE}")
    assert SimpleLayout().format(the_record()) in theirs.stderr


LINES_OF_BOTH = "%p %c{1}%n"


@pytest.mark.parametrize(
    "loggers",
    [
        "log4cplus.rootLogger = INFO, c",
        "log4cplus.rootLogger = ERROR, c\nlog4cplus.logger.dcmtk.dcmnet = INFO",
        "log4cplus.rootLogger = INFO, c\nlog4cplus.logger.dcmtk.dcmnet = OFF",
        "log4cplus.rootLogger = OFF, c\nlog4cplus.logger.dcmtk.apps.dcmsend = INFO",
        "log4cplus.rootLogger = info, c\nlog4cplus.logger.dcmtk.apps = warn",
        "log4cplus.rootLogger = INFO, c\nlog4cplus.appender.c.Threshold = ERROR",
        "log4cplus.rootLogger = INFO\nlog4cplus.logger.dcmtk = INHERITED, c",
        "log4cplus.rootLogger = INFO, c\nlog4cplus.additivity.dcmtk.dcmnet = false",
        "log4cplus.rootLogger = INFO, c\nlog4cplus.logger.dcmtk.dcmnet = INFO, c",
        (
            "log4cplus.rootLogger = INFO, c\nlog4cplus.appender.c.filters.1 = "
            "log4cplus::spi::LogLevelMatchFilter\nlog4cplus.appender.c.filters.1.LogLevelToMatch=INFO"
        ),
    ],
)
def test_which_loggers_log(loggers: str, tmp_path: Path) -> None:
    config = f"{loggers}{CONSOLE}{PATTERN}%p %c{{1}}%n\n"
    theirs = dcmsend(tmp_path, config)
    ours = run(tmp_path, config.replace("dcmsend", "fastsend"), *FASTSEND)

    def told(text: str) -> set[str]:
        # log4cplus complains of records without an appender.
        return {
            line.replace("fastsend", "dcmsend")
            for line in text.splitlines()
            if not line.startswith("log4cplus:")
        }

    assert (ours.returncode, theirs.returncode) == (0, 0)
    assert told(ours.stderr) == told(theirs.stderr)


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ("", "does not contain any settings"),
        ("a = b", "does not contain any valid settings"),
        ("log4cplus.logger.x = INFO", "does not set up log4cplus.rootLogger"),
    ],
)
def test_what_both_refuse(config: str, complaint: str, tmp_path: Path) -> None:
    for finished in (dcmsend(tmp_path, config), run(tmp_path, config, *FASTSEND)):
        assert finished.returncode == 1
        assert f"error: Specified --log-config file {complaint}" in finished.stderr


@pytest.mark.parametrize("name", ["logger.cfg", "filelog.cfg"])
def test_the_files_of_dcmtk(name: str, tmp_path: Path) -> None:
    path = Path("/etc/dcmtk", name)
    if not path.exists():
        pytest.skip(f"there is no {path}")
    line = re.compile(r"^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(?:\.\d{3})? (?: INFO|DEBUG): ?")
    dashed = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (?: INFO|DEBUG) - \w+ +- ")
    logs = []
    for command in ((str(require_program("dcmsend")),), FASTSEND):
        finished = run(tmp_path, path.read_text(), *command)
        assert finished.returncode == 0
        (log,) = tmp_path.glob("*.log")
        text = log.read_text()
        log.unlink()
        pattern = dashed if name == "filelog.cfg" else line
        assert all(pattern.match(one) for one in text.splitlines())
        logs.append((text.count("DEBUG") > 0, bool(line.match(finished.stdout))))
    assert logs[0] == logs[1]


@pytest.mark.parametrize(
    "kind",
    ["FileAppender", "RollingFileAppender", "DailyRollingFileAppender"],
)
def test_names_of_files(kind: str, tmp_path: Path) -> None:
    config = (
        f"log4cplus.rootLogger = INFO, f\nlog4cplus.appender.f = log4cplus::{kind}\n"
        "log4cplus.appender.f.File = ${appname}.log\nlog4cplus.appender.f.Schedule = monthly\n"
    )
    names = []
    for program, command in (
        ("dcmsend", (str(require_program("dcmsend")),)),
        ("fastsend", FASTSEND),
    ):
        for _ in range(2):
            run(tmp_path, config, *command)
        found = sorted(tmp_path.glob(f"{program}.log*"))
        names.append([(one.name.removeprefix(program), one.stat().st_size > 0) for one in found])
    assert names[0] == names[1]
    assert len(names[0]) == (3 if kind.startswith("Daily") else 1)
