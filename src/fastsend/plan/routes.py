"""Which accepted presentation contexts can carry the instances of a kind, the best first.

Without ``--prefer``, native images are sent in the syntax that the user proposed (``-x...``), if
that is a compressed one; everything else as it is stored, and then again in the proposed syntax.
What is left goes where it costs least: re-encoded, inflated or deflated, decompressed, compressed.

``--prefer fast`` asks for what costs least CPU even where the proposed syntax was accepted.
``--prefer small`` sends native images compressed wherever a lossless syntax was accepted for their
SOP class, be it for the sake of other instances, and recompresses rather than decompresses.

With a profile (``-xf``) and without ``--prefer`` the order is that of storescu, as far as instances
can be converted: the syntax of the file, explicit VR, implicit VR, and then any other.

A lossy syntax is only compressed to where it was proposed by name with its quality, and what has
lost information before is compressed with loss only where nothing else is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    NATIVE_TRANSFER_SYNTAXES,
)
from fastsend.plan.conversions import Conversion, Step, coding_of, conversion
from fastsend.plan.reasons import no_route_reason, not_proposed_reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastsend.model.proposal import (
        AcceptedContext,
        InstanceKind,
        PresentationContext,
        Proposal,
        RefusedContext,
    )
    from fastsend.plan.policy import Policy

_J = "1.2.840.10008.1.2.4."
_RLE = "1.2.840.10008.1.2.5"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
_ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"

_FASTEST_FIRST = (
    *(_DEFLATED, _ENCAPSULATED_UNCOMPRESSED, _RLE, _J + "70", _J + "57", _J + "201", _J + "202"),
    *(_J + "80", _DEFLATED_FRAMES, _J + "90", _J + "92", _J + "110"),
)
"""Syntaxes without loss by what encoding costs, deflating first: it leaves pixels alone."""
_ORDER_OF_STORESCU = {
    EXPLICIT_VR_LITTLE_ENDIAN: 1,
    EXPLICIT_VR_BIG_ENDIAN: 1,
    IMPLICIT_VR_LITTLE_ENDIAN: 2,
}
"""Of those that are not the file's own; among equals the first context is taken."""
_SMALLEST_FIRST = (
    *(_J + "110", _J + "90", _J + "92", _J + "80", _J + "201", _J + "202", _J + "57", _J + "70"),
    *(_DEFLATED, _DEFLATED_FRAMES, _RLE, _ENCAPSULATED_UNCOMPRESSED),
)
"""The same by what becomes of medical images, usually."""


class Route(NamedTuple):
    """A way for the instances of one kind."""

    context_id: int
    transfer_syntax_uid: str
    """The syntax on the wire."""
    conversion: Conversion
    lossy: bool = False
    """True where the way itself loses information, and instances become new ones by it."""
    pixels: bool = True
    """False where only instances without Pixel Data can go this way: nothing decodes or encodes."""


Routes = tuple[Route, ...]
"""The best first; the others are for instances that a conversion cannot be done for."""


class NoRoute(NamedTuple):
    """The instances of one kind cannot be sent on this association."""

    reason: str
    """Why, and what can be done, in words for the user."""


def plan_routes(
    kinds: Sequence[InstanceKind],
    proposal: Proposal,
    policy: Policy,
    accepted: Sequence[AcceptedContext],
    refused: Sequence[RefusedContext] = (),
) -> dict[int, Routes | NoRoute]:
    """Return the routes of each kind in the run of a proposal.

    Parameters
    ----------
    kinds : sequence of InstanceKind
        What instances can be.
    proposal : Proposal
        What was proposed for the run.
    policy : Policy
        What may and can be done.
    accepted, refused : sequence of AcceptedContext, sequence of RefusedContext
        What the peer answered. Contexts that were not proposed, or were accepted with a transfer
        syntax that was not proposed in them, are not used.

    Returns
    -------
    dict of int to tuple of Route, or NoRoute
        By index of `kinds`. There is at least one route in a tuple, at most one for each transfer
        syntax, and none behind the one that leaves the transfer syntax as it is.
    """
    proposed = {context.context_id: context for context in proposal.contexts}
    usable = usable_contexts(proposal, accepted)
    routes: dict[int, Routes | NoRoute] = {}
    for index, own_context_ids in proposal.context_ids.items():
        kind = kinds[index]
        of_class = usable.get(kind.sop_class_uid, [])
        if policy.compat == "dcmsend":  # which tries no other context
            of_class = [context for context in of_class if context.context_id in own_context_ids]
        routes[index] = _routes(kind, own_context_ids, of_class, policy) or NoRoute(
            no_route_reason(kind, own_context_ids, proposed, accepted, refused, policy)
        )
    for index in proposal.rejected_kinds:
        routes[index] = NoRoute(not_proposed_reason(kinds[index], policy))
    return routes


