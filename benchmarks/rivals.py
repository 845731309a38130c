"""fastsend against every other sender that is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.e2e import data as data_sets
from benchmarks.e2e.compare import RECEIVERS, compare, say
from benchmarks.e2e.one_syntax import ImplicitStorescp, arriving, verify_sample
from benchmarks.e2e.peers import NotInstalledError
from benchmarks.e2e.receivers import NotArrivedError
from benchmarks.e2e.senders import SENDERS, VARIANTS, require
from benchmarks.goals import FAILURES, Goal, detail
from benchmarks.report import receiver_cores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.e2e.compare import Comparison
    from benchmarks.e2e.data import DataSet
    from benchmarks.e2e.receivers import Receiver
    from benchmarks.goals import Place

FASTSEND = "fastsend"
_LIMIT_CORES = 0.9
"""A receiver that is busy for longer than that is what limits a sender."""
_BESIDE_LIMIT = 1.0
_BELOW_LIMIT = 1.3
_FASTER = "times faster than the fastest other"
_FEW_RUNS = 3
_FEW_PATIENCE_SECONDS = 60.0
"""Where all senders run: 600 CT take some of them half a minute and more."""


def others() -> tuple[str, ...]:
    """Return the other senders that are installed, which have their defaults."""
    return installed([name for name in SENDERS if name != FASTSEND and name not in VARIANTS])


def installed(senders: Sequence[str]) -> tuple[str, ...]:
    there = []
    for name in senders:
        try:
            require(name)
        except NotInstalledError as error:
            say(f"without {name}: {error}")
        else:
            there.append(name)
    return tuple(there)


def fastest_other(found: Comparison) -> str:
    """Return which of the other senders took the least time.

    Raises
    ------
    NotArrivedError
        Where none of them, or fastsend itself, delivered everything.
    """
    walls = {name: timing.wall.median for name, timing in found.senders.items() if name != FASTSEND}
    if not walls or FASTSEND not in found.senders:
        raise NotArrivedError("; ".join(found.failures))
    return min(walls, key=walls.__getitem__)


def compare_at(
    kind: type[Receiver], data: DataSet, senders: Sequence[str], place: Place
) -> Comparison:
    return compare(
        kind,
        data,
        senders,
        place.scratch,
        runs=place.runs,
        patience_seconds=place.patience_seconds,
    )


def few(place: Place) -> Place:
    """Return how often to run all senders."""
    return place._replace(
        runs=min(place.runs, _FEW_RUNS),
        patience_seconds=min(place.patience_seconds, _FEW_PATIENCE_SECONDS),
    )


def every_sender(receiver: str, place: Place) -> list[Goal]:
    """Find the fastest other sender with 600 CT, and compare it with 10,000."""
    kind = RECEIVERS[receiver]
    kind.require()
    data = data_sets.provide("ct600", place.data)
    first = compare_at(kind, data, (FASTSEND, *others()), few(place))
    rival = fastest_other(first)
    many = data_sets.provide("ct10000", place.data)
    found = compare_at(kind, many, (FASTSEND, *sorted({rival, "dcmsend"})), place)
    rival = fastest_other(found)
    cores = receiver_cores(found.senders[FASTSEND])
    work, ratio = f"{many.name} to {kind.name}", found.times_faster(FASTSEND, rival)
    times = f"{detail(found.senders)}; the receiver is busy for {cores:.2f} of a core"
    wanted = _BELOW_LIMIT if cores < _LIMIT_CORES else _BESIDE_LIMIT
    goals = [
        _first_of_all(first),
        Goal(work, _FASTER, times, ratio, wanted, comparison=found),
    ]
    if "dcmsend" in found.senders:
        goals.append(_cpu(found))
    return goals


def _first_of_all(found: Comparison) -> Goal:
    rival = fastest_other(found)
    work, times = f"{found.data} to {found.receiver}", detail(found.senders)
    ratio = found.times_faster(FASTSEND, rival)
    return Goal(work, _FASTER, times, ratio, comparison=found)


def _cpu(found: Comparison) -> Goal:
    gigabytes = found.bytes / 1e9
    ours, peer = (found.senders[name].cpu.median / gigabytes for name in (FASTSEND, "dcmsend"))
    shown = f"fastsend {ours:.3f} s a GB, dcmsend {peer:.3f} s a GB"
    work = f"{found.data} to {found.receiver}"
    return Goal(work, "times dcmsend's processor time", shown, ours / peer, 1, "<=")


def compressed(coding: str, wanted: float, place: Place) -> list[Goal]:
    """Send a compressed study to a receiver that takes only Implicit VR Little Endian."""
    names = f"ct100-{coding}", "ct100", f"ct2000-{coding}"
    sample, native, data = (data_sets.provide(name, place.data) for name in names)
    sizes, refused = {}, []
    for sender in (FASTSEND, *others()):
        try:
            sizes[sender] = verify_sample(
                ImplicitStorescp, SENDERS[sender], sample, native, place.scratch
            )
        except FAILURES as error:
            say(f"  {sender} does not deliver {sample.name}: {error}")
            refused.append(sender)
    if FASTSEND not in sizes:
        raise NotArrivedError(f"fastsend did not deliver {sample.name}")
    whole = arriving(data, sample, min(sizes.values()))
    found = compare_at(ImplicitStorescp, whole, tuple(sizes), place)
    work = f"{data.name} to {found.receiver}"
    times = detail(found.senders)
    if refused:
        times += f"; {', '.join(refused)} did not convert the sample"
    goals = [_converted(found, work, times, wanted)]
    memory = found.senders[FASTSEND].memory
    if memory is not None:
        measured, measure = memory.most / 1e6, "MB of memory that is no file's"
        goals.append(Goal(work, measure, "all processes", measured, 200, "<="))
    return goals


def _converted(found: Comparison, work: str, times: str, wanted: float) -> Goal:
    if len(found.senders) < 2:
        rate = found.instances / found.senders[FASTSEND].wall.median
        return Goal(work, "instances a second", times, rate, comparison=found)
    rival = fastest_other(found)
    ratio = found.times_faster(FASTSEND, rival)
    return Goal(work, _FASTER, times, ratio, wanted, comparison=found)
