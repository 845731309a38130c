"""Presentation contexts as storescu proposes and chooses them (``--compat storescu``).

It looks at no file first, unless it is told to (``-R``): it proposes a list of SOP classes, each
with the transfer syntax that was asked for and with the native ones. What a file is encoded in is
only looked at when its context is chosen, and Pixel Data is neither decoded nor encoded for it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from fastsend.errors import PresentationContextError
from fastsend.late_import import LATE_IMPORT
from fastsend.model.proposal import PresentationContext, Proposal
from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    NATIVE_TRANSFER_SYNTAXES,
    transfer_syntax_name,
)
from fastsend.plan.conversions import Step, coding_of, conversion
from fastsend.plan.routes import NoRoute, Route, usable_contexts
from fastsend.plan.storescu_classes import DEFAULT_SOP_CLASSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastsend.model.proposal import AcceptedContext, InstanceKind
    from fastsend.plan.policy import Policy
    from fastsend.plan.routes import Routes

MAX_CONTEXTS = 128
DEFLATED = "1.2.840.10008.1.2.1.99"

_EXPLICIT = (EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN)


def propose_as_storescu(
    kinds: Sequence[InstanceKind], column: Sequence[int], policy: Policy
) -> Proposal:
    """Return the contexts of the one association, which carries all instances.

    Parameters
    ----------
    kinds : sequence of InstanceKind
        What instances can be.
    column : sequence of int
        The kind of each instance, as an index of `kinds`, in the order in which they are sent.
    policy : Policy
        `profile` decides, or else `proposed`, `combine` and `required`.

    Raises
    ------
    PresentationContextError
        Where there are more than 128 contexts, or none.
    """
    present = dict.fromkeys(column)
    if policy.profile is None:
        contexts = _contexts([kinds[index].sop_class_uid for index in present], policy)
    else:
        contexts = policy.profile.contexts
    of_class: dict[str, tuple[int, ...]] = {}
    for context in contexts:
        before = of_class.get(context.abstract_syntax, ())
        of_class[context.abstract_syntax] = (*before, context.context_id)
    context_ids = {index: of_class.get(kinds[index].sop_class_uid, ()) for index in present}
    return Proposal(contexts, 0, len(column), context_ids, frozenset())


def _contexts(present: Sequence[str], policy: Policy) -> tuple[PresentationContext, ...]:
    classes = dict.fromkeys(present) if policy.required else DEFAULT_SOP_CLASSES
    wanted = [(uid, syntaxes) for uid in classes for syntaxes in _transfer_syntaxes(policy)]
    if len(wanted) > MAX_CONTEXTS:
        raise PresentationContextError("Too many presentation contexts")
    if not wanted:
        raise PresentationContextError("missing presentation contexts: there is no file to send")
    return tuple(PresentationContext(2 * number + 1, *one) for number, one in enumerate(wanted))


def _transfer_syntaxes(policy: Policy) -> tuple[tuple[str, ...], ...]:
    """Return the transfer syntaxes of each context of a SOP class."""
    local = EXPLICIT_VR_LITTLE_ENDIAN if sys.byteorder == "little" else EXPLICIT_VR_BIG_ENDIAN
    preferred = policy.proposed or local
    # The default transfer syntax needs no others beside it; video cannot become native.
    if preferred == IMPLICIT_VR_LITTLE_ENDIAN or coding_of(preferred) == "video":
        return ((preferred,),)
    others = tuple(uid for uid in NATIVE_TRANSFER_SYNTAXES if uid != preferred)
    return ((preferred, *others),) if policy.combine else ((preferred,), others)


def routes_as_storescu(
    kinds: Sequence[InstanceKind],
    proposal: Proposal,
    policy: Policy,
    accepted: Sequence[AcceptedContext],
) -> dict[int, Routes | NoRoute]:
    """Return the one route of each kind, or why there is none.

    The parameters are those of `fastsend.plan.routes.plan_routes`.
    """
    usable = usable_contexts(proposal, accepted)
    routes: dict[int, Routes | NoRoute] = {}
    for index in proposal.context_ids:
        kind = kinds[index]
        context = _choose(kind, usable.get(kind.sop_class_uid, []), policy)
        if context is None:
            routes[index] = NoRoute(
                f"No presentation context for: ({_name(kind.sop_class_uid)}) {kind.sop_class_uid}"
            )
        else:
            routes[index] = _route(kind.transfer_syntax_uid, context, policy)
    return routes


def _name(sop_class_uid: str) -> str:
    with LATE_IMPORT:
        from pydicom import config
        from pydicom.uid import UID

    name = UID(sop_class_uid, config.IGNORE).name
    return "unknown SOP class" if name == sop_class_uid else name


def _choose(
    kind: InstanceKind, of_class: Sequence[AcceptedContext], policy: Policy
) -> AcceptedContext | None:
    """Return the context that carries a kind: the first of the best transfer syntax.

    The file's own is best; then come both explicit native ones, the implicit one, and any other.
    """
    own = kind.transfer_syntax_uid
    if policy.proposed == DEFLATED and own in NATIVE_TRANSFER_SYNTAXES:
        own = DEFLATED
    for wanted in ((own,), _EXPLICIT, (IMPLICIT_VR_LITTLE_ENDIAN,)):
        for context in of_class:
            if context.transfer_syntax_uid in wanted:
                return context
    return of_class[0] if of_class else None


def _route(stored: str, context: AcceptedContext, policy: Policy) -> Routes | NoRoute:
    sent = context.transfer_syntax_uid
    step = conversion(stored, sent, policy)
    if isinstance(step, Step):
        return (Route(context.context_id, sent, step.conversion),)
    if "other" in (coding_of(stored), coding_of(sent)):
        return NoRoute(
            f"unable to convert dataset from {transfer_syntax_name(stored)} to "
            f"{transfer_syntax_name(sent)}"
        )
    # Instances without Pixel Data, such as reports, may have any transfer syntax.
    return (Route(context.context_id, sent, "convert", pixels=False),)
