"""What asks for invention, and what does not."""

import pytest

from fastsend.model.invention import Invention


def test_nothing_is_asked_for_by_default() -> None:
    assert not Invention().asked


@pytest.mark.parametrize(
    "invention",
    [
        Invention(instances=True),
        Invention(images_per_series=1),
        Invention(series_per_study=1),
        Invention(studies_per_patient=1),
    ],
)
def test_each_number_asks_for_all(invention: Invention) -> None:
    assert invention.asked
