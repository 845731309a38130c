"""Text from files and peers, made safe to print."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Return `text` with each character that a terminal would obey, or hide, as an escape.

    Control characters, line ends, marks that change the direction of writing and bytes that are
    no text in the system's encoding come out as ``\n``, ``\x1b``, ``\u202e`` and their like.
    """
    if text.isprintable():
        return text
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":  # a byte that os.fsdecode could not decode
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
