"""How an association of a run comes about, and how one ends that nothing can be sent on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.errors import InterruptedRunError
from fastsend.late_import import LATE_IMPORT

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend.association.negotiate import Association
    from fastsend.model.proposal import Proposal
    from fastsend.sender.shared import Shared


def open_association(
    shared: Shared, proposal: Proposal, unwanted: Callable[[], bool] | None = None
) -> Association:
    """Open an association with the contexts of a proposal.

    Parameters
    ----------
    shared : Shared
        The peer and how to treat it.
    proposal : Proposal
        What to propose.
    unwanted : callable, optional
        Says when it is not wanted any more; without it that is when the run is cancelled.

    Raises
    ------
    InterruptedRunError
        Where the run is cancelled before it begins.
    NegotiationError
        Where no association comes about.
    """
    with LATE_IMPORT:
        from fastsend.association.negotiate import Association

    cancel = shared.cancel
    if unwanted is None and cancel.requested:
        raise InterruptedRunError("the run was interrupted")
    stop = unwanted or (lambda: cancel.requested)
    return Association(shared.options, proposal.contexts, stop, shared.transport)


def end_unused(shared: Shared, association: Association) -> str:
    """End an association that can carry none of the instances; return how, in words."""
    if not association.is_established:
        association.ended()
        return "ended, for no presentation context was accepted"
    # Accepted for other SOP classes, or in another way than it was proposed.
    if shared.options.abort:
        association.abort()
        return "aborted, for no presentation context fits"
    association.release()
    return "released, for no presentation context fits"
