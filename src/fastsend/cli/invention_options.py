"""storescu's options that invent identifiers for what is sent; files stay as they are."""

from __future__ import annotations

from fastsend.cli.option import Argument, Option
from fastsend.model.invention import IMAGES_PER_SERIES, SERIES_PER_STUDY, STUDIES_PER_PATIENT

LARGEST_COUNT = 2**32 - 1
"""DCMTK reads an unsigned integer of 32 bits."""


def _count(short: str, long: str, field: str, meaning: str, default: int) -> Option:
    return Option(
        short,
        long,
        f"{meaning} have been sent (implies --invent-instance)",
        field=f"invention.{field}",
        arguments=(Argument("number", "integer", 1, LARGEST_COUNT),),
        without=str(default),
        known="storescu",
    )


INVENTION = (
    Option(
        "+II",
        "--invent-instance",
        "invent a new SOP Instance UID for every instance sent, and a new patient, study, series "
        "and number, where its data set has these",
        field="invention.instances",
        value=True,
        known="storescu",
    ),
    _count(
        "+IR",
        "--invent-series",
        "images_per_series",
        "invent a new series UID after n instances",
        IMAGES_PER_SERIES,
    ),
    _count(
        "+IS",
        "--invent-study",
        "series_per_study",
        "invent a new study UID after n series",
        SERIES_PER_STUDY,
    ),
    _count(
        "+IP",
        "--invent-patient",
        "studies_per_patient",
        "invent a new patient ID and name after n studies",
        STUDIES_PER_PATIENT,
    ),
)
