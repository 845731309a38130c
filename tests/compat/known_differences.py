"""The table of known differences in docs/compatibility.md.

A row names the pairs that it concerns, as patterns of `fnmatch`, and aspects of
`compat.differences`. A pair that is named in full has to differ so; of a pattern with wildcards,
one pair has to.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"
HEAD = "| Id | Pairs | What differs | Reason |"


class Known(NamedTuple):
    """One row."""

    identifier: str
    patterns: tuple[str, ...]
    aspects: tuple[str, ...]
    reason: str

    def concerns(self, pair_id: str, aspect: str) -> bool:
        """Tell whether a difference is this one."""
        return aspect in self.aspects and any(fnmatchcase(pair_id, one) for one in self.patterns)

    def exact_aspects(self, pair_id: str) -> tuple[str, ...]:
        """Return the aspects in which a pair has to differ, since it is named in full."""
        return self.aspects if pair_id in self.patterns else ()


def read_known(text: str) -> list[Known]:
    """Return the rows of the table in a page of Markdown."""
    lines = text.splitlines()
    rows = []
    for line in lines[lines.index(HEAD) + 2 :]:
        if not line.startswith("|"):
            break
        identifier, patterns, aspects, reason = (
            cell.strip() for cell in line.strip("|").split("|")
        )
        rows.append(Known(identifier, _listed(patterns), _listed(aspects), reason))
    return rows


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("`") for part in cell.split(","))
