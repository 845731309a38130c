"""Instances that are converted ahead of their turn."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from fastsend.codecs.pool import PoolClosedError
from fastsend.convert.conversion import Conversion
from fastsend.convert.refusal import ConversionError, NoPixelDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from fastsend.codecs.pool import CodecPool
    from fastsend.convert.image import Target
    from fastsend.convert.source import Stored

_AHEAD = 16
"""Instances that are open at a time; what their frames take is bounded by the pool."""
_NO_MORE = 1 << 62
_PATIENCE_SECONDS = 3.0
"""After so long without the instance that is waited for, those before it may be in its way."""


class Pipeline:
    """Opens instances and has their frames worked on, in a thread of its own.

    Parameters
    ----------
    numbers : iterable of int
        The instances to convert ahead, rising.
    describe : callable
        Gives where an instance lies, and what it may become, the best first.
    pool : CodecPool
        Does the work on frames.
    """

    def __init__(
        self,
        numbers: Iterable[int],
        describe: Callable[[int], tuple[Stored, Sequence[Target]]],
        pool: CodecPool,
    ) -> None:
        self._numbers = numbers
        self._describe = describe
        self._pool = pool
        self._changed = threading.Condition()
        self._made: dict[int, Conversion | BaseException] = {}
        self._reached = -1
        """The number that is being opened: those before it are made, or not to come."""
        self._late = 0
        """Conversions under way that were not made ahead."""
        self._submits = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="convert", daemon=True)
        self._thread.start()

    @contextmanager
    def taken(self, number: int) -> Iterator[Conversion]:
        """Give the conversion of an instance, which is closed at the end. For any thread.

        One that was taken before, or is none of those to convert ahead, is opened now. Until it is
        closed nothing more is converted ahead, and what waits is dropped, to be opened in its turn:
        it could hold the memory that this one waits for.

        Raises
        ------
        ConversionError
            Where it cannot be converted to any of its targets.
        """
        self._await(number)
        with self._changed:
            made = self._made.pop(number, None)
            is_late = made is None
            self._late += is_late
            self._changed.notify_all()
        try:
            if made is None:
                self._drop(_NO_MORE)
                made = self._open(number)
            if isinstance(made, BaseException):
                raise made
            with closing(made):
                if is_late:  # it returns when the last frame has found room
                    threading.Thread(target=self._submit, args=(made,), daemon=True).start()
                yield made
        finally:
            with self._changed:
                self._late -= is_late
                self._changed.notify_all()

    def close(self) -> None:
        """End the work on whatever was not taken."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        while self._thread.is_alive():
            self._drop(_NO_MORE)  # frames that wait for memory get it
            self._thread.join(0.01)
        self._drop(_NO_MORE)

    def _await(self, number: int) -> None:
        """Wait until an instance is made, or will not be.

        Those before it that nobody takes, for their association was lost, may have all the memory,
        and whoever would take them may be the one who waits here.
        """

        def is_known() -> bool:
            return number in self._made or number < self._reached

        while True:
            with self._changed:
                if self._changed.wait_for(is_known, _PATIENCE_SECONDS):
                    return
            self._drop(number)

    def _drop(self, end: int) -> None:
        """Close those before `end` that nobody has taken; they are opened again in their turn."""
        with self._changed:
            dropped = [self._made.pop(number) for number in list(self._made) if number < end]
            self._changed.notify_all()
        for conversion in dropped:
            if isinstance(conversion, Conversion):
                conversion.close()

    def _submit(self, conversion: Conversion) -> None:
        """Have the frames of one instance after the other worked on.

        Several that each have a part of their memory could wait for the rest of it for ever.
        """
        with self._submits:
            conversion.submit(self._pool)

    def _run(self) -> None:
        try:
            for number in self._numbers:
                if not self._reach(number):
                    return
                conversion = self._open(number)
                with self._changed:
                    is_dropped = self._late > 0
                    if not is_dropped:
                        self._made[number] = conversion
                        self._changed.notify_all()
                if isinstance(conversion, Conversion):
                    if is_dropped:
                        conversion.close()
                    else:
                        self._submit(conversion)
        finally:
            with self._changed:
                self._reached = _NO_MORE
                self._changed.notify_all()

    def _reach(self, number: int) -> bool:
        """Wait for room for one more; return False where nobody wants it any more."""
        with self._changed:
            self._reached = number
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._stopped or (len(self._made) < _AHEAD and not self._late)
            )
            return not self._stopped

    def _open(self, number: int) -> Conversion | BaseException:
        """Return the conversion to the first target that it can be done for, or why not."""
        first: BaseException | None = None
        without_pixels: Target | None = None
        try:
            stored, targets = self._describe(number)
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
