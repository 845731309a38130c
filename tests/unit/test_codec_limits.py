"""What a frame may cost."""

from __future__ import annotations

import pytest

from fastsend.codecs import limits


@pytest.mark.parametrize(
    ("operation", "size", "seconds"),
    [
        ("decode", 0, 10.0),
        ("decode", 50_000_000, 20.0),
        ("encode", 0, 10.0),
        ("encode", 5_000_000, 15.0),
        ("transcode", 5_000_000, 15.0),
    ],
)
def test_large_frames_get_more_time(operation, size, seconds):
    assert limits.deadline_seconds(operation, size) == seconds


def test_large_frames_get_more_memory():
    assert limits.address_space_bytes(0) == 512 * 1024 * 1024
    assert limits.address_space_bytes(1000) == 512 * 1024 * 1024 + 4000
    assert limits.kept_bytes(1000) < limits.address_space_bytes(1000)
