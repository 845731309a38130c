"""What a pair is: one command line for a program of DCMTK and for fastsend in its place.

A command line is one string, split as a shell does. In it, ``SCP`` stands for the address and the
port of a receiver that behaves as `receiver` says, ``NOBODY`` for those where nobody listens, and
names of inputs (`compat.inputs`) are names in the folder in which the program runs.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Program = Literal["storescu", "dcmsend"]


class Pair(NamedTuple):
    """One row of the matrix."""

    program: Program
    name: str
    line: str
    receiver: str = "accepts all"
    """One of `compat.receivers.RECEIVERS`."""
    also: tuple[str, ...] = ()
    """Inputs that the command line does not name."""
    newer: str = ""
    """Options of other releases of DCMTK than the one installed, which ask for what that one does
    anyway: only fastsend gets them, in front."""
    environment: tuple[tuple[str, str], ...] = ()
    invents: bool = False
    """Identifiers and UIDs are new in each run: they are compared by where they repeat."""
    stdin: str = ""

    @property
    def id(self) -> str:
        """The name of the pair in tests and in docs/compatibility.md."""
        return f"{self.program}-{self.name}"

    def words(self) -> list[str]:
        """Return the command line without what is newer."""
        return shlex.split(self.line)

    def option_words(self) -> Iterator[str]:
        """Yield what looks like an option, and some of which may be values."""
        for word in (*shlex.split(self.newer), *self.words()):
            if len(word) > 1 and word[0] in "-+":
                yield word
