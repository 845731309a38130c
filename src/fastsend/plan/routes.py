"""Which accepted presentation context carries the instances of a kind, or why none does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from fastsend.model.transfer_syntax import transfer_syntax_name
from fastsend.plan.contexts import NATIVE_TRANSFER_SYNTAXES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastsend.model.proposal import (
        AcceptedContext,
        InstanceKind,
        PresentationContext,
        Proposal,
        RefusedContext,
    )

Conversion = Literal["as_stored", "re_encode"]
"""What happens to a data set between the file and the peer: nothing, or the same Data Elements are
encoded in another native transfer syntax (PS3.5 A.1, A.2, A.3)."""

_RESULT_TEXT = {
    1: "user rejection",
    2: "no reason (provider rejection)",
    3: "abstract syntax not supported",
    4: "transfer syntaxes not supported",
}
"""The Result/Reason of a refused presentation context (PS3.8 Table 9-18)."""


class Route(NamedTuple):
    """The way of the instances of one kind."""

    context_id: int
    transfer_syntax_uid: str
    """The syntax on the wire."""
    conversion: Conversion


class NoRoute(NamedTuple):
    """The instances of one kind cannot be sent on this association."""

    reason: str
    """Why, and what can be done, in words for the user."""


def plan_routes(
    kinds: Sequence[InstanceKind],
    proposal: Proposal,
    accepted: Sequence[AcceptedContext],
    refused: Sequence[RefusedContext] = (),
) -> dict[int, Route | NoRoute]:
    """Return the route of each kind in the run of a proposal.

    Parameters
    ----------
    kinds : sequence of InstanceKind
        What instances can be.
    proposal : Proposal
        What was proposed for the run.
    accepted, refused : sequence of AcceptedContext, sequence of RefusedContext
        What the peer answered. Contexts that were not proposed, or were accepted with a transfer
        syntax that was not proposed in them, are not used.

    Returns
    -------
    dict of int to Route or NoRoute
        By index of `kinds`.
    """
    proposed = {context.context_id: context for context in proposal.contexts}
    usable = [context for context in accepted if _answers(context, proposed)]
    usable.sort(key=lambda context: context.context_id)
    routes: dict[int, Route | NoRoute] = {}
    for index, own_context_id in proposal.context_ids.items():
        kind = kinds[index]
        route = _cheapest_route(kind, own_context_id, usable)
        routes[index] = route or NoRoute(
            _reason(kind, proposed[own_context_id], proposed, accepted, refused)
        )
    for index in proposal.rejected_kinds:
        routes[index] = NoRoute(_reason_not_proposed(kinds[index]))
    return routes


def _answers(context: AcceptedContext, proposed: Mapping[int, PresentationContext]) -> bool:
    """Return True where the peer accepted what was proposed, and nothing else."""
    request = proposed.get(context.context_id)
    return (
        request is not None
        and context.abstract_syntax == request.abstract_syntax
        and context.transfer_syntax_uid in request.transfer_syntaxes
    )


def _cheapest_route(
    kind: InstanceKind, own_context_id: int, usable: Sequence[AcceptedContext]
) -> Route | None:
    """Return the route as stored, or else re-encoded; on its own context, or else on the first."""
    of_class = [context for context in usable if context.abstract_syntax == kind.sop_class_uid]
    of_class.sort(key=lambda context: context.context_id != own_context_id)
    for context in of_class:
        if context.transfer_syntax_uid == kind.transfer_syntax_uid:
            return Route(context.context_id, context.transfer_syntax_uid, "as_stored")
    if kind.transfer_syntax_uid in NATIVE_TRANSFER_SYNTAXES:
        for context in of_class:
            if context.transfer_syntax_uid in NATIVE_TRANSFER_SYNTAXES:
                return Route(context.context_id, context.transfer_syntax_uid, "re_encode")
    return None


def _reason(
    kind: InstanceKind,
    own: PresentationContext,
    proposed: Mapping[int, PresentationContext],
    accepted: Sequence[AcceptedContext],
    refused: Sequence[RefusedContext],
) -> str:
    """Say what the peer takes instead, or how it refused, and what can be done."""
    name = transfer_syntax_name(kind.transfer_syntax_uid)
    chosen = {context.context_id: context.transfer_syntax_uid for context in accepted}
    result = {context.context_id: context.result for context in refused}.get(own.context_id, 0)
    others = {
        transfer_syntax_name(chosen[context.context_id]): None
        for context in proposed.values()
        if context.abstract_syntax == kind.sop_class_uid and context.context_id in chosen
    }
    if own.context_id in chosen:
        answer = _chosen_text(own, chosen[own.context_id])
    else:
        answer = _RESULT_TEXT.get(result, "no answer")
    answer = f"context {own.context_id} ({_proposed_text(own)}): {answer}"
    if others:
        return (
            f"the peer takes SOP class {kind.sop_class_uid} as {_and(list(others))}, not as "
            f"{name} ({answer}); let it choose {name} where it is proposed, or convert the files"
        )
    if result == 3:
        cause = f"the peer does not support SOP class {kind.sop_class_uid}"
        advice = "let it accept this SOP class, or send to another peer"
    elif result == 4:
        cause = f"the peer does not support {name} for SOP class {kind.sop_class_uid}"
        advice = f"let it accept {name}, or convert the files"
    else:
        cause = f"the peer refused SOP class {kind.sop_class_uid}"
        advice = "ask its administrator whether this AE title may store this SOP class"
    return f"{cause} ({answer}); {advice}"


def _and(names: Sequence[str]) -> str:
    *head, last = names
    return f"{', '.join(head)} and {last}" if head else last


def _proposed_text(context: PresentationContext) -> str:
    """Name what a context proposes, short enough to be read."""
    first, *others = context.transfer_syntaxes
    if context.transfer_syntaxes == NATIVE_TRANSFER_SYNTAXES:
        return "uncompressed"
    return transfer_syntax_name(first) + (" or uncompressed" if others else "")


def _chosen_text(context: PresentationContext, transfer_syntax_uid: str) -> str:
    """Say which transfer syntax the peer chose, and whether it was free to do so."""
    name = transfer_syntax_name(transfer_syntax_uid)
    if transfer_syntax_uid in context.transfer_syntaxes:
        return f"accepted as {name}"
    return f"accepted as {name}, which was not proposed"


def _reason_not_proposed(kind: InstanceKind) -> str:
    """Say why ``-nip`` left a kind out."""
    own = transfer_syntax_name(kind.transfer_syntax_uid)
    return (
        f"{own} could only be proposed without the default transfer syntax, which -nip forbids; "
        "leave out -nip, or convert the files"
    )
