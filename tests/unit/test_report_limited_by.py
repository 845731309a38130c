"""What is said to have limited a run, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastsend.model.pace import Pace
from fastsend.report.limited_by import limit_lines

NOTHING = Pace(
    instances=1000,
    response_seconds=0.0,
    round_trip_seconds=0.0,
    sending_seconds=0.0,
    peer_window_seconds=0.0,
    reading_seconds=0.0,
    conversion_seconds=0.0,
    scan_seconds=0.0,
    limit_seconds=0.0,
    busy_seconds=100.0,
    associations=1,
)
LOCAL = NOTHING._replace(round_trip_seconds=50e-6, wire_seconds=0.1)
"""The link is known, and costs nothing to speak of: 0.05 s and 0.1 s of 100 s."""
FAR = NOTHING._replace(round_trip_seconds=20e-3, wire_seconds=4.0)
"""1,000 instances wait 20 s for round trips, if they go one after the other."""
RELAYED = LOCAL._replace(release_seconds=22e-3)
"""TCP goes to something close by, and the peer is behind it."""


@pytest.mark.parametrize(
    ("pace", "line"),
    [
        # The peer: in its answers, in not reading, and in both.
        (
            LOCAL._replace(response_seconds=80.15),
            "Limited by the peer, 80 ms an instance (80% of the time)",
        ),
        (
            LOCAL._replace(sending_seconds=70.0, peer_window_seconds=70.0),
            "Limited by the peer, 70 ms an instance (70% of the time)",
        ),
        (
            LOCAL._replace(response_seconds=30.15, sending_seconds=30.0, peer_window_seconds=30.0),
            "Limited by the peer, 60 ms an instance (60% of the time)",
        ),
        (
            LOCAL._replace(instances=1_000_000, response_seconds=90.0, wire_seconds=40.0),
            "Limited by the link, its round trip of 0.05 ms (90% of the time)",
        ),
        (
            LOCAL._replace(conversion_seconds=99.7),
            "Limited by conversion (CPU), 100 ms an instance (100% of the time)",
        ),
        (
            LOCAL._replace(instances=100, response_seconds=60.105, busy_seconds=60.105),
            "Limited by the peer, 600 ms an instance (100% of the time)",
        ),
        # What lies between the two is nobody's fault that is known.
        (
            NOTHING._replace(response_seconds=80.0),
            "Limited by the wait for the peer's responses, 80 ms an instance (80% of the time)",
        ),
        (
            NOTHING._replace(response_seconds=80.0, round_trip_seconds=1e-3),
            "Limited by the wait for the peer's responses, 79 ms an instance (79% of the time)",
        ),
        (
            NOTHING._replace(sending_seconds=80.0, peer_window_seconds=80.0),
            "Limited by the peer, 80 ms an instance (80% of the time)",
        ),
        # The link: round trips, rate.
        (
            FAR._replace(response_seconds=26.0, busy_seconds=30.0),
            "Limited by the link, its round trip of 20 ms (80% of the time)",
        ),
        (
            FAR._replace(sending_seconds=75.0, response_seconds=20.0),
            "Limited by the link, its rate (95% of the time)",
        ),
        # Short requests leave the buffers while their responses are waited for.
        (
            FAR._replace(wire_seconds=42.0, response_seconds=62.0, busy_seconds=70.0),
            "Limited by the link, its rate (89% of the time)",
        ),
        # With a window of 16 the round trip costs a 16th of it: 1.25 s, the rest is the peer's.
        (
            FAR._replace(operations=16, response_seconds=11.25, wire_seconds=1.0, busy_seconds=12),
            "Limited by the peer, 9 ms an instance (75% of the time)",
        ),
        (
            FAR._replace(operations=16, response_seconds=1.5, wire_seconds=0.2, busy_seconds=2.0),
            "Limited by the link, its round trip of 20 ms (72% of the time)",
        ),
        # The way behind a relay, which TCP knows nothing about.
        (
            RELAYED._replace(response_seconds=20.4, busy_seconds=20.8),
            "Limited by the round trip to the peer, about 20 ms (98% of the time)",
        ),
        (
            RELAYED._replace(response_seconds=25.0, busy_seconds=27.0),
            "Limited by the round trip to the peer, about 22 ms (82% of the time)",
        ),
        (
            RELAYED._replace(response_seconds=24.0, sending_seconds=70.0, peer_window_seconds=69.0),
            "Limited by the peer or the way to it, 71 ms an instance (71% of the time)",
        ),
        (
            RELAYED._replace(operations=16, response_seconds=1.5, busy_seconds=1.6),
            "Limited by the round trip to the peer, about 22 ms (92% of the time)",
        ),
        # A release that takes a moment tells nothing: neither of a link that TCP knows, nor here.
        (
            LOCAL._replace(release_seconds=6e-3, response_seconds=80.15),
            "Limited by the peer, 80 ms an instance (80% of the time)",
        ),
        (
            FAR._replace(release_seconds=60e-3, response_seconds=84.0),
            "Limited by the peer, 60 ms an instance (60% of the time)",
        ),
        # This machine.
        (
            LOCAL._replace(conversion_seconds=66.0),
            "Limited by conversion (CPU), 66 ms an instance (66% of the time)",
        ),
        (
            LOCAL._replace(reading_seconds=50.0),
            (
                "Limited by the disk, 50 ms an instance (50% of the time) and "
                "fastsend's own work, 50 ms an instance (50% of the time)"
            ),
        ),
        (
            LOCAL._replace(reading_seconds=97.0),
            "Limited by the disk, 97 ms an instance (97% of the time)",
        ),
        (
            LOCAL._replace(scan_seconds=99.0),
            "Limited by the scan of the files (99% of the time)",
        ),
        (LOCAL._replace(limit_seconds=88.0), "Limited by --limit (88% of the time)"),
        (
            LOCAL._replace(busy_seconds=0.06),
            "Limited by fastsend's own work, 0.06 ms an instance (100% of the time)",
        ),
        # Nothing.
        (
            LOCAL._replace(
                response_seconds=35.15,
                conversion_seconds=25.0,
                reading_seconds=30.0,
                scan_seconds=5.0,
            ),
            (
                "Limited by nothing alone: the peer 35%, the disk 30%, conversion (CPU) 25% of "
                "the time"
            ),
        ),
    ],
)
def test_what_limited_a_run(pace: Pace, line: str) -> None:
    assert limit_lines(pace) == [line]


def test_from_two_fifths_on_it_is_a_limit() -> None:
    rest = {"reading_seconds": 30.0, "scan_seconds": 30.0}
    (line,) = limit_lines(LOCAL._replace(limit_seconds=40.0, **rest))
    assert line == "Limited by --limit (40% of the time)"
    (line,) = limit_lines(LOCAL._replace(limit_seconds=39.9, **rest))
    assert line.startswith("Limited by nothing alone: --limit 40%, ")


@pytest.mark.parametrize(
    ("associations", "reason", "lines"),
    [
        (0, "nobody listens", []),
        (1, None, []),
        (1, "another was rejected", ["1 association at once: another was rejected"]),
        (4, None, ["4 associations at once"]),
        (2, "four were no faster", ["2 associations at once: four were no faster"]),
    ],
)
def test_associations(associations: int, reason: str | None, lines: list[str]) -> None:
    pace = NOTHING._replace(instances=0, associations=associations, reason_for_associations=reason)
    assert limit_lines(pace) == lines
    pace = pace._replace(instances=1000, limit_seconds=100.0)
    assert limit_lines(pace) == ["Limited by --limit (100% of the time)", *lines]


def test_nothing_was_measured() -> None:
    assert limit_lines(NOTHING._replace(busy_seconds=0.0)) == []
    assert limit_lines(NOTHING._replace(instances=0)) == []


SECONDS = st.floats(0, 1e6)


@given(
    st.builds(
        Pace,
        instances=st.integers(0, 10**7),
        response_seconds=SECONDS,
        round_trip_seconds=st.floats(0, 10),
        sending_seconds=SECONDS,
        peer_window_seconds=SECONDS,
        reading_seconds=SECONDS,
        conversion_seconds=SECONDS,
        scan_seconds=SECONDS,
        limit_seconds=SECONDS,
        busy_seconds=SECONDS,
        associations=st.integers(0, 64),
        reason_for_associations=st.none() | st.just("so"),
        operations=st.integers(0, 65535),
        wire_seconds=SECONDS,
        release_seconds=st.floats(0, 10),
    )
)
def test_any_figures_make_sense(pace: Pace) -> None:
    lines = limit_lines(pace)
    assert len(lines) <= 2
    assert not any("-" in line.replace("--limit", "") for line in lines)  # nothing negative
    shares = [int(word.strip("(%,")) for line in lines for word in line.split() if "%" in word]
    assert all(0 < share <= 100 for share in shares)
    assert sum(shares) <= 103  # each is rounded
