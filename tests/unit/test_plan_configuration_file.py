"""Configuration files as groups, sections and entries; tests/peers asks storescu, too."""

from __future__ import annotations

from fastsend.plan.configuration_file import Entry, read_groups


def entries(text: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return group, section and entries, without lines."""
    return [
        (group.name, section.name, [(entry.key, entry.value) for entry in section.entries])
        for group in read_groups(text)
        for section in group.sections
    ]


def test_what_is_where() -> None:
    text = (
        "# x\n\n[[Some Group]]\r\n[First]\r\nKey1 = a b \r\n\r\nkey-2=C\\D\r\n[Second]\n[[Other]]"
    )
    first, other = read_groups(text)
    assert (first.name, first.line) == ("SOMEGROUP", 3)
    assert [(section.name, section.line) for section in first.sections] == [
        ("FIRST", 4),
        ("SECOND", 8),
    ]
    assert first.sections[0].entries == [Entry("KEY1", "a b ", 5), Entry("KEY-2", "C\\D", 7)]
    assert (other.name, other.line, other.sections) == ("OTHER", 9, [])


def test_values_go_on_in_lines_that_begin_with_a_blank() -> None:
    assert entries("[[G]]\n[S]\nK = a\n  b\n\tc\nL = d\n\n e") == [
        ("G", "S", [("K", "a\nb\nc"), ("L", "d\ne")])
    ]


def test_a_name_ends_at_its_mark_only() -> None:
    assert entries("[[G]]\n[S]\nlost\nK = a\n[T\nU] L = b") == [
        ("G", "S", [("LOSTK", "a")]),
        ("G", "TU", [("L", "b")]),
    ]


def test_what_has_no_place_is_left_out() -> None:
    assert entries("a = 1\n[S]\nb = 2\n[[G]]\nc = 3\n[T]\nd = 4") == [("G", "T", [("D", "4")])]


def test_texts_that_end_early() -> None:
    for text in (
        "[",
        "[[",
        "[[G",
        "[[G]",
        "[[G]]\n[",
        "[[G]]\n[S",
        "[[G]]\n[S]\nK",
        "[[G]]\n[S]\nK =",
    ):
        read_groups(text)
    assert entries("[[G]]\n[S]\nK =") == [("G", "S", [("K", "")])]


def test_numbered_entries_end_at_the_first_gap() -> None:
    (group,) = read_groups("[[G]]\n[S]\nK2 = b\nK1 = a\nK1 = x\nK4 = d\nK03 = c\nK = e")
    (section,) = group.sections
    assert [entry.value for entry in section.numbered("K")] == ["a", "b"]
    assert list(section.numbered("X")) == []
    assert section.entry("K4") == Entry("K4", "d", 6)
    assert section.entry("K3") is None
