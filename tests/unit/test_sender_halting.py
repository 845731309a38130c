"""Where a run halts, and which Message IDs it leaves out."""

from __future__ import annotations

import pytest

from fastsend._native import wire
from fastsend.errors import HaltedError, NotReleasedError
from fastsend.model.options import Compat, SendOptions
from fastsend.plan.routes import NoRoute, Route
from fastsend.scan.scanner import ScanReport
from fastsend.sender.halting import Halting, Stretch

ROUTES = {
    0: (Route(1, "1.2.840.10008.1.2.1", "as_stored"),),
    1: NoRoute("no way"),
    2: NoRoute("not proposed"),
}


def halting(compat: Compat | None, *, halt: bool = True, **scanned: object) -> Halting:
    options = SendOptions("h", 1, ("f",), compat=compat, halt=halt)
    return Halting(options, ScanReport(9, (), **scanned))  # type: ignore[arg-type]


def test_fastsend_sends_what_can_be_sent() -> None:
    assert halting(None).stretch(0, 3, [0, 1, 0], ROUTES) == Stretch(0, 3)


@pytest.mark.parametrize("compat", ["storescu", "dcmsend"])
def test_it_halts_before_the_first_that_has_no_way(compat: Compat) -> None:
    stretch = halting(compat).stretch(1, 5, [1, 0, 0, 1, 0], ROUTES)
    assert (stretch.first, stretch.end, stretch.holes) == (1, 3, ())
    assert str(stretch.halt) == "no way"


def test_it_halts_at_a_file_that_cannot_be_read() -> None:
    rules = halting("storescu", end=2, stop="Bad DICOM file: x")
    assert str(rules.stretch(0, 2, [0, 0], ROUTES).halt) == "Bad DICOM file: x"
    assert halting("storescu").stretch(0, 2, [0, 0], ROUTES) == Stretch(0, 2)


def test_it_goes_on_and_leaves_message_ids_out() -> None:
    rules = halting("storescu", halt=False, gaps=(0, 2, 2, 5))
    stretch = rules.stretch(0, 5, [0, 0, 0, 1, 0], ROUTES)
    assert stretch == Stretch(0, 5, holes=(0, 2, 2, 3))
    assert [stretch.skipped_at(row) for row in range(5)] == [1, 0, 2, 1, 0]
    assert [stretch.next_hole(row) for row in range(5)] == [2, 2, 3, 5, 5]


def test_dcmsend_does_not_count_what_it_did_not_propose() -> None:
    rules = halting("dcmsend", halt=False)
    stretch = rules.stretch(0, 4, [0, 2, 1, 0], ROUTES, frozenset({2}))
    assert stretch.holes == (2,)


def test_an_instance_that_fails() -> None:
    for compat in ("storescu", "dcmsend"):
        error = halting(compat).error(wire.NOT_CONVERTED, "because")
        assert isinstance(error, HaltedError)
        assert str(error) == "because"
        assert halting(compat, halt=False).error(wire.NOT_CONVERTED, "because") is None
        assert halting(compat).error(wire.STATUS_FAILED, "because") is None
    assert halting(None).error(wire.NOT_CONVERTED, "because") is None


def test_only_storescu_falls_silent_at_a_refusal() -> None:
    assert halting("storescu").falls_silent(wire.STATUS_FAILED)
    assert not halting("storescu").falls_silent(wire.NOT_CONVERTED)
    assert not halting("storescu", halt=False).falls_silent(wire.STATUS_FAILED)
    assert not halting("dcmsend").falls_silent(wire.STATUS_FAILED)
    assert not halting(None).falls_silent(wire.STATUS_FAILED)


def test_who_counts_what_was_not_sent() -> None:
    assert halting("storescu").counts_on(wire.FILE_OPEN)
    assert halting("dcmsend").counts_on(wire.NOT_CONVERTED)
    assert not halting("dcmsend").counts_on(wire.FILE_OPEN)
    assert not halting("storescu").counts_on(wire.STATUS_FAILED)
    assert not halting(None).counts_on(wire.NOT_CONVERTED)


def test_storescu_minds_a_release_that_fails() -> None:
    with pytest.raises(NotReleasedError):
        halting("storescu").check_released(released=False)
    halting("storescu").check_released(released=True)
    halting("dcmsend").check_released(released=False)
    halting(None).check_released(released=False)
