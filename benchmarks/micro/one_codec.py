"""The registry of codecs with only one decoder: for the workers of the benchmark `decoding`."""

from __future__ import annotations

import os

from fastsend.codecs.codec_table import DECODERS
from fastsend.codecs.registry import frames_at_once, run, run_frames, runs_in_thread

__all__ = ["CODEC", "frames_at_once", "run", "run_frames", "runs_in_thread"]

CODEC = "BENCHMARK_CODEC"
"""The environment variable with its name; workers inherit none of those that fastsend reads."""

_name = os.environ.get(CODEC)
if _name is not None:
    for _uid, _codecs in DECODERS.items():
        DECODERS[_uid] = tuple(codec for codec in _codecs if codec.name == _name)
