"""What a refusal says."""

from __future__ import annotations

import pytest

from fastsend.convert.refusal import (
    AttributeRefusedError,
    ConversionError,
    FramesError,
    InflateError,
)


def test_a_reason_alone() -> None:
    error = ConversionError("it cannot be")
    assert str(error) == error.reason == "it cannot be"


@pytest.mark.parametrize("kind", [FramesError, InflateError])
def test_a_place_in_the_file(kind: type[FramesError | InflateError]) -> None:
    error = kind("it ends", 1234)
    assert isinstance(error, ConversionError)
    assert (error.reason, error.offset, str(error)) == ("it ends", 1234, "it ends, at byte 1234")


def test_a_data_element() -> None:
    error = AttributeRefusedError("Rows is 0", 0x00280010)
    assert isinstance(error, ConversionError)
    assert (error.reason, error.tag) == ("Rows is 0", 0x00280010)
    assert str(error) == "Rows is 0, (0028,0010)"
