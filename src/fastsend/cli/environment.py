"""What the environment says about a run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastsend.model.options import SendOptions

DICTIONARIES = "DCMDICTPATH"
"""Files in DCMTK's format, separated as the system separates paths (``:``, on Windows ``;``)."""


def with_environment(
    options: SendOptions, environment: Mapping[str, str] = os.environ
) -> SendOptions:
    """Return the options with what the environment adds to them."""
    named = environment.get(DICTIONARIES)
    if not named:
        return options
    return options._replace(dictionaries=tuple(filter(None, named.split(os.pathsep))))
