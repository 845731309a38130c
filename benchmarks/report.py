"""Tables of what was measured, in Markdown, and the same as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.alternate import Spread
    from benchmarks.e2e.compare import Comparison
    from benchmarks.goals import Goal

BEGIN = "<!-- figures: begin -->"
END = "<!-- figures: end -->"


def as_json(value: Any) -> Any:
    """Return the same with named tuples as objects."""
    if hasattr(value, "_asdict"):
        return {name: as_json(item) for name, item in value._asdict().items()}
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    return value


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
    """Return median and spread, with as many digits as the size deserves."""
    digits = 3 if spread.median < 10 else 1
    low, high = f"{spread.least:.{digits}f}", f"{spread.most:.{digits}f}"
    return f"{spread.median:.{digits}f} ({low}-{high})"


def comparison_table(comparisons: Iterable[Comparison], versus: str) -> str:
    """Return one row a sender and receiver; the ratio is to `versus` in the same run."""
    rows = []
    for one in comparisons:
        peer = one.senders.get(versus)
        for name, timing in one.senders.items():
            faster = "" if peer is None else f"{one.times_faster(name, versus):.2f}"
            rate = one.bytes / timing.wall.median / 1e6
            rows.append(
                (
                    f"{one.data} to {one.receiver}",
                    name,
                    seconds(timing.wall),
                    seconds(timing.cpu),
                    f"{rate:,.0f}",
                    faster,
                )
            )
    head = ("work", "sender", "wall, s", "CPU, s", "MB/s", f"times as fast as {versus}")
    return table(head, rows)


def footnotes(comparisons: Iterable[Comparison]) -> list[str]:
    """Return how the arrival was verified on each receiver, and what was run."""
    notes = []
    for one in comparisons:
        compared = "; data sets equal to the files'" if one.bytes_compared else ""
        head = (
            f"{one.data} to {one.receiver}: {one.instances:,} instances, {one.bytes:,} bytes, "
            f"{one.runs} runs after {one.warm_ups}. Verified: {one.verification}{compared}."
        )
        commands = (f"    {command}" for command in one.commands.values())
        notes.append("\n".join((head, "", *commands)))
    return notes


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
    return table(("work", "measure", "medians (least-most)", "measured", "wanted", "met"), rows)


def put_between_marks(document: str, figures: str) -> str:
    """Return the document with the figures in the marked place, or the figures alone."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return f"{figures}\n"
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"
