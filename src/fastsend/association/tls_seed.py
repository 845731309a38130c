"""The seed files of OpenSSL's random generator (``+rs``, ``+ws``, ``+wf``).

OpenSSL takes its randomness from the system; a seed file adds to it and is never needed.
"""

from __future__ import annotations

import logging
import os
import ssl
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastsend.model.tls import Tls

_LOG = logging.getLogger(__name__)

LONGEST_SEED = 1 << 20
"""Bytes; of a device as much is read."""
WRITTEN_SEED = 1024
"""Bytes, as OpenSSL writes them."""


def read_seed(tls: Tls) -> None:
    """Seed the generator with the contents of the file that `tls` names, if any."""
    if tls.seed_file is None:
        return
    try:
        if stat.S_ISSOCK(os.stat(tls.seed_file).st_mode):  # noqa: PTH116 - start-up time
            _LOG.warning(
                "'%s' is the socket of an entropy gathering daemon, which OpenSSL no longer "
                "asks; its own randomness is used",
                tls.seed_file,
            )
            return
        descriptor = os.open(tls.seed_file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            seed = file.read(LONGEST_SEED) or b""
    except (OSError, ValueError) as exc:
        reason = (isinstance(exc, OSError) and exc.strerror) or str(exc)
        _LOG.warning("cannot read the seed file '%s', ignoring: %s", tls.seed_file, reason)
        return
    ssl.RAND_add(seed, 0.0)


def write_seed(tls: Tls) -> None:
    """Write a new seed where `tls` asks for it."""
    if tls.seed_output is None:
        return
    path = tls.seed_output or tls.seed_file or ""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)
            file.write(ssl.RAND_bytes(WRITTEN_SEED))
    except (OSError, ValueError) as exc:
        reason = (isinstance(exc, OSError) and exc.strerror) or str(exc)
        _LOG.warning("cannot write random seed '%s': %s", path, reason)
