"""The progress bar on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

if TYPE_CHECKING:
    from typing import TextIO


class ProgressBar:
    """Instances, bytes, MB/s and time left in one line, which goes when the run ends.

    It draws only when it is told to, in the thread that tells it: none of its own takes the
    interpreter from the transfer.
    """

    def __init__(self, instances: int, data_set_bytes: int, *, file: TextIO | None = None) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[done]:,}/{task.fields[instances]:,} instances"),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(file=file, stderr=True, force_terminal=True),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
        )
        self._task = self._progress.add_task(
            "Sending", total=max(1, data_set_bytes), done=0, instances=instances
        )
        self._progress.start()

    def show(self, instances: int, data_set_bytes: int) -> None:
        """Draw how far the run is."""
        self._progress.update(self._task, completed=data_set_bytes, done=instances, refresh=True)

    def close(self) -> None:
        """Take the bar off the screen."""
        self._progress.stop()
