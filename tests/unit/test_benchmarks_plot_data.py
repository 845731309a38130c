"""What goes into each plot."""

import pytest

from benchmarks import plot_data
from made_up_results import comparison, of_everything


def test_rates_are_of_all_runs() -> None:
    one = comparison("ct600", "sink", {"fastsend": 2.0, "dcmsend": 4.0})
    dots = plot_data.rate_by_receiver([one])
    # 600 of half a megabyte in 2 s, 1.8 s and 2.2 s.
    rate = dots.senders["fastsend"]["sink"]
    assert [round(value, 1) for value in (rate.least, rate.median, rate.most)] == [
        136.4,
        150.0,
        166.7,
    ]


def test_rates_leave_links_and_other_sets_out() -> None:
    walls = {"fastsend": 2.0, "dcmsend": 4.0}
    found = [
        comparison("ct600", "sink over 20ms", walls),
        comparison("ct100", "sink", walls),
        comparison("ct600", "sink-4", walls),
        comparison("ct600", "sink", {"fastsend-8": 1.0}),
    ]
    assert plot_data.rate_by_receiver(found).rows == []


def test_each_way_of_sending_has_its_receiver() -> None:
    lines, texts = plot_data.by_round_trip(of_everything().all_comparisons())
    assert texts == ["local", "2 ms", "20 ms", "100 ms"]
    assert list(lines["fastsend"]) == [0, 1, 2, 3]
    assert lines["fastsend-8"][2].median == pytest.approx(0.3 + 0.05 * 16)
    assert lines["fastsend-window"][3].median == pytest.approx(0.3 + 0.03 * 64)
    assert lines["dcmsend"][1].median == pytest.approx(0.3 + 2 * 4 / 10)


def test_numbers_are_in_order() -> None:
    found = of_everything().all_comparisons()
    lines = plot_data.time_by_number(reversed(found))
    assert list(lines["fastsend"]) == [1000, 10_000, 20_000, 100_000, 200_000]
    memory = plot_data.memory_by_number(found)["fastsend"]
    assert round(memory[200_000].median, 3) == 60


def test_memory_that_was_not_measured_is_no_point() -> None:
    one = comparison("small1000", "sink", {"fastsend": 1.0})
    timing = one.senders["fastsend"]._replace(memory=None)
    assert plot_data.memory_by_number([one._replace(senders={"fastsend": timing})]) == {}


def test_conversions_are_by_coding() -> None:
    dots = plot_data.converted(of_everything().all_comparisons())
    assert dots.rows == [
        "JPEG Lossless SV1",
        "JPEG-LS Lossless",
        "RLE Lossless",
        "JPEG 2000 Lossless",
    ]
    assert round(dots.senders["fastsend"]["JPEG Lossless SV1"].median) == 500
    assert "JPEG 2000 Lossless" not in dots.senders["dcmsend"]
