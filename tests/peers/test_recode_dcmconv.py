"""Data sets in another transfer syntax, as dcmconv and dcmsend write them."""

from __future__ import annotations

import itertools
import subprocess
import warnings
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from fastsend._native import recode
from peers.corpus import SOURCES, corpus_files, expected_instance
from property.test_recode import data_sets
from reference.data_set_bytes import EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, SYNTAXES, Encoding
from reference.data_set_trees import Comparison, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
