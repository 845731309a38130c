"""Who is told what happens while a run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastsend.model.proposal import PresentationContext
    from fastsend.model.result import StoreResult


class Observer(Protocol):
    """What the sender calls, always from the thread that called it.

    Nothing that an observer does changes what is sent. An exception that it raises ends the run.
    """

    @property
    def wants_results(self) -> bool:
        """Whether `result` is to be called: a run that nobody reads makes no records."""
        ...

    def scanned(self, instances: int, data_set_bytes: int, skipped: int) -> None:
        """Take what there is to send; called once, when the scan is over.

        That may be after associations were opened and instances sent: until then nobody knows how
        many there will be. With `SendOptions.compat` it is before the first association.

        Parameters
        ----------
        instances : int
            Instances that will be sent, or were already.
        data_set_bytes : int
            The lengths of their data sets together, in bytes.
        skipped : int
            Files that are left out.
        """
        ...

    def association_opened(
        self,
        number: int,
        description: str,
        contexts: Sequence[tuple[PresentationContext, str | None]],
    ) -> None:
        """Take what the peer made of the proposal of an association that it accepted.

        Others may be open: they share the instances, and each has a number of its own.

        Parameters
        ----------
        number : int
            The number of the association, from 1.
        description : str
            The peer as it calls itself, for the reader.
        contexts : sequence of tuple
            Each proposed context in order, with the transfer syntax that the peer chose for it;
            None where it refused the context (PS3.8 9.3.3.2).
        """
        ...

    def association_closed(self, number: int, how: str) -> None:
        """Take how association `number` ended, in words: released, aborted, lost.

        Associations that were open at the same time end in any order.
        """
        ...

    def result(self, result: StoreResult) -> None:
        """Take the record of one instance; called where `wants_results` is true.

        The records come in the order of the input, whatever the order of the answers was, so that
        the association may have ended before.
        """
        ...

    def progress(self, instances: int, data_set_bytes: int) -> None:
        """Take how far the run is; called about ten times a second.

        Parameters
        ----------
        instances : int
            Instances that are done with, whatever became of them.
        data_set_bytes : int
            Bytes of their data sets, and of those that are on their way.
        """
        ...

    def warning(self, text: str) -> None:
        """Take something that the user should know of and that does not end the run."""
        ...
