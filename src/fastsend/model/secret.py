"""Text that no log, message or report may show."""

from __future__ import annotations

from typing import Final, final


@final
class Secret:
    """A password or a token; only `reveal` gives it away, no text made of the object does.

    Parameters
    ----------
    text : str
        What is to be kept.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def reveal(self) -> str:
        """Return the text, for the one place that uses it."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")
