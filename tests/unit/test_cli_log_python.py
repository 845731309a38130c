"""Configurations of Python's logging."""

import json
import logging
from pathlib import Path

import pytest

from fastsend.cli.log_config import configured_log, read_log_config
from fastsend.errors import CommandLineError

CONFIG = {
    "version": 1,
    "formatters": {"f": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"h": {"class": "logging.FileHandler", "filename": "x.log", "formatter": "f"}},
    "root": {"level": "INFO", "handlers": ["h"]},
}
TOML = """
version = 1
[formatters.f]
format = "%(levelname)s %(name)s %(message)s"
[handlers.h]
class = "logging.FileHandler"
filename = "x.log"
formatter = "f"
[root]
level = "INFO"
handlers = ["h"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def log_all(path: Path) -> list[str]:
    with configured_log(read_log_config(str(path))):
        for name in ("fastsend", "fastsend.network", "pydicom"):
            for level in (5, 10, 20, 40):
                logging.getLogger(name).log(level, "at %d", level)
    return Path("x.log").read_text().splitlines()


@pytest.mark.parametrize("name", ["log.json", "log.cfg"])
def test_json(name: str, folder: Path) -> None:
    (folder / name).write_text(json.dumps(CONFIG))
    assert log_all(folder / name) == [
        "INFO fastsend at 20", "ERROR fastsend at 40",
        "INFO fastsend.network at 20", "ERROR fastsend.network at 40",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["log.toml", "log.TOML", "log.cfg"])
def test_toml(name: str, folder: Path) -> None:
    (folder / name).write_text(TOML)
    assert len(log_all(folder / name)) == 4


def test_libraries_log_for_debugging(folder: Path) -> None:
    path = folder / "log.json"
    path.write_text(json.dumps({**CONFIG, "root": {"level": "DEBUG", "handlers": ["h"]}}))
    assert "ERROR pydicom at 40" in log_all(path)


def test_libraries_log_where_they_are_named(folder: Path) -> None:
    path = folder / "log.json"
    path.write_text(json.dumps({**CONFIG, "loggers": {"pydicom": {"level": "ERROR"}}}))
    assert "ERROR pydicom at 40" in log_all(path)


def test_levels_of_ours(folder: Path) -> None:
    path = folder / "log.json"
    loggers = {"fastsend.network": {"level": 5}, "fastsend": {"level": "ERROR"}}
    path.write_text(json.dumps({**CONFIG, "loggers": loggers}))
    assert log_all(path) == [
        "ERROR fastsend at 40", "TRACE fastsend.network at 5", "DEBUG fastsend.network at 10",
        "INFO fastsend.network at 20", "ERROR fastsend.network at 40",
    ]  # fmt: skip


def test_all_is_put_back(folder: Path) -> None:
    path = folder / "log.json"
    path.write_text(json.dumps({**CONFIG, "loggers": {"fastsend": {"propagate": False}}}))
    names = ("", "fastsend", "fastsend.network", "pydicom", "pynetdicom", "py.warnings")

    def state() -> list[object]:
        loggers = map(logging.getLogger, names)
        return [(one.level, list(one.handlers), one.propagate, one.disabled) for one in loggers]

    before = state()
    log_all(path)
    assert state() == before


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("x.json", '{"version": 1,', r"x\.json: .* is no valid JSON: .*line 1"),
        ("x.json", "[1]", "no configuration of Python's logging"),
        ("x.json", "{}", "no configuration of Python's logging"),
        ("x.json", "[" * 100_000, "is no valid JSON"),
        ("x.toml", "version = 1\n= 2", r"x\.toml: .* is no valid TOML: .*line 2"),
        ("x.toml", "a = 1", "no configuration of Python's logging"),
        ("x.json", '{"version": 7}', r"x\.json: Unsupported version: 7"),
        ("x.json", '{"version": 1, "handlers": {"h": {"class": "no.Such"}}}', "handler 'h': .*no"),
        ("x.json", '{"version": 1, "root": {"level": "LOUD"}}', "LOUD"),
        ("x.json", ('{"version": 1, "handlers": {"h": {"class": "logging.FileHandler", '
         '"filename": "/none/such/x.log"}}}'), "handler 'h': .*No such file"),
    ],
)  # fmt: skip
def test_what_cannot_be_used(name: str, text: str, complaint: str, folder: Path) -> None:
    (folder / name).write_text(text)
    before = list(logging.getLogger().handlers)
    with (
        pytest.raises(CommandLineError, match=complaint),
        configured_log(read_log_config(str(folder / name))),
    ):
        pytest.fail("it was used")
    assert logging.getLogger().handlers == before
