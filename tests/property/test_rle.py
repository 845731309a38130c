"""RLE Lossless for any frame and any damage, against the plain-Python reading of Annex G."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastsend._native import rle
from reference import rle as slow


class Frame(NamedTuple):
    rows: int
    columns: int
    samples: int
    bits: int
    planar: int
    native: bytes

    @property
    def attributes(self) -> dict[str, int]:
        return {
            "rows": self.rows,
            "columns": self.columns,
            "samples_per_pixel": self.samples,
            "bits_allocated": self.bits,
        }


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Frames made of runs, whose lengths are often near what a row or a run can hold."""
    rows = draw(st.integers(1, 5))
    columns = draw(st.integers(1, 20) | st.integers(120, 140) | st.integers(2040, 2060))
    bits = draw(st.sampled_from((1, 8, 16, 24, 32, 64)))
    samples = 1 if bits == 1 else draw(st.integers(1, 15 // (bits // 8)))
    length = -(-rows * columns * samples * bits // 8)
    run = st.tuples(st.binary(min_size=1, max_size=9), st.integers(1, 9) | st.integers(120, 140))
    native = bytearray()
    while len(native) < length:
        piece, count = draw(run)
        native += piece * count
    del native[length:]
    if bits == 1 and rows * columns % 8:
        native[-1] &= (1 << rows * columns % 8) - 1
    return Frame(rows, columns, samples, bits, draw(st.integers(0, 1)), bytes(native))


@given(frames())
def test_encodes_as_the_reference_and_back(frame: Frame) -> None:
    rows, columns, samples, bits, planar, native = frame
    ours = rle.encode(native, **frame.attributes, planar_configuration=planar)
    assert ours == slow.encode(native, rows, columns, samples, bits, planar)
    assert rle.decode(ours, **frame.attributes, planar_configuration=planar) == native


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Frame, bytes]:
    """An encoded frame with some bytes changed, inserted or taken out, and perhaps cut."""
    frame = draw(frames())
    data = bytearray(slow.encode(frame.native, *frame[:5]))
    position = st.integers(0, 90) | st.integers(0, len(data))
    for _ in range(draw(st.integers(1, 4))):
        start = min(draw(position), len(data))
        data[start : start + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return frame, bytes(data[: draw(st.none() | position)])


@given(damaged())
def test_damage_is_refused_or_decoded_as_by_the_reference(case: tuple[Frame, bytes]) -> None:
    frame, data = case
    try:
        expected = slow.decode(data, *frame[:5])
    except ValueError:
        with pytest.raises(ValueError, match="at byte"):
            rle.decode(data, **frame.attributes, planar_configuration=frame.planar)
    else:
        ours = rle.decode(data, **frame.attributes, planar_configuration=frame.planar)
        assert ours == expected


@given(
    st.lists(
        st.tuples(st.integers(0, 255), st.binary(max_size=130)).map(
            lambda run: bytes([run[0]]) + run[1]
        )
    ).map(b"".join),
    st.integers(1, 400),
    st.sampled_from((1, 8)),
)
def test_any_segment(segment: bytes, columns: int, bits: int) -> None:
    data = slow.HEADER.pack(1, 64, *[0] * 14) + segment
    attributes = {"rows": 1, "columns": columns, "samples_per_pixel": 1, "bits_allocated": bits}
    try:
        expected = slow.decode(data, 1, columns, 1, bits, 0)
    except ValueError:
        with pytest.raises(ValueError, match="at byte"):
            rle.decode(data, **attributes)
    else:
        assert rle.decode(data, **attributes) == expected
