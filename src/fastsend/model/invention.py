"""New identifiers for what is sent: how many instances, series and studies share them."""

from __future__ import annotations

from typing import NamedTuple

IMAGES_PER_SERIES = 100
SERIES_PER_STUDY = 50
STUDIES_PER_PATIENT = 25


class Invention(NamedTuple):
    """What storescu's ``+II +IR +IS +IP`` ask for; `asked` says whether any of them was given.

    None stands for the number of instances, series or studies that is used by default.
    """

    instances: bool = False
    """``+II``: every instance gets new identifiers."""
    images_per_series: int | None = None
    """``+IR``: a new series after this many instances."""
    series_per_study: int | None = None
    """``+IS``: a new study after this many series."""
    studies_per_patient: int | None = None
    """``+IP``: a new patient after this many studies."""

    @property
    def asked(self) -> bool:
        """True where anything is to be invented; each number implies it."""
        return self.instances or self.counts != (None, None, None)

    @property
    def counts(self) -> tuple[int | None, int | None, int | None]:
        """The three numbers as they were given."""
        return self.images_per_series, self.series_per_study, self.studies_per_patient
