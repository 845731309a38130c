"""The plots of docs/benchmarks.md, drawn from results: SVG for light and dark pages.

Imported only to draw: matplotlib is no requirement of the rest.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from benchmarks import plot_data
from benchmarks.growth import MOST_MEGABYTES
from benchmarks.plot_style import DRAWING, INK, colour, in_order, marker, of_page, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from benchmarks.alternate import Spread
    from benchmarks.e2e.compare import Comparison
    from benchmarks.plot_data import Dots, Lines
    from benchmarks.results import Results

_WIDTH = 7.2
"""Inches; a page shows 72 units to each."""


def draw(results: Results, folder: Path) -> list[Path]:
    """Draw what the results have data for into a folder.

    Parameters
    ----------
    results : Results
        What was measured.
    folder : Path
        Where to; it is made where it is not there.

    Returns
    -------
    list of Path
        The files that were written. Nothing in them depends on time or place.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    comparisons = results.all_comparisons()
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    with mpl.rc_context(settings()):
        for name, plot in PLOTS.items():
            figure = Figure()
            if plot(figure, comparisons):
                path = folder / f"{name}.svg"
                path.write_text(_svg(figure))
                drawn.append(path)
    return drawn


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", bbox_inches="tight", pad_inches=0.06, metadata=DRAWING)
    return of_page(out.getvalue())


def _axes(figure: Figure, height: float) -> Axes:
    figure.set_size_inches(_WIDTH, height)
    axes = figure.add_subplot()
    axes.grid(visible=True)
    axes.set_axisbelow(True)
    return axes


def _legend(axes: Axes, entries: int) -> None:
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=min(entries, 5), borderaxespad=0.2)


def _label_logarithms(axis: Axis) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: f"{value:,g}")


def _bars(spreads: Iterable[Spread]) -> list[list[float]]:
    """Return how far the least and the most are from the medians."""
    taken = list(spreads)
    return [[s.median - s.least for s in taken], [s.most - s.median for s in taken]]


def _zorder(sender: str) -> float:
    """Of two that lie on each other, the one that all is about is seen."""
    return 3.5 if sender.startswith("fastsend") else 3


def _draw_dots(figure: Figure, dots: Dots, unit: str) -> bool:
    """Draw one row a case, one dot a sender, on a logarithmic scale."""
    if not dots.rows:
        return False
    axes = _axes(figure, 0.9 + 0.34 * len(dots.rows))
    places = {row: -index for index, row in enumerate(dots.rows)}
    for sender in in_order(dots.senders):
        spreads = dots.senders[sender]
        axes.errorbar(
            [spread.median for spread in spreads.values()],
            [places[row] for row in spreads],
            xerr=_bars(spreads.values()),
            linestyle="",
            marker=marker(sender),
            color=colour(sender),
            label=sender,
            zorder=_zorder(sender),
        )
    axes.set_xscale("log")
    _label_logarithms(axes.xaxis)
    axes.set_yticks(list(places.values()), list(places))
    axes.set_ylim(-len(places) + 0.4, 0.6)
    axes.set_xlabel(unit)
    _legend(axes, len(dots.senders))
    return True


def _draw_lines(axes: Axes, lines: Lines) -> None:
    for sender in in_order(lines):
        spreads = lines[sender]
        axes.errorbar(
            list(spreads),
            [spread.median for spread in spreads.values()],
            yerr=_bars(spreads.values()),
            marker=marker(sender),
            color=colour(sender),
            label=sender,
            zorder=_zorder(sender),
        )
    _legend(axes, len(lines))


def _rate(figure: Figure, comparisons: list[Comparison]) -> bool:
    dots = plot_data.rate_by_receiver(comparisons)
    return _draw_dots(figure, dots, "MB/s, 600 CT (logarithmic)")


def _converted(figure: Figure, comparisons: list[Comparison]) -> bool:
    dots = plot_data.converted(comparisons)
    return _draw_dots(figure, dots, "instances a second (logarithmic)")


def _round_trips(figure: Figure, comparisons: list[Comparison]) -> bool:
    lines, links = plot_data.by_round_trip(comparisons)
    if not lines:
        return False
    axes = _axes(figure, 3.4)
    _draw_lines(axes, lines)
    axes.set_yscale("log")
    _label_logarithms(axes.yaxis)
    axes.set_xticks(range(len(links)), links)
    axes.set_xlabel("round trip between sender and receiver")
    axes.set_ylabel("seconds for 600 CT (logarithmic)")
    return True


def _numbers(
    figure: Figure, lines: Lines, unit: str, most: tuple[float, str] | None = None
) -> bool:
    if not lines:
        return False
    axes = _axes(figure, 3.0)
    if most is not None:
        value, text = most
        axes.axhline(value, color=INK, linewidth=0.8, linestyle=(0, (4, 4)))
        axes.annotate(text, (0, value), (4, -12), textcoords="offset points")
    _draw_lines(axes, lines)
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("instances")
    axes.set_ylabel(unit)
    return True


def _time_by_number(figure: Figure, comparisons: list[Comparison]) -> bool:
    return _numbers(figure, plot_data.time_by_number(comparisons), "seconds")


def _memory_by_number(figure: Figure, comparisons: list[Comparison]) -> bool:
    most = (MOST_MEGABYTES, f"at most {MOST_MEGABYTES} MB are wanted")
    lines = plot_data.memory_by_number(comparisons)
    return _numbers(figure, lines, "MB of memory, all processes", most)


PLOTS: dict[str, Callable[[Figure, list[Comparison]], bool]] = {
    "rate": _rate,
    "round-trips": _round_trips,
    "time-by-number": _time_by_number,
    "memory-by-number": _memory_by_number,
    "converted": _converted,
}
"""By the name of the file, what draws it, and says whether there was anything to draw."""
