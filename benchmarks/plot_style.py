"""How the plots look: one file for light and dark pages, text as text, the same bytes each time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

INK = "#010203"
"""Stands for the colour of text; `of_page` puts the page's in its place."""
_RULE = "#040506"
"""Stands for the colour of what is behind the data."""

DRAWING: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}

_SENDERS = {
    "fastsend": ("#e8590c", "o"),
    "fastsend-8": ("#e8590c", "^"),
    "fastsend-window": ("#e8590c", "s"),
    "dcmsend": ("#3b82f6", "o"),
    "storescu": ("#3b82f6", "D"),
    "pynetdicom": ("#12a150", "o"),
    "pydcm": ("#12a150", "D"),
    "dicom-rs": ("#a855f7", "o"),
    "dicom-rs-8": ("#a855f7", "^"),
    "dcm4che": ("#a855f7", "D"),
}
"""Colour and marker. The colours are of middle lightness, to be seen on white and on black, and the
marker tells those apart that share one."""

_PAGE = """<style>
svg { color: #1f2328; font-family: system-ui, "Helvetica Neue", Arial, sans-serif; }
@media (prefers-color-scheme: dark) { svg { color: #e6edf3; } }
</style>"""
_RULE_OPACITY = 0.22


def colour(sender: str) -> str:
    """Return the colour of a sender; one that is not known has the text's."""
    return _SENDERS.get(sender, (INK, "x"))[0]


def marker(sender: str) -> str:
    """Return the marker of a sender."""
    return _SENDERS.get(sender, (INK, "x"))[1]


def in_order(senders: Iterable[str]) -> list[str]:
    """Return senders as a legend has them: relatives beside each other."""
    known = list(_SENDERS)
    return sorted(senders, key=lambda name: known.index(name) if name in known else len(known))


def settings() -> dict[Any, Any]:
    """Return matplotlib's parameters."""
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "fastsend",
        "font.family": "sans-serif",
        "font.size": 10,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": _RULE,
        "axes.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
        "xtick.color": _RULE,
        "ytick.color": _RULE,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "grid.color": _RULE,
        "grid.linewidth": 0.6,
        "lines.linewidth": 1.8,
        "lines.markersize": 5.5,
        "errorbar.capsize": 0,
        "legend.frameon": False,
        "legend.handlelength": 1.4,
        "legend.columnspacing": 1.4,
        "path.snap": False,
    }


def of_page(svg: str) -> str:
    """Return matplotlib's drawing as a page wants it.

    Text and lines have the colour of the page's light or dark scheme, text its font; and numbers
    no more digits than can be seen.
    """
    for what in ("fill", "stroke"):
        rule = f"{what}: currentColor; {what}-opacity: {_RULE_OPACITY}"
        svg = svg.replace(f"{what}: {_RULE}", rule).replace(
            f"{what}: {INK}", f"{what}: currentColor"
        )
    svg = re.sub(r" ?font-family: [^;\"]*;?", "", svg)
    svg = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", svg)
    svg = re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)
    # From the first element on: the declaration names a DTD of 2001 that no browser reads.
    head = svg.index(">", svg.index("<svg")) + 1
    return f"{svg[svg.index('<svg') : head]}\n{_PAGE}\n{svg[head:].lstrip()}"
