"""What many associations and long links should show: ``python -m benchmarks --preset scale``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks import growth
from benchmarks.alternate import alternate
from benchmarks.e2e import data as data_sets
from benchmarks.e2e.compare import RECEIVERS, Comparison, command_line, say, send_once
from benchmarks.e2e.link import LINKS, over
from benchmarks.e2e.one_syntax import JpegLsStorescp, arriving, verify_sample
from benchmarks.e2e.receivers import NotArrivedError
from benchmarks.e2e.senders import fastsend
from benchmarks.goals import Goal, detail
from benchmarks.rivals import (
    FASTSEND,
    compare_at,
    compressed,
    every_sender,
    few,
    installed,
    others,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.alternate import Sample
    from benchmarks.e2e.data import DataSet
    from benchmarks.e2e.receivers import Receiver
    from benchmarks.goals import Place
    from benchmarks.measure import Command

_FOR_LONG_LINKS = ("sink-4", "sink-window")
"""On a local link they are as the sink is."""


def _over_link(sender: str, receiver: str, wanted: float, place: Place) -> list[Goal]:
    """Compare one way to send with dcmsend over a round trip of 20 ms."""
    data = data_sets.provide("ct2000", place.data)
    found = compare_at(over(LINKS["20ms"], RECEIVERS[receiver]), data, (sender, "dcmsend"), place)
    if len(found.senders) < 2:
        raise NotArrivedError("; ".join(found.failures))
    work = f"{data.name} to {found.receiver}, {sender}"
    ratio, times = found.times_faster(sender, "dcmsend"), detail(found.senders)
    return [Goal(work, "times faster than dcmsend", times, ratio, wanted, comparison=found)]


def _narrow(wanted: float, place: Place) -> list[Goal]:
    """Send as stored, and in JPEG-LS, where the link is what limits both.

    To a receiver of several associations: on one, the round trips are more than half of the time.
    """
    names = "ct100", "ct600"
    sample, data = (data_sets.provide(name, place.data) for name in names)
    kind = JpegLsStorescp

    def stored(sent: DataSet, receiver: Receiver) -> Command:
        return fastsend(sent, receiver)

    def encoded(sent: DataSet, receiver: Receiver) -> Command:
        return fastsend(sent, receiver, "-xt")._replace(name="fastsend -xt")

    size = verify_sample(kind, encoded, sample, sample, place.scratch)
    small = arriving(data, sample, size)
    far = over(LINKS["20ms-100mbit"], RECEIVERS["sink-4"])
    say(f"{data.name} to {far.name}, as stored and in JPEG-LS")
    with far(place.scratch) as receiver:
        actions: dict[str, Callable[[], Sample]] = {
            "fastsend -xt": lambda: send_once(encoded(small, receiver), small, receiver),
            FASTSEND: lambda: send_once(stored(data, receiver), data, receiver),
        }
        found = alternate(place.runs, 1, actions, place.patience_seconds)
        sent = {"fastsend -xt": encoded, FASTSEND: stored}
        shown = {
            name: command_line(send(data, receiver), data, receiver) for name, send in sent.items()
        }
    compared = Comparison(
        receiver=far.name,
        data=data.name,
        instances=data.files,
        bytes=data.data_set_bytes,
        runs=place.runs,
        warm_ups=1,
        commands=shown,
        senders=found,
        verification=kind.verification,
        bytes_compared=False,
        failures=(),
    )
    work, ratio = f"{data.name} to {far.name}", compared.times_faster("fastsend -xt", FASTSEND)
    measure = "times faster in JPEG-LS than as stored"
    return [Goal(work, measure, detail(found), ratio, wanted, comparison=compared)]


def _round_trips(place: Place) -> list[Goal]:
    """Send 600 CT over every round trip with each sender: what the plot of links needs."""
    data = data_sets.provide("ct600", place.data)
    goals = []
    links = [link for link in LINKS.values() if not link.rate]
    for receiver, senders in (
        ("sink-4", (FASTSEND, *others())),
        ("sink", ("fastsend-8", *installed(("dicom-rs-8",)))),
        ("sink-window", ("fastsend-window",)),
    ):
        for link in links:
            found = compare_at(over(link, RECEIVERS[receiver]), data, senders, few(place))
            first = senders[0]
            if first not in found.senders:
                raise NotArrivedError("; ".join(found.failures))
            rate = found.instances / found.senders[first].wall.median
            work, times = f"{data.name} to {found.receiver}, {first}", detail(found.senders)
            goals.append(Goal(work, "instances a second", times, rate, comparison=found))
    return goals


GOALS: dict[str, Callable[[Place], list[Goal]]] = {
    "link": partial(_over_link, "fastsend", "sink-4", 3.5),
    "link-8": partial(_over_link, "fastsend-8", "sink", 6),
    "link-window": partial(_over_link, "fastsend-window", "sink-window", 11),
    "narrow": partial(_narrow, 2),
    **{
        f"every-{name}": partial(every_sender, name)
        for name in RECEIVERS
        if name not in _FOR_LONG_LINKS
    },
    "compressed-jpeg-lossless": partial(compressed, "jpeg-lossless", 2.5),
    "compressed-jpeg-ls": partial(compressed, "jpeg-ls", 2.5),
    "compressed-rle": partial(compressed, "rle", 2.5),
    "compressed-jpeg-2000": partial(compressed, "jpeg-2000", 2.5),
    "growth": partial(growth.of_number, 11.5),
    "instance-size": growth.of_instance_size,
    "round-trips": _round_trips,
}
