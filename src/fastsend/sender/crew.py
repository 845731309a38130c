"""The associations that send the rows of one proposal side by side, and how many they are."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from fastsend.errors import (
    AssociationLostError,
    FastsendError,
    FileChangedError,
    NegotiationError,
    NotConvertedError,
    RequestGivenUpError,
)
from fastsend.model.pace import taken_at_once
from fastsend.sender.carrier import progress_of
from fastsend.sender.growth import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend._native.wire import Queue
    from fastsend.sender.carrier import Carrier
    from fastsend.sender.converter import Converter
    from fastsend.sender.growth import Growth
    from fastsend.sender.shared import Shared

_LOG = logging.getLogger(__name__)
_TICK_SECONDS = 0.05
_DCMTK = "1.2.276.0.7230010.3.0.3."
"""What the Implementation Class UIDs of DCMTK begin with. Its dcmqrscp answers success for
instances that it then loses, where they come on two associations at once. Nothing tells it from
other servers that are built on DCMTK, so all of these get one unless the user knows better."""
_WHY_ONE = "DCMTK's dcmqrscp would lose instances; use --associations N for another server of DCMTK"


class Work(NamedTuple):
    """What a crew does."""

    queue: Queue
    """What to send, with its routes set."""
    converter: Callable[[], Converter]
    """Gives what converts; for any thread."""
    open_another: Callable[[Callable[[], bool]], Carrier | None]
    """Makes a further association that was answered as the first; None where it was answered in
    another way. The argument says when it is not wanted any more; for any thread."""
    left_bytes: Callable[[], int | None]
    """How much is not sent yet; None where more may come."""


class _Request:
    """For a further association, until it sends."""

    unwanted = False


class Crew:
    """Sends on one association and, where that helps, on more of the same kind beside it.

    What is lost with one of several associations is left to the others, once; only the last one
    that is lost ends the crew. Carriers report here from their threads, under one lock.

    Parameters
    ----------
    shared : Shared
        What all associations have in common.
    work : Work
        What to do.
    growth : Growth
        Says how many associations there are.
    """

    def __init__(self, shared: Shared, work: Work, growth: Growth) -> None:
        self._shared = shared
        self._work = work
        self._growth = growth
        self._changed = threading.Condition()
        self._active: list[Carrier] = []
        self._ended: list[Carrier] = []
        self._requests: set[_Request] = set()
        self.most_active = 1
        """Associations that have sent at the same time."""
        self._error: FastsendError | None = None
        self._crash: BaseException | None = None

    def run(self, first: Carrier) -> None:
        """Send until nothing is left, or nobody to send it.

        Parameters
        ----------
        first : Carrier
            The association that is there.

        Raises
        ------
        AssociationLostError
            What the last association was lost with.
        FileChangedError
            Where a file that is gone ends the run.
        """
        if _DCMTK in first.implementation:
            self._growth.keep_one(_WHY_ONE)
        self._active.append(first)
        adapting = threading.Thread(target=self._adapt_often, name="associations", daemon=True)
        adapting.start()
        self._carry(first)
        adapting.join()
        if self._crash is not None:
            raise self._crash
        if self._error is not None:
            raise self._error

    def carriers(self) -> list[Carrier]:
        """Return all associations that have sent so far; for any thread."""
        return [*self._ended, *self._active]

    def progress(self) -> tuple[int, int]:
        """Return instances done with and bytes sent, so far; for any thread."""
        return progress_of(self.carriers())

    def _carry(self, carrier: Carrier) -> None:
        """Send on one association, and return when it is over."""
        error: FastsendError | None = None
        crash: BaseException | None = None
        try:
            error = carrier.send(self._work.queue, self._work.converter)
        except FastsendError as exc:
            error = exc
        except BaseException as exc:
            crash = exc
            self._shared.cancel.request()
        with self._changed:
            self._ended.append(carrier)
            self._active.remove(carrier)
            self._crash = self._crash or crash
            self._take_loss(carrier, error)
            self._changed.notify_all()

    def _take_loss(self, carrier: Carrier, error: FastsendError | None) -> None:
        """Leave to the others what can be left to them, and keep the error that ends the crew."""
        cancelled = self._shared.cancel.requested
        others = bool(self._active)
        # What an instance lacks is not the peer's fault.
        own_fault = isinstance(error, (FileChangedError, NotConvertedError))
        again = carrier.channel.settle(again=not cancelled and (others or own_fault))
        if error is None:
            return
        if isinstance(error, AssociationLostError) and others and not cancelled:
            if not own_fault:
                self._growth.give_way(len(self._active), "it ended one of them")
                _LOG.info("%s; %d of its instances go to the others", error, again)
                return
            if not self._halts(error):
                _LOG.warning("%s; the other associations go on", error)
                return
        if self._halts(error):
            self._work.queue.stop()
        self._error = self._error or error

    def _halts(self, error: FastsendError) -> bool:
        return self._shared.options.halt and not isinstance(error, NotConvertedError)

    # -- more of them, and less -----------------------------------------------------------------

    def _adapt_often(self) -> None:
        """Have as many associations as are wanted, until the last of them is over."""
        with self._changed:
            while self._active:
                self._changed.wait(_TICK_SECONDS)
                if not self._active:  # nobody asks for more when the last one has ended
                    break
                instances, sent = self.progress()
                now = Progress(time.monotonic(), sent, instances, self._work.left_bytes())
                self._adapt(self._growth.observe(now, len(self._active)))
            self._give_up_requests()

    def _adapt(self, wanted: int) -> None:
        active = len(self._active)
        if wanted <= active:
            self._give_up_requests()
            for carrier in self._active[wanted:]:
                carrier.channel.retire()
        elif self._work.queue.left:
            for _ in range(wanted - active - len(self._requests)):
                self._requests.add(request := _Request())
                threading.Thread(
                    target=self._join_in, args=(request,), name="further association", daemon=True
                ).start()

    def _give_up_requests(self) -> None:
        for request in self._requests:
            request.unwanted = True
        self._requests.clear()

    def _join_in(self, request: _Request) -> None:
        """Make a further association and send on it, in a thread of its own."""
        carrier: Carrier | None = None
        refusal: NegotiationError | None = None
        try:
            carrier = self._work.open_another(
                lambda: request.unwanted or self._shared.cancel.requested
            )
        except RequestGivenUpError:
            return
        except NegotiationError as exc:
            refusal = exc
        except FastsendError as exc:  # lost before it began
            refusal = NegotiationError(str(exc))
        except BaseException as exc:
            with self._changed:
                self._crash = self._crash or exc
            self._shared.cancel.request()
            return
        with self._changed:
            self._requests.discard(request)
            if request.unwanted:
                pass
            elif carrier is not None:
                self._active.append(carrier)
                self.most_active = max(self.most_active, len(self._active))
            else:
                reason = refusal.brief if refusal else "it answered another in another way"
                self._growth.refused(len(self._active) + len(self._requests), reason)
                _LOG.info("%s", taken_at_once(len(self._active), reason))
                if refusal is not None:
                    _LOG.debug("no further association: %s", refusal)
        if carrier is not None and request.unwanted:
            carrier.release()
        elif carrier is not None:
            self._carry(carrier)
