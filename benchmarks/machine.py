"""What the figures were measured on: they mean nothing without it."""

from __future__ import annotations

import os
import platform
import re
import struct
import subprocess
from importlib import metadata
from pathlib import Path

from benchmarks.e2e import peers

_held: list[int] = []
"""What keeps processors awake until this process ends, and with it whatever way it ends."""


def keep_awake() -> None:
    """Let idle processors poll, where that is allowed, while this process lives.

    A halted one takes 5 to 100 us to wake, on a virtual machine as its host pleases, and a sender
    and a receiver that wait for each other pay that twice an instance: the same commands then take
    0.16 or 0.6 s. https://docs.kernel.org/power/pm_qos_interface.html
    """
    try:
        file = os.open("/dev/cpu_dma_latency", os.O_WRONLY | os.O_CLOEXEC)
        os.write(file, struct.pack("i", 0))
    except OSError:
        return
    _held.append(file)


def describe() -> dict[str, str]:
    """Return the machine and the versions of all programs that take part."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{_memory_gib():.0f} GiB",
        "system": f"{_distribution()}, {platform.system()} {platform.release()}",
        "idle processors": "awake" if _held else "asleep",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "Python": platform.python_version(),
        "fastsend": _distribution_version("dicom-fastsend"),
        "DCMTK": _version_of("/usr/bin/dcmsend", r"v(\S+)"),
        "Orthanc": _version_of("/usr/sbin/Orthanc", r"(\d+\.\d+\.\d+)"),
        "pynetdicom": _distribution_version("pynetdicom"),
        "pydicom": _distribution_version("pydicom"),
        "imagecodecs": _distribution_version("imagecodecs"),
        "python-gdcm": _distribution_version("python-gdcm"),
        **peers.versions(),
    }


def _processor() -> str:
    match = re.search(r"^model name\s*: (.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return match[1] if match else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _distribution() -> str:
    match = re.search(r'^PRETTY_NAME="(.+)"$', _read("/etc/os-release"), re.MULTILINE)
    return match[1] if match else "unknown"


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _distribution_version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _version_of(program: str, pattern: str) -> str:
    try:
        shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return "not installed"
    match = re.search(pattern, shown.stdout + shown.stderr)
    return match[1] if match else "unknown"
