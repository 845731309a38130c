"""Loggers of DCMTK, and which of them fastsend's are."""

import logging

import pytest

from fastsend.cli.log_tree import OFF, Logger, LoggerTree, level_of


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append((record.log4cplus_name, record.getMessage()))  # type: ignore[attr-defined]


def log(tree: LoggerTree, name: str, level: int = logging.INFO, message: str = "m") -> None:
    tree.handle(logging.LogRecord(name, level, "", 1, message, (), None))


@pytest.mark.parametrize(
    ("program", "configured", "python_name", "name"),
    [
        ("fastsend", (), "fastsend", "dcmtk.apps.fastsend"),
        ("fastsend", (), "fastsend.network", "dcmtk.dcmnet"),
        ("fastsend", (), "fastsend.sender.transfer", "dcmtk.dcmnet"),
        ("fastsend", (), "pynetdicom.acse", "dcmtk.dcmnet"),
        ("fastsend", (), "pydicom", "dcmtk.dcmdata"),
        ("fastsend", (), "fastsend.convert", "dcmtk.dcmdata"),
        ("fastsend", (), "py.warnings", "dcmtk.apps.fastsend"),
        ("fastsend", ("dcmtk.apps.dcmsend",), "fastsend", "dcmtk.apps.dcmsend"),
        ("fastsend", ("dcmtk.apps.dcmsend", "dcmtk.apps.fastsend"), "fastsend",
         "dcmtk.apps.fastsend"),
        ("fastsend", ("dcmtk.apps.storescu",), "fastsend.network", "dcmtk.apps.storescu"),
        ("fastsend", ("dcmtk.apps.storescu.progress",), "fastsend", "dcmtk.apps.fastsend"),
        ("storescu", (), "fastsend.network", "dcmtk.apps.storescu"),
        ("storescu", ("dcmtk.apps.dcmsend",), "fastsend", "dcmtk.apps.storescu"),
        ("dcmsend", (), "fastsend", "dcmtk.apps.dcmsend"),
        ("dcmsend", (), "fastsend.network", "dcmtk.dcmnet"),
        ("fastsend", ("fastsend",), "fastsend.network", "fastsend.network"),
        ("fastsend", ("fastsend.network",), "fastsend", "dcmtk.apps.fastsend"),
        ("fastsend", ("pynetdicom",), "pynetdicom.acse", "pynetdicom.acse"),
    ],
)  # fmt: skip
def test_names(program: str, configured: tuple[str, ...], python_name: str, name: str) -> None:
    appender = Kept()
    loggers = {one: Logger() for one in configured}
    tree = LoggerTree({"": Logger(1, [appender]), **loggers}, program)
    log(tree, python_name)
    assert appender.kept == [(name, "m")]


def test_levels_are_inherited() -> None:
    tree = LoggerTree(
        {
            "": Logger(logging.ERROR),
            "dcmtk": Logger(),
            "dcmtk.dcmnet": Logger(logging.INFO),
            "dcmtk.apps": Logger(logging.WARNING),
        },
        "fastsend",
    )
    levels = tree.levels()
    assert levels["fastsend"] == logging.WARNING
    assert levels["fastsend.network"] == levels["fastsend.sender"] == logging.INFO
    assert levels["fastsend.scan"] == logging.ERROR


@pytest.mark.parametrize(
    ("level", "libraries"), [(logging.INFO, OFF), (logging.DEBUG, 10), (OFF, OFF), (1, 1)]
)
def test_libraries_log_at_debug_level_only(level: int, libraries: int) -> None:
    levels = LoggerTree({"": Logger(level)}, "fastsend").levels()
    assert levels["pynetdicom"] == levels["pydicom"] == levels["py.warnings"] == libraries


def test_what_libraries_log_is_for_debugging() -> None:
    console, everything = Kept(), Kept()
    console.setLevel(logging.ERROR)
    tree = LoggerTree({"": Logger(logging.DEBUG, [console, everything])}, "fastsend")
    log(tree, "pydicom", logging.CRITICAL, "DOE^JOHN")
    assert console.kept == []
    assert everything.kept == [("dcmtk.dcmdata", "DOE^JOHN")]


def test_appenders_of_those_above_too() -> None:
    above, below = Kept(), Kept()
    root = Logger(logging.INFO, [above])
    tree = LoggerTree({"": root, "dcmtk.dcmnet": Logger(None, [below, above])}, "fastsend")
    log(tree, "fastsend.network")
    log(tree, "fastsend")
    assert len(below.kept) == 1
    assert len(above.kept) == 3  # twice for the first, as log4cplus does


def test_additivity() -> None:
    above, below = Kept(), Kept()
    root = Logger(logging.INFO, [above])
    tree = LoggerTree({"": root, "dcmtk": Logger(None, [below], additive=False)}, "fastsend")
    log(tree, "fastsend.network")
    assert above.kept == []
    assert below.kept == [("dcmtk.dcmnet", "m")]


@pytest.mark.parametrize(
    ("text", "level"),
    [("INFO", 20), ("warn", 30), ("Trace", 5), ("OFF", OFF), ("ALL", 1), ("WARNING", None),
     ("", None)],
)  # fmt: skip
def test_level_names(text: str, level: int | None) -> None:
    assert level_of(text) == level
