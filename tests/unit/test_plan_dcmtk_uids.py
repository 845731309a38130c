"""UIDs of configuration files; tests/peers compares all names with storescu."""

from __future__ import annotations

import sys

import pytest

from fastsend.plan.dcmtk_uids import uid_of

ENDIANS = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"]  # explicit VR, little and big


@pytest.mark.parametrize(
    ("text", "uid"),
    [
        ("1.2.3", "1.2.3"),
        ("1.2..03.", "1.2..03."),
        (".", "."),
        ("CTImageStorage", "1.2.840.10008.5.1.4.1.1.2"),
        ("=CTImageStorage", "1.2.840.10008.5.1.4.1.1.2"),
        ("JPEGBaseline", "1.2.840.10008.1.2.4.50"),
        ("", None),
        ("=", None),
        ("=1.2", None),
        ("1.2 ", None),
        (" 1.2", None),
        ("1.2.x", None),
        ("\u0661", None),
        ("ctimagestorage", None),
        ("==CTImageStorage", None),
    ],
)
def test_uids(text: str, uid: str | None) -> None:
    assert uid_of(text) == uid


def test_names_that_depend_on_the_machine() -> None:
    local, opposite = ENDIANS if sys.byteorder == "little" else ENDIANS[::-1]
    assert uid_of("LocalEndianExplicit") == local
    assert uid_of("OppositeEndianExplicit") == opposite
