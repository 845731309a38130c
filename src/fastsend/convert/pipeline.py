"""Instances that are converted ahead of their turn, in order."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from fastsend.codecs.pool import PoolClosedError
from fastsend.convert.conversion import Conversion
from fastsend.convert.refusal import ConversionError, NoPixelDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fastsend.codecs.pool import CodecPool
    from fastsend.convert.image import Target
    from fastsend.convert.source import Stored

_AHEAD = 16
"""Instances that are open at a time; what their frames take is bounded by the pool."""


class Pipeline:
    """Opens instances and has their frames worked on, in a thread of its own.

    Parameters
    ----------
    instances : iterable of (int, Stored, sequence of Target)
        A number, where it lies, and what it may become, the best first.
    pool : CodecPool
        Does the work on frames.
    """

    def __init__(
        self, instances: Iterable[tuple[int, Stored, Sequence[Target]]], pool: CodecPool
    ) -> None:
        self._instances = instances
        self._pool = pool
        self._made: queue.Queue[tuple[int, Conversion | BaseException]] = queue.Queue(_AHEAD)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="convert", daemon=True)
        self._thread.start()

    def take(self, number: int) -> Conversion:
        """Return the conversion of an instance; the caller closes it.

        Those before it are dropped.

        Raises
        ------
        ConversionError
            Where it cannot be converted to any of its targets.
        """
        while True:
            made, conversion = self._made.get()
            if made == number:
                break
            if isinstance(conversion, Conversion):
                conversion.close()
        if isinstance(conversion, BaseException):
            raise conversion
        return conversion

    def close(self) -> None:
        """End the work on whatever was not taken."""
        self._stopped = True
        while True:
            self._drop_all()
            self._thread.join(0.01)
            if not self._thread.is_alive():
                break
        self._drop_all()

    def _drop_all(self) -> None:
        while True:
            try:
                _, conversion = self._made.get_nowait()
            except queue.Empty:
                return
            if isinstance(conversion, Conversion):
                conversion.close()

    def _run(self) -> None:
        for number, stored, targets in self._instances:
            if self._stopped:
                return
            conversion = self._open(stored, targets)
            self._made.put((number, conversion))
            if isinstance(conversion, Conversion):
                conversion.submit(self._pool)

    @staticmethod
    def _open(stored: Stored, targets: Sequence[Target]) -> Conversion | BaseException:
        """Return the conversion to the first target that it can be done for, or why not."""
        first: BaseException | None = None
        without_pixels: Target | None = None
        try:
            for target in targets:
                try:
                    return Conversion(stored, target)
                except NoPixelDataError:
                    without_pixels = without_pixels or target
                except (ConversionError, PoolClosedError, OSError) as exc:
                    first = first or exc
            if without_pixels is not None:
                return Conversion(stored, without_pixels, without_pixels=True)
        except BaseException as exc:  # also an error of fastsend itself: raised where it is taken
            return exc
        return first or ConversionError("there is nothing that it could become")
