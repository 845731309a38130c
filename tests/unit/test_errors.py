"""What errors say of themselves beyond their text."""

from __future__ import annotations

import pytest

from fastsend.errors import AssociationRejectedError


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((1, 1, 1), False),  # permanent, by the user, without a reason
        ((1, 1, 3), False),  # calling AE title not recognized
        ((1, 3, 0), False),
        ((2, 1, 1), True),
        ((2, 3, 1), True),  # temporary congestion
        ((2, 3, 2), True),  # local limit exceeded
        ((1, 3, 1), True),
        ((1, 3, 2), True),
        ((0, 0, 0), False),
    ],
)
def test_rejections_for_now(codes: tuple[int, int, int], expected: bool) -> None:
    error = AssociationRejectedError("rejected")
    error.codes = codes
    assert error.is_for_now is expected
