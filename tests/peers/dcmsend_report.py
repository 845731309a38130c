"""A reader of dcmsend's report, as programs that start dcmsend have one."""

from __future__ import annotations

import re
from typing import NamedTuple


class Report(NamedTuple):
    """What a report says."""

    head: dict[str, str]
    instances: list[dict[str, str]]
    summary: dict[str, int]

    @property
    def failed(self) -> list[str]:
        """The files that were not stored, as such a program finds them."""
        stored = re.compile(r"0x(0000|b[0-9a-f]{3}) ")
        return [one["Filename"] for one in self.instances if not stored.match(one["DIMSE Status"])]


def read_report(text: str) -> Report:
    """Read a report strictly: labels in their columns, sections in their order."""
    title, rule, blank, *lines = text.split("\n")
    assert title == "Detailed Report on the Transfer of Instances"
    assert rule == "=" * 44
    assert blank == ""
    head = dict(_labelled(lines.pop(0), 20) for _ in range(3))
    assert list(head) == ["Communication Peer", "AE Titles used", "Current Date/Time"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", head["Current Date/Time"])
    assert lines[:2] == ["", ""]
    del lines[:2]
    instances = []
    while lines[0] != "":
        instances.append(dict(_labelled(lines.pop(0), 15) for _ in range(10)))
        assert lines.pop(0) == ""
    assert lines[:3] == ["", "Status Summary", "--------------"]
    summary = {}
    for line in lines[3:]:
        label, value = _labelled(line, 26)
        assert value.isdecimal()
        summary[label] = int(value)
    return Report(head, instances, summary)


def _labelled(line: str, column: int) -> tuple[str, str]:
    """Split a line at the colon in a column, counted from 1."""
    assert line[column - 2 : column + 1] == " : "[: len(line) - column + 2], line
    return line[: column - 2].rstrip(), line[column + 1 :]
