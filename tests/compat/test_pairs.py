"""The programs of DCMTK and fastsend in their place, pair by pair.

Each pair is run with both, against a receiver that records everything; all that differs has to be a
row of docs/compatibility.md. Pairs run in the background, a few at a time, as long as tests wait.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from compat.differences import Difference, differences
from compat.inputs import make_inputs
from compat.known_differences import PAGE, read_known
from compat.matrix import BY_ID, PAIRS
from compat.options import missing_options
from compat.run_program import dcmtk_command, fastsend_command, option_command, run_program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compat.pair import Pair

pytestmark = pytest.mark.peer("storescu", "dcmsend")

Runs = dict[str, "Future[list[Difference] | None]"]

KNOWN = read_known(PAGE.read_text(encoding="utf-8"))


def compare(pair: Pair, inputs: Path, folder: Path) -> list[Difference] | None:
    """Run a pair and return what differs; None where an option of it is not there yet."""
    if missing_options(pair):
        return None
    dcmtk = run_program(dcmtk_command(pair), pair, inputs, folder)
    ours = run_program(fastsend_command(pair), pair, inputs, folder)
    return differences(dcmtk, ours, invents=pair.invents)


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs]:
    """Start all pairs that were chosen."""
    folder = tmp_path_factory.mktemp("pairs")
    inputs = folder / "inputs"
    inputs.mkdir()
    make_inputs(inputs)
    chosen = [
        item.callspec.params["pair_id"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.function is test_pair
        and hasattr(item, "callspec")
    ]
    # More than there are processors: some of the pairs wait for a timeout.
    with ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 2) as pool:
        started = {
            name: pool.submit(compare, BY_ID[name], inputs, folder / name) for name in chosen
        }
        try:
            yield started
        finally:
            pool.shutdown(cancel_futures=True)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("pair_id", BY_ID)
def test_pair(pair_id: str, runs: Runs) -> None:
    found = runs[pair_id].result()
    if found is None:
        pytest.skip(f"not there: {', '.join(sorted(missing_options(BY_ID[pair_id])))}")
    unknown = [
        f"{one.aspect}: {one.text}"
        for one in found
        if not any(row.concerns(pair_id, one.aspect) for row in KNOWN)
    ]
    gone = [
        f"{row.identifier} is gone: {aspect}"
        for row in KNOWN
        for aspect in row.exact_aspects(pair_id)
        if aspect not in {one.aspect for one in found}
    ]
    line = f"{BY_ID[pair_id].program} {BY_ID[pair_id].line}"
    assert unknown + gone == [], f"{line}\nthe receiver: {BY_ID[pair_id].receiver}"


@pytest.mark.parametrize(
    "pair_id",
    ["storescu-default", "storescu-second-fails", "dcmsend-scan-recurse", "dcmsend-text-file"],
)
def test_the_option_is_the_command(pair_id: str, tmp_path: Path) -> None:
    pair = BY_ID[pair_id]
    if missing_options(pair):
        pytest.skip("not there: --compat")
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    make_inputs(inputs)
    runs = [
        run_program(command(pair), pair, inputs, tmp_path / "run")
        for command in (fastsend_command, option_command)
    ]
    assert runs[0].exit_code == runs[1].exit_code
    assert differences(*runs) == []


def test_known_differences_are_there(runs: Runs) -> None:
    if len(runs) < len(PAIRS):
        pytest.skip("not all pairs were chosen")
    found = [(name, one.aspect) for name, run in runs.items() for one in run.result() or ()]
    gone = [
        (row.identifier, aspect)
        for row in KNOWN
        for aspect in row.aspects
        if not any(row.concerns(name, other) and other == aspect for name, other in found)
    ]
    assert gone == []
