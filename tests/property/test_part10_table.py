"""Paths go into the table and come out again, whatever they share with each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fastsend._native.part10 import InstanceTable

UID = "1.2.840.10008.5.1.4.1.1.2"

# Few components, so that much is shared, and not always whole components of a path.
COMPONENTS = st.sampled_from([b"a", b"ab", b"abc", b"b", b"\xff", b"1.2", b"..", b" "])
FOLDERS = st.tuples(
    st.sampled_from([b"", b"/", b"//"]),
    st.lists(COMPONENTS, max_size=6).map(b"/".join),
    st.sampled_from([b"", b"/", b"//"]),
).map(b"".join)
UIDS = st.from_regex(rb"[0-9]{1,3}(\.[0-9]{1,3}){0,5}", fullmatch=True)
TEXTS = st.binary(max_size=300).map(lambda text: text.replace(b"\0", b"."))


def stored(path: bytes) -> bytes:
    """The documented form of a folder: no slash at the end, and the root still a folder."""
    return path.rstrip(b"/") or (b"/." if path else b"")


@st.composite
def names(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A SOP Instance UID, and a name that may hold it: also twice, or but a part of it."""
    uid = draw(UIDS)
    parts = draw(st.lists(st.one_of(st.just(uid), TEXTS, st.just(uid[:-1])), max_size=4))
    return uid, b"".join(parts)


@given(st.lists(st.tuples(FOLDERS, names()), max_size=40))
def test_paths_and_uids(files: list[tuple[bytes, tuple[bytes, bytes]]]) -> None:
    table = InstanceTable()
    for folder, (uid, name) in files:
        number = table.add_folder(folder)
        table.append(number, name, UID.encode(), uid, UID.encode(), 0, 1, 0)

    for row, (folder, (uid, name)) in enumerate(files):
        above = stored(folder)
        assert table.path(row) == (above + b"/" if above else b"") + name
        assert table.sop_instance_uid(row) == uid.decode()


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=60), st.data())
def test_marks_and_what_is_final(rows: list[tuple[int, bool, bool]], data: st.DataObject) -> None:
    table = InstanceTable()
    folder = table.add_folder(b"")
    for kind, _, _ in rows:
        table.append(folder, b"n", b"1.2.%d" % kind, b"1", b"1.3", 0, 1, 0)
    numbers = {sop_class: number for number, (sop_class, _) in enumerate(table.kinds())}
    kinds = [numbers[f"1.2.{kind}"] for kind, _, _ in rows]
    for row, (_, already, _) in enumerate(rows):
        if already:
            table.set_not_sent(row, 9)
    flags = bytes(data.draw(st.lists(st.integers(0, 1), max_size=5)))
    first, end = data.draw(st.integers(0, 70)), data.draw(st.integers(0, 70))

    marked = table.mark_not_sent(first, end, flags, 4)

    wanted = [
        row
        for row in range(first, min(end, len(rows)))
        if kinds[row] < len(flags) and flags[kinds[row]] and not rows[row][1]
    ]
    final = {row for row, (_, already, _) in enumerate(rows) if already} | set(wanted)
    assert marked == len(wanted)
    for row in range(len(rows)):
        association = 4 if row in wanted else 9
        expected = (2, 0, 0, 0, association, 0, 0) if row in final else (0,) * 7
        assert table.result(row) == expected
    for start in range(len(rows) + 1):
        others = (row for row in range(start, len(rows)) if row not in final)
        assert table.final_prefix(start) == next(others, len(rows))
    column = table.kind_column(first, end)
    assert (column.tolist(), column.format) == (kinds[first:end], "H")
