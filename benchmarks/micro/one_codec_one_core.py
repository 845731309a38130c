"""The registry `one_codec` for a worker that is one thread's work: it stays on one core.

GDCM has OpenJPEG decode with a thread for each core, whatever the worker.
"""

from __future__ import annotations

import os
import sys

from benchmarks.micro.one_codec import frames_at_once, run, run_frames, runs_in_thread

__all__ = ["frames_at_once", "run", "run_frames", "runs_in_thread"]

if sys.argv[0].endswith("worker.py"):  # the pool's own process looks at it as well
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
