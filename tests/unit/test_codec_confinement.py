"""What a worker process can still do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codec_pools import FakePool
from fastsend.codecs import confinement

TESTS = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="of Linux")


@pytest.fixture(scope="module")
def pool():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(TESTS))
        with FakePool(1) as made:
            made.do("")
            yield made


def _landlock_version() -> int:
    code = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


def _needs_landlock(version: int) -> None:
    if _landlock_version() < version:
        pytest.skip("this kernel has no Landlock that does this")


def test_it_has_no_descriptors_but_its_own(pool):
    names = [name.split(":")[0] for name in pool.do("descriptors").decode().split("\n")]
    memory = [name for name in names if name.startswith(("/memfd", "/tmp", "/var"))]
    # The shared memory has a second one for its mapping.
    assert 1 <= len(memory) <= 2
    rest = sorted(set(names) - set(memory))
    assert rest[0] == "/dev/null"
    # libffi keeps itself open for reading, where it maps its trampolines from its own file.
    own = [name for name in rest if not name.startswith("/proc/") and "/libffi.so" not in name]
    assert own == ["/dev/null", "socket"]


def test_it_prints_nowhere(pool, capfd):
    pool.do("print")
    assert capfd.readouterr() == ("", "")


def test_it_gains_no_privileges_and_leaves_no_core(pool):
    status = pool.do("status", size=16_384).decode()
    assert "NoNewPrivs:\t1" in status
    limits = Path(f"/proc/{pool.worker_ids()[0]}/limits").read_text(encoding="ascii")
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_it_is_in_a_group_of_its_own(pool):
    (pid,) = pool.worker_ids()
    assert os.getpgid(pid) == pid


def test_it_may_read(pool):
    assert pool.do("try read") == b"done"


@pytest.mark.parametrize(
    ("what", "errors", "version"),
    [
        ("write", {b"EACCES"}, 1),
        ("exec", {b"EACCES"}, 1),
        ("connect", {b"EACCES"}, 4),
        ("signal", {b"EPERM"}, 6),
        ("truncate", {b"EPERM"}, 0),
    ],
)
def test_it_may_not(pool, what, errors, version):
    _needs_landlock(version)
    assert pool.do(f"try {what}") in errors


def test_an_address_space_that_is_limited_already_stays_so():
    code = (
        "import resource\n"
        "from fastsend.codecs import confinement\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 33, 1 << 34))\n"
        "confinement.limit_address_space(1 << 40)\n"
        "print(resource.getrlimit(resource.RLIMIT_AS))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"({1 << 34}, {1 << 34})\n"


def test_a_process_whose_parent_is_gone_ends():
    code = (
        "from fastsend.codecs import confinement\n"
        "confinement.die_with(1 << 30)\n"
        "print('still here')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


@pytest.mark.parametrize("version", [0, 1, 2, 3, 4, 5, 6, 7])
def test_each_version_of_the_kernels_interface_is_asked_for_what_it_knows(monkeypatch, version):
    # (bits of files, of TCP, of scope) by the kernel's documentation of landlock.
    known = {
        1: [0x1FF3],
        2: [0x3FF3],
        3: [0x7FF3],
        4: [0x7FF3, 3],
        5: [0xFFF3, 3],
        6: [0xFFF3, 3, 3],
        7: [0xFFF3, 3, 3],
    }
    asked = []

    def syscall(number, attributes, *rest):
        if attributes is None:
            return version or -1
        if number == 444:
            asked.append(list(attributes._obj))
            return os.open(os.devnull, os.O_RDONLY)
        return 0

    class Library:
        def __init__(self, *_, **__):
            self.syscall = syscall

    monkeypatch.setattr("ctypes.CDLL", Library)
    confinement._landlock()
    assert asked == ([known[version]] if version else [])
