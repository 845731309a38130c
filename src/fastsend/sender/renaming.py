"""Names for files that were processed: ``.done`` and ``.bad``, as storescu's ``+rn`` has them."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from fastsend._native import wire
from fastsend.model.escape import printable
from fastsend.model.result import Outcome

if TYPE_CHECKING:
    from fastsend._native.part10 import InstanceTable

_LOG = logging.getLogger(__name__)


def rename_processed(table: InstanceTable, row: int) -> None:
    """Rename the file of an instance whose outcome is final.

    Parameters
    ----------
    table : InstanceTable
        Its row says what became of it: the file gets the suffix ``.done`` where the peer answered
        with success or a warning, and ``.bad`` in all other cases.
    row : int
        The row. One that is still pending, which may be sent later, keeps its name.
    """
    number, status, *_ = table.result(row)
    outcome = Outcome(number)
    if outcome is Outcome.PENDING:
        return
    stored = outcome is Outcome.ANSWERED and wire.means_stored(status)
    rename(table.path(row), b".done" if stored else b".bad")


def rename(path: bytes, suffix: bytes) -> None:
    """Append `suffix` to the name of a file; what goes wrong is only warned of.

    A file that has the new name is replaced, as by storescu, and that is warned of, too.
    """
    target = path + suffix
    replaces = os.path.lexists(target)
    old, new = (printable(os.fsdecode(name)) for name in (path, target))
    try:
        os.replace(path, target)  # noqa: PTH105  bytes
    except OSError as error:
        _LOG.warning("cannot rename file '%s' to '%s': %s", old, new, error.strerror)
        return
    if replaces:
        _LOG.warning("renamed file '%s' to '%s', which replaces the one that was there", old, new)
    else:
        _LOG.debug("renamed file '%s' to '%s'", old, new)
