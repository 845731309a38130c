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

    Parameters
    ----------
    instances, data_set_bytes : int or None
        How much there is to send; None as long as the scan goes on.
    file : text stream, optional
        Where to draw instead of stderr.
    """

    def __init__(
        self,
        instances: int | None,
        data_set_bytes: int | None,
        *,
        file: TextIO | None = None,
    ) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[done]:,}/{task.fields[instances]} instances"),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(file=file, stderr=True, force_terminal=True),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
        )
        self._task = self._progress.add_task("Scanning", total=None, done=0, instances="?")
        self._scans = True
        if instances is not None and data_set_bytes is not None:
            self.set_total(instances, data_set_bytes)
        self._progress.start()

    def set_total(self, instances: int, data_set_bytes: int) -> None:
        """Take how much there is to send; drawn with the next `show`."""
        self._scans = False
        self._progress.update(
            self._task,
            description="Sending",
            total=max(1, data_set_bytes),
            instances=f"{instances:,}",
        )

    def show(self, instances: int, data_set_bytes: int) -> None:
        """Draw how far the run is."""
        if self._scans and instances:
            self._progress.update(self._task, description="Scanning and sending")
        self._progress.update(self._task, completed=data_set_bytes, done=instances, refresh=True)

    def close(self) -> None:
        """Take the bar off the screen."""
        self._progress.stop()
