"""A secret is in no text that is made of it."""

from __future__ import annotations

import copy
import pickle

import pytest

from fastsend.model.options import SendOptions
from fastsend.model.secret import Secret
from fastsend.model.tls import Tls


def test_only_reveal_gives_it_away() -> None:
    secret = Secret(b"hush")
    options = SendOptions("pacs", 104, (), tls=Tls(password=secret))
    for text in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r}",
        str(options),
    ):
        assert "hush" not in text
    assert secret.reveal() == b"hush"


def test_equal_secrets_are_equal() -> None:
    assert Secret(b"a") == Secret(b"a") != Secret(b"b")
    assert len({Secret(b"a"), Secret(b"a")}) == 1
    assert Secret(b"a") != b"a"


def test_it_is_not_written_anywhere() -> None:
    for write in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="not written"):
            write(Secret(b"hush"))
