"""Tables of what was measured, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.alternate import Spread, Timing
    from benchmarks.e2e.compare import Comparison
    from benchmarks.goals import Goal

BEGIN = "<!-- figures: begin -->"
END = "<!-- figures: end -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns; the first is left, the others right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines.insert(1, rule)
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    )


def machine_table(machine: dict[str, str]) -> str:
    """Return the machine as a list."""
    return "\n".join(f"- {name}: {value}" for name, value in machine.items())


def seconds(spread: Spread) -> str:
    """Return median and spread, with as many digits as the size deserves; one run has none."""
    digits = 3 if spread.median < 10 else 1
    if len(spread.values) == 1:
        return f"{spread.median:.{digits}f}"
    low, high = f"{spread.least:.{digits}f}", f"{spread.most:.{digits}f}"
    return f"{spread.median:.{digits}f} ({low}-{high})"


def times_faster(ours: Timing, peer: Timing) -> str:
    """Return the ratio of the medians, and the least and the most that two runs could give."""
    ratio = f"{peer.wall.median / ours.wall.median:.2f}"
    if ours.runs == peer.runs == 1:
        return ratio
    least, most = peer.wall.least / ours.wall.most, peer.wall.most / ours.wall.least
    return f"{ratio} ({least:.2f}-{most:.2f})"


def _row(one: Comparison, name: str, versus: str) -> tuple[str, ...]:
    timing, peer = one.senders[name], one.senders.get(versus)
    gigabytes = one.bytes / 1e9
    receiver = timing.receiver_cpu
    return (
        f"{one.data} to {one.receiver}",
        name,
        str(timing.runs),
        seconds(timing.wall),
        "" if peer is None else "1" if peer is timing else times_faster(timing, peer),
        f"{gigabytes * 1000 / timing.wall.median:,.0f}",
        f"{timing.cpu.median / gigabytes:.2f}",
        "" if timing.memory is None else f"{timing.memory.most / 1e6:.0f}",
        "" if receiver is None else f"{receiver_cores(timing):.2f}",
    )


def receiver_cores(timing: Timing) -> float:
    """Return the receiver's processor time by the sender's wall time, the median of the runs."""
    assert timing.receiver_cpu is not None
    pairs = zip(timing.receiver_cpu.values, timing.wall.values, strict=True)
    shares = sorted(cpu / wall for cpu, wall in pairs)
    return (shares[(len(shares) - 1) // 2] + shares[len(shares) // 2]) / 2


def comparison_table(comparisons: Iterable[Comparison], versus: str) -> str:
    """Return one row a sender and receiver; the ratio is to `versus` in the same run."""
    head = (
        "work",
        "sender",
        "runs",
        "wall, s",
        f"times as fast as {versus}",
        "MB/s",
        "CPU, s a GB",
        "memory, MB",
        "receiver, cores",
    )
    return table(head, (_row(one, name, versus) for one in comparisons for name in one.senders))


def footnotes(comparisons: Sequence[Comparison]) -> list[str]:
    """Return how the arrival was verified on each receiver, and what was run."""
    verified = {}
    commands: dict[str, None] = {}
    for one in comparisons:
        # A link changes nothing about what is verified.
        receiver = one.receiver.partition(" over ")[0]
        compared = "; data sets equal to the files'" if one.bytes_compared else ""
        verified[receiver] = f"- {receiver}: {one.verification}{compared}."
        for command in one.commands.values():
            words = ("SET" if word == one.data else word for word in command.split())
            commands[f"    {' '.join(words)}"] = None
    return [
        "What was verified:\n\n" + "\n".join(verified.values()),
        "What was run:\n\n" + "\n".join(commands),
    ]


def goal_table(goals: Iterable[Goal]) -> str:
    """Return what was wanted and what was measured."""
    rows = [
        (
            goal.work,
            goal.measure,
            goal.detail,
            f"{goal.measured:.3g}",
            "" if goal.wanted is None else f"{goal.sign} {goal.wanted:g}",
            "" if goal.met is None else ("yes" if goal.met else "NO"),
        )
        for goal in goals
    ]
    return table(
        ("work", "measure", "medians (least-most) in runs", "measured", "wanted", "met"), rows
    )


def put_between_marks(document: str, figures: str) -> str:
    """Return the document with the figures in the marked place, or the figures alone."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return f"{figures}\n"
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"
