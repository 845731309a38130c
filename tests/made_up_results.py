"""Results of benchmarks that nobody ran: for tests of what is made of them, and nothing else."""

from benchmarks.alternate import Sample, timing_of
from benchmarks.e2e.compare import Comparison
from benchmarks.goals import Goal
from benchmarks.results import Results

SENDERS = {
    "fastsend": 1.0,
    "dcmsend": 2.0,
    "storescu": 2.5,
    "pynetdicom": 30.0,
    "dicom-rs": 3.0,
    "dcm4che": 5.0,
    "pydcm": 4.0,
}
RECEIVERS = ("storescp-stock", "storescp-tuned", "orthanc", "dcmqrscp", "sink", "sink-16k")
CODINGS = ("jpeg-lossless", "jpeg-ls", "rle", "jpeg-2000")


def comparison(
    data: str,
    receiver: str,
    walls: dict[str, float],
    instances: int = 600,
    memory: float = 30e6,
    failures: tuple[str, ...] = (),
) -> Comparison:
    """Make one of three runs a sender, 10 % apart."""
    return Comparison(
        receiver=receiver,
        data=data,
        instances=instances,
        bytes=instances * 500_000,
        runs=3,
        warm_ups=1,
        commands={sender: f"{sender} 127.0.0.1 PORT {data}" for sender in walls},
        senders={
            sender: timing_of(
                [
                    Sample(wall * factor, wall / 2, memory * factor, memory * 2, wall / 4)
                    for factor in (1, 0.9, 1.1)
                ]
            )
            for sender, wall in walls.items()
        },
        verification=f"what {receiver} has",
        bytes_compared=False,
        failures=failures,
    )


def of_everything() -> Results:
    """Make what all plots need."""
    found = [
        comparison("ct600", receiver, {name: wall * (1 + place) for name, wall in SENDERS.items()})
        for place, receiver in enumerate(RECEIVERS)
    ]
    for place, link in enumerate(("", " over 2ms", " over 20ms", " over 100ms")):
        walls = {name: 0.3 + wall * 4**place / 10 for name, wall in SENDERS.items()}
        found.append(comparison("ct600", f"sink-4{link}", walls))
        found.append(comparison("ct600", f"sink{link}", {"fastsend-8": 0.3 + 0.05 * 4**place}))
        windowed = {"fastsend-window": 0.3 + 0.03 * 4**place}
        found.append(comparison("ct600", f"sink-window{link}", windowed))
    for number in (1000, 10_000, 20_000, 100_000, 200_000):
        walls = {"fastsend": 0.2 + number / 40_000, "dcmsend": number / 15_000}
        found.append(comparison(f"small{number}", "sink", walls, number, 40e6 + 100 * number))
    for place, coding in enumerate(CODINGS):
        walls = {"fastsend": 4.0 + place, "dcmsend": 20.0 + place, "dicom-rs": 30.0}
        if coding == "jpeg-2000":
            walls = {"fastsend": 30.0}
        found.append(comparison(f"ct2000-{coding}", "storescp-implicit", walls, 2000))
    goals = (
        Goal("ct600 to sink", "times faster", "a, b", 2.0, 1.5, comparison=found[0], preset="one"),
        Goal("start", "times", "a", 3.0, 2.0, "<=", preset="two", timings=found[1].senders),
    )
    return Results(
        {"cores": "2", "load before": "0.01"},
        tuple(found[1:]),
        goals,
        ("x: broken\nas it said itself",),
    )
