"""The tags that conversion knows, against the dictionary of pydicom."""

from __future__ import annotations

import pytest
from pydicom.datadict import tag_for_keyword

from fastsend.convert import tags

NAMES = [name for name in vars(tags) if name.isupper()]
SPELLED_IN_CAPITALS = {"Id": "ID", "Sop": "SOP", "Uid": "UID"}


@pytest.mark.parametrize("name", NAMES)
def test_each_is_named_as_in_the_standard(name: str) -> None:
    words = [word.capitalize() for word in name.split("_")]
    keyword = "".join(SPELLED_IN_CAPITALS.get(word, word) for word in words)
    assert tag_for_keyword(keyword) == getattr(tags, name)


def test_there_are_some() -> None:
    assert len(NAMES) > 20
