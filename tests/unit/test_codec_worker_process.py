"""The environment that worker processes get; tests of the pool do the rest."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from fastsend.codecs import worker_process

if TYPE_CHECKING:
    import pytest


def test_workers_get_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTSEND_PASSWORD", "sesame")
    monkeypatch.setenv("SOMETHING_ELSE", "there")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    started = []

    def start(*_: object, **keywords: object) -> None:
        started.append(keywords["env"])

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(sys, "executable", "python")

    class Memory:
        fd, size = 4, 4096

    worker_process._start(3, Memory(), "registry")  # type: ignore[arg-type]
    (environment,) = started
    assert "sesame" not in str(environment)
    assert environment["SOMETHING_ELSE"] == "there"
    assert environment["OMP_NUM_THREADS"] == "1"
