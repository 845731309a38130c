"""The table of instances: while it grows, what is final in it, and what it takes of memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fastsend._native.part10 import InstanceTable
from reference.part10_files import CT, EXPLICIT, identity, pixels
from reference.part10_files import part10 as make_file

FOLDERS = 300
FILES = 40


def append(table: InstanceTable, folder: int, name: bytes, uid: bytes, kind: bytes = b"") -> None:
    table.append(folder, name, kind or CT.encode(), uid, EXPLICIT.encode(), 0, 1, 0)


# ---------------------------------------------------------------- while it grows


def test_others_read_while_the_scanner_appends(tmp_path) -> None:
    names = [b"%d" % number for number in range(FILES)]
    for number in range(FILES):
        file = make_file(identity(CT, f"1.2.{number}") + pixels())
        (tmp_path / str(number)).write_bytes(file)
    table = InstanceTable()
    wrong: list[str] = []
    reached = threading.Semaphore(0)

    def scan_all() -> None:
        for number in range(FOLDERS):
            # Ever new folders and kinds, so that the arrays of both would have to move.
            path = bytes(tmp_path) + b"/." * (number % 9)
            folder = table.add_folder(path)
            append(table, folder, b"kind", b"1.2.0", b"1.9.%d" % number)
            assert not table.scan(folder, names, True)

    def read(every: int) -> None:
        told = row = 0
        while told < FOLDERS * (FILES + 1):
            told = len(table)
            kinds = table.kinds()
            column = table.kind_column(row, told)
            for number in range(row, told, every):
                batch, index = divmod(number, FILES + 1)
                path = bytes(tmp_path) + b"/." * (batch % 9) + b"/" + (b"kind", *names)[index]
                uid = f"1.2.{max(index - 1, 0)}"
                sop_class = CT if index else f"1.9.{batch}"
                if (table.path(number), table.sop_instance_uid(number)) != (path, uid):
                    wrong.append(f"row {number} is {table.file(number)}")
                if kinds[column[number - row]] != (sop_class, EXPLICIT):
                    wrong.append(f"row {number} is of kind {column[number - row]}")
                if table.result(number)[0] not in (0, 2):
                    wrong.append(f"row {number} has the result {table.result(number)}")
            row = told
        reached.release()

    readers = [threading.Thread(target=read, args=(every,)) for every in (1, 3)]
    for thread in readers:
        thread.start()
    scan_all()
    for thread in readers:
        thread.join()

    assert reached.acquire(blocking=False)
    assert wrong == []


def test_one_thread_appends_at_a_time(tmp_path) -> None:
    (tmp_path / "a").write_bytes(make_file(identity(CT, "1.2") + pixels()))
    table = InstanceTable()
    folder = table.add_folder(bytes(tmp_path))
    said: list[str] = []

    def disturb() -> None:
        for call in (
            lambda: table.set_repeat(2),
            lambda: table.add_folder(b"b"),
            lambda: table.scan(folder, [b"a"], True),
            lambda: append(table, folder, b"b", b"1.2"),
        ):
            try:
                call()
            except RuntimeError as error:
                said.append(str(error))

    def tick() -> None:
        thread = threading.Thread(target=disturb)
        thread.start()
        thread.join()
        append(table, folder, b"c", b"1.3")  # this thread may

    table.scan(folder, [b"a"], True, tick=tick)

    assert said == ["another thread is scanning into this table"] * 4
    assert len(table) == 2
    thread = threading.Thread(target=append, args=(table, folder, b"d", b"1.4"))
    thread.start()
    thread.join()
    assert table.path(2) == bytes(tmp_path / "d")


def test_a_part_of_the_kinds() -> None:
    table = InstanceTable()
    folder = table.add_folder(b"")
    for number in range(10):
        append(table, folder, b"n", b"1.2", b"1.2.%d" % (number // 2))

    assert table.kind_column(3).tolist() == [1, 2, 2, 3, 3, 4, 4]
    assert table.kind_column(3, 5).tolist() == [1, 2]
    assert table.kind_column(end=2).tolist() == [0, 0]
    assert table.kind_column(8, 1 << 40).tolist() == [4, 4]
    for first, end in ((10, 20), (5, 5), (6, 2), (1 << 40, None)):
        assert table.kind_column(first, end).tolist() == []
    with pytest.raises(OverflowError):
        table.kind_column(-1)
    with pytest.raises(OverflowError):
        table.kind_column(0, -1)


# ---------------------------------------------------------------- folders


def test_folders_one_below_the_other() -> None:
    table = InstanceTable()
    paths = [b"/a" * depth for depth in (*range(1, 2000), *range(2000, 0, -1))]

    for path in paths:
        append(table, table.add_folder(path), b"n", b"1.2")

    assert [table.path(row) for row in range(len(table))] == [path + b"/n" for path in paths]


def test_ten_thousand_folders_with_much_in_common() -> None:
    table = InstanceTable()
    paths = [f"/archive/{n % 7}/{n % 11}/study-{n}/x".encode() for n in range(10_000)]

    for path in paths:
        append(table, table.add_folder(path), b"n", b"1.2")

    assert [table.path(row) for row in range(len(table))] == [path + b"/n" for path in paths]


# ---------------------------------------------------------------- results


def test_rows_are_final_in_order_up_to_a_gap() -> None:
    table = InstanceTable()
    folder = table.add_folder(b"")
    assert table.final_prefix(0) == 0
    for _ in range(5000):
        append(table, folder, b"n", b"1.2")

    assert table.final_prefix(0) == 0
    for row in (*range(4097), *range(4098, 5000)):
        table.set_not_sent(row, 1)
    assert [table.final_prefix(start) for start in (0, 4097, 4098, 5000, 9999)] == [
        4097,
        4097,
        5000,
        5000,
        5000,
    ]
    with pytest.raises(OverflowError):
        table.final_prefix(-1)


def test_rows_of_some_kinds_are_marked() -> None:
    table = InstanceTable()
    folder = table.add_folder(b"")
    for number in range(9):
        append(table, folder, b"n", b"1.2", b"1.2.%d" % (number % 3))
    table.set_not_sent(4, 1)

    assert table.mark_not_sent(1, 8, b"\0\1", 7) == 2
    assert table.mark_not_sent(1, 8, bytearray(b"\0\0\1\1"), 8) == 2
    assert table.mark_not_sent(0, 9, b"", 9) == table.mark_not_sent(9, 0, b"\1\1\1", 9) == 0
    assert [(table.result(row)[0], table.result(row)[4]) for row in range(9)] == [
        (0, 0),
        (2, 7),
        (2, 8),
        (0, 0),
        (2, 1),  # it was final before
        (2, 8),
        (0, 0),
        (2, 7),
        (0, 0),
    ]
    with pytest.raises(TypeError):
        table.mark_not_sent(0, 9, None, 1)
    with pytest.raises(OverflowError):
        table.mark_not_sent(0, 9, b"\1", 1 << 16)


# ---------------------------------------------------------------- memory

INSTANCES = 200_000
MOST_BYTES = 200
SMAPS = Path("/proc/self/smaps_rollup")

# Folder and name of an instance by its number and its UID, which has 64 characters.
LAYOUTS = {
    "one folder": ("'/study'", "f'IM{n:06}.dcm'"),
    "one folder, names of 70 bytes": ("'/study'", "f'{n:066}.dcm'"),
    "one folder, names with the UID": ("'/study'", "f'CT.{uid}.dcm'"),
    "a folder for 100 files": ("f'/study/{n // 100}'", "f'IM{n % 100}'"),
    "a folder for each file, deep": (
        "f'/archive/of the hospital/2024/12/{uid[:-6]}.1/{n // 500}/{uid[:-6]}.2/{uid}'",
        "'image.dcm'",
    ),
}

FILL = """if True:
    import sys
    from fastsend._native.part10 import InstanceTable

    def private():
        with open("/proc/self/smaps_rollup") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Private")) << 10

    instances, repeat = int(sys.argv[1]), int(sys.argv[2])
    folder_of, name_of = (eval(f"lambda n, uid: {code}.encode()") for code in sys.argv[3:])
    uid_of = "1.2.840.113619.2.55.3.2831868886.123.1234567890.456789.1.{:07}".format
    assert len(uid_of(0)) == 64
    table = InstanceTable()
    table.set_repeat(repeat)
    last = None
    before = private()
    for n in range(instances // repeat):
        uid = uid_of(n)
        path = folder_of(n, uid)
        if path != last:
            folder, last = table.add_folder(path), path
        table.append(
            folder, name_of(n, uid), b"1.2.840.10008.5.1.4.1.1.2", uid.encode(),
            b"1.2.840.10008.1.2.1", 1000, 2000, 1,
        )
    column = table.kind_column()
    assert len(table) == instances
    print(private() - before, table.memory_bytes(), column.nbytes)
"""


@pytest.mark.skipif(not SMAPS.exists(), reason="of Linux")
@pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="with the allocator of a sanitizer")
@pytest.mark.parametrize("repeat", [1, 10])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_at_most_200_bytes_an_instance(layout: str, repeat: int) -> None:
    command = [sys.executable, "-c", FILL, str(INSTANCES), str(repeat), *LAYOUTS[layout]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    private, table, column = map(int, done.stdout.split())

    assert table + column <= MOST_BYTES * INSTANCES
    # What the table says is what the system has given: a twentieth may be the interpreter's.
    assert private == pytest.approx(table + column, rel=0.05)
