"""Bytes that no log, message or report may show."""

from __future__ import annotations

from typing import Final, final


@final
class Secret:
    """A password or a token; only `reveal` gives it away, no text made of the object does.

    Parameters
    ----------
    content : bytes
        What is to be kept.
    """

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        self._content: Final = content

    def reveal(self) -> bytes:
        """Return the bytes, for the one place that uses them."""
        return self._content

    def __len__(self) -> int:
        return len(self._content)

    def __bool__(self) -> bool:
        return True  # an empty password is one

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._content == self._content

    def __hash__(self) -> int:
        return hash(self._content)

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")
