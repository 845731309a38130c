"""Conversions on several associations: the bytes are those of a run with one."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest

from peers.image_files import ImageLayout, encode_image, rle_of, write_image
from peers.parallel_runs import run_send
from peers.parallel_scp import ParallelSCP
from peers.recording_scp import accept_only
from peers.study import EXPLICIT, IMPLICIT, RLE, Study

if TYPE_CHECKING:
    from pathlib import Path

DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG_LS = "1.2.840.10008.1.2.4.80"
INSTANCES = 30
LAYOUT = ImageLayout(rows=64, columns=64)


def samples(number: int) -> bytes:
    """Native pixels of 12 bits."""
    count = LAYOUT.rows * LAYOUT.columns
    return struct.pack(f"<{count}H", *((i * (number + 3) + i // 64) % 4096 for i in range(count)))


def codestream(number: int, syntax: str) -> bytes:
    pixels = samples(number)
    if syntax == RLE:
        return rle_of(pixels)
    imagecodecs = pytest.importorskip("imagecodecs")
    numpy = pytest.importorskip("numpy")
    frame = numpy.frombuffer(pixels, "<u2").reshape(LAYOUT.rows, LAYOUT.columns)
    encoded: bytes = imagecodecs.jpegls_encode(frame)
    return encoded


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(tmp_path / "study")


def add_images(study: Study, *syntaxes: str) -> None:
    for number in range(INSTANCES):
        uid = f"1.2.826.0.1.3680043.10.999.5.{number}"
        syntax = syntaxes[number % len(syntaxes)]
        if syntax == EXPLICIT:
            data_set = encode_image(uid, LAYOUT, native=samples(number))
        else:
            data_set = encode_image(uid, LAYOUT, codestreams=[codestream(number, syntax)])
        path = study.folder / f"{number:04}.dcm"
        study.paths.append(write_image(path, data_set, uid, syntax))
        study.data_sets[uid] = data_set


def send_with(associations: int, study: Study, accepted: str, **changes: Any) -> dict[str, str]:
    """Return the digests of what came."""
    with ParallelSCP(accept=accept_only(accepted), delay=0.01) as scp:
        run = run_send(scp.port, study, associations=associations, **changes)
        ended = scp.finished(associations)
    assert run.exit_code == 0, run.report
    assert {one.ended for one in ended} == {"released"}
    assert scp.most_at_once == associations
    assert len(scp.arrivals) == INSTANCES
    assert {one.accepted[store.context_id] for one in ended for store in one.stores} == {accepted}
    assert [one.stored for one in run.report.results] == [True] * INSTANCES
    assert run.told.warnings == []
    return {one.sop_instance_uid: one.data_set_sha256 for one in scp.arrivals}


@pytest.mark.parametrize(
    ("stored", "accepted", "changes"),
    [
        ((EXPLICIT,), IMPLICIT, {}),
        ((EXPLICIT,), DEFLATED, {"proposed": DEFLATED}),
        ((EXPLICIT,), RLE, {"proposed": RLE}),
        ((RLE,), IMPLICIT, {}),
        ((JPEG_LS,), EXPLICIT, {}),
        ((EXPLICIT, RLE, JPEG_LS), IMPLICIT, {}),
        ((EXPLICIT, RLE, JPEG_LS), IMPLICIT, {"async_window": 4}),
        ((EXPLICIT, RLE, JPEG_LS), IMPLICIT, {"ordered": True, "threads": 1}),
    ],
)
def test_the_bytes_are_those_of_one_association(
    stored: tuple[str, ...], accepted: str, changes: dict[str, Any], study: Study
) -> None:
    add_images(study, *stored)
    proposed = changes.get("proposed")
    alone = send_with(1, study, accepted, proposed=proposed)
    # They are all of one series, which goes on one association where the order is kept.
    several = 1 if changes.get("ordered") else 4
    assert send_with(several, study, accepted, **changes) == alone
    assert set(alone) == set(study.data_sets)


def test_an_instance_that_cannot_be_converted_costs_itself_only(study: Study) -> None:
    add_images(study, RLE)
    bad = list(study.data_sets)[7]
    study.paths[7].write_bytes(
        study.paths[7].read_bytes()[: -len(study.data_sets[bad])]
        + encode_image(bad, LAYOUT, codestreams=[b"\x01\0\0\0" + bytes(60)])
    )
    with ParallelSCP(accept=accept_only(IMPLICIT), delay=0.01) as scp:
        run = run_send(scp.port, study, associations=4, halt=False)
    assert run.exit_code == 66
    assert [one.stored for one in run.report.results].count(False) == 1
    assert not run.report.results[7].stored
    assert {one.sop_instance_uid for one in scp.arrivals} == set(study.data_sets) - {bad}
    assert len(scp.arrivals) == INSTANCES - 1