def usable_contexts(
    proposal: Proposal, accepted: Sequence[AcceptedContext]
) -> dict[str, list[AcceptedContext]]:
    """Return the contexts that were accepted as they were proposed, by their SOP class."""
    proposed = {context.context_id: context for context in proposal.contexts}
    usable: dict[str, list[AcceptedContext]] = {}
    for context in accepted:
        if _answers(context, proposed):
            usable.setdefault(context.abstract_syntax, []).append(context)
    return usable


def _answers(context: AcceptedContext, proposed: Mapping[int, PresentationContext]) -> bool:
    """Return True where the peer accepted what was proposed, and nothing else."""
    request = proposed.get(context.context_id)
    return (
        request is not None
        and context.abstract_syntax == request.abstract_syntax
        and context.transfer_syntax_uid in request.transfer_syntaxes
    )


def _routes(
    kind: InstanceKind,
    own_context_ids: Sequence[int],
    of_class: Sequence[AcceptedContext],
    policy: Policy,
) -> Routes:
    stored = kind.transfer_syntax_uid
    possible = []
    for context in of_class:
        sent = context.transfer_syntax_uid
        step = conversion(stored, sent, policy)
        if isinstance(step, Step):
            # The instance's own context of several that are as good, and else the first.
            place = (context.context_id not in own_context_ids, context.context_id)
            route = Route(context.context_id, sent, step.conversion, step.lossy)
            possible.append(
                (_tier(stored, route, policy), _order(stored, sent, policy), place, route)
            )
    best: dict[str, Route] = {}
    for *_, route in sorted(possible):
        best.setdefault(route.transfer_syntax_uid, route)
        if route.transfer_syntax_uid == stored:
            break
    return tuple(best.values())


def _tier(stored: str, route: Route, policy: Policy) -> int:
    """Return how soon a route is taken by what the user asked for; the least first."""
    sent = route.transfer_syntax_uid
    if route.lossy and (policy.prefer == "fast" or coding_of(stored) == "lossy"):
        return 9
    if policy.prefer == "fast":
        return 0
    compressed = sent not in NATIVE_TRANSFER_SYNTAXES
    small = policy.prefer == "small" and compressed
    if stored in NATIVE_TRANSFER_SYNTAXES and compressed:
        if sent == policy.proposed:
            return 0
        if small:
            return 1
    if sent == stored:
        return 2
    if sent == policy.proposed:
        return 3
    return 4 if small else 5


def _order(stored: str, sent: str, policy: Policy) -> int:
    """Return the place of a syntax among those of its tier: by CPU, or else by bytes."""
    if sent == stored:
        return 0
    if policy.profile is not None and policy.prefer is None:
        return _ORDER_OF_STORESCU.get(sent, 3)
    if sent in NATIVE_TRANSFER_SYNTAXES:
        swapped = (stored == EXPLICIT_VR_BIG_ENDIAN) != (sent == EXPLICIT_VR_BIG_ENDIAN)
        return 2 if swapped else 1
    ordered = _SMALLEST_FIRST if policy.prefer == "small" else _FASTEST_FIRST
    return 3 + (ordered.index(sent) if sent in ordered else len(ordered))
