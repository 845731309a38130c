"""Why instances cannot be sent on an association, in words for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.model.transfer_syntax import NATIVE_TRANSFER_SYNTAXES, transfer_syntax_name
from fastsend.plan.conversions import Obstacle, conversion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fastsend.model.proposal import (
        AcceptedContext,
        InstanceKind,
        PresentationContext,
        RefusedContext,
    )
    from fastsend.plan.policy import Policy

_RESULT_TEXT = {
    1: "user rejection",
    2: "no reason (provider rejection)",
    3: "abstract syntax not supported",
    4: "transfer syntaxes not supported",
}
"""The Result/Reason of a refused presentation context (PS3.8 Table 9-18)."""


def no_route_reason(
    kind: InstanceKind,
    own_context_ids: Sequence[int],
    proposed: Mapping[int, PresentationContext],
    accepted: Sequence[AcceptedContext],
    refused: Sequence[RefusedContext],
    policy: Policy,
) -> str:
    """Say what was offered for a kind, what the peer made of it, and what is missing."""
    name = transfer_syntax_name(kind.transfer_syntax_uid)
    chosen = {context.context_id: context.transfer_syntax_uid for context in accepted}
    results = {context.context_id: context.result for context in refused}
    answers = ", ".join(
        f"{'' if number else 'context '}{context_id} ({_proposed_text(proposed[context_id])}): "
        f"{_answer_text(proposed[context_id], chosen.get(context_id), results.get(context_id, 0))}"
        for number, context_id in enumerate(own_context_ids)
    )
    taken = {
        chosen[context.context_id]: context
        for context in proposed.values()
        if context.abstract_syntax == kind.sop_class_uid and context.context_id in chosen
    }
    own_step = conversion(kind.transfer_syntax_uid, kind.transfer_syntax_uid, policy)
    if kind.transfer_syntax_uid in taken and isinstance(own_step, Obstacle):
        return f"{own_step.missing}; leave out +II, +IR, +IS and +IP, or send it in another syntax"
    if taken:
        missing = _missing(kind.transfer_syntax_uid, taken, policy)
        return (
            f"the peer takes SOP class {kind.sop_class_uid} as "
            f"{_and(transfer_syntax_name(uid) for uid in taken)}, not as {name} ({answers}); "
            f"{missing}{_advice(kind, own_context_ids, proposed, policy)}"
        )
    own_results = {results.get(context_id, 0) for context_id in own_context_ids}
    if 3 in own_results:
        cause = f"the peer does not support SOP class {kind.sop_class_uid}"
        advice = "let it accept this SOP class, or send to another peer"
    elif own_results == {4} and policy.profile is not None:
        cause = (
            f"the peer supports none of the transfer syntaxes for SOP class {kind.sop_class_uid}"
        )
        advice = f"let it accept one of them, or add others to the profile {policy.profile.name}"
    elif own_results == {4}:
        cause = f"the peer does not support {name} for SOP class {kind.sop_class_uid}"
        advice = f"let it accept {name}, or propose what it accepts (-x...)"
    else:
        cause = f"the peer refused SOP class {kind.sop_class_uid}"
        advice = "ask its administrator whether this AE title may store this SOP class"
    return f"{cause} ({answers}); {advice}"


def not_proposed_reason(kind: InstanceKind, policy: Policy) -> str:
    """Say why a profile or ``-nip`` left a kind out."""
    if policy.profile is not None:
        return (
            f"the profile {policy.profile.name} (-xf) proposes no presentation context for SOP "
            f"class {kind.sop_class_uid}; add one to it, or leave out -xf"
        )
    own = transfer_syntax_name(kind.transfer_syntax_uid)
    missing = conversion(kind.transfer_syntax_uid, NATIVE_TRANSFER_SYNTAXES[-1], policy)
    why = f"{missing.missing}; " if isinstance(missing, Obstacle) else ""
    return (
        f"{own} could only be proposed without the default transfer syntax, which -nip forbids; "
        f"{why}leave out -nip"
    )


def _advice(
    kind: InstanceKind,
    own_context_ids: Sequence[int],
    proposed: Mapping[int, PresentationContext],
    policy: Policy,
) -> str:
    """Say what would let instances go as they are stored."""
    stored = kind.transfer_syntax_uid
    name = transfer_syntax_name(stored)
    offered = any(stored in proposed[number].transfer_syntaxes for number in own_context_ids)
    if policy.profile is not None and not offered:
        return f"add {name} to the profile {policy.profile.name} (-xf)"
    return f"let it accept {name} where it is proposed"


def _missing(stored: str, taken: Mapping[str, PresentationContext], policy: Policy) -> str:
    """Say why none of the accepted syntaxes will do."""
    missing: dict[str, None] = {}
    for sent, context in taken.items():
        step = conversion(stored, sent, policy)
        if sent in context.transfer_syntaxes and isinstance(step, Obstacle):
            missing[step.missing] = None
    return "".join(f"{text}; " for text in missing)


def _and(names: Iterable[str]) -> str:
    *head, last = names
    return f"{', '.join(head)} and {last}" if head else last


def _proposed_text(context: PresentationContext) -> str:
    """Name what a context proposes, short enough to be read."""
    first, *others = context.transfer_syntaxes
    if others and set(context.transfer_syntaxes) <= set(NATIVE_TRANSFER_SYNTAXES):
        return "uncompressed"
    return transfer_syntax_name(first) + (" or uncompressed" if others else "")


def _answer_text(context: PresentationContext, chosen: str | None, result: int) -> str:
    """Say how the peer answered, and whether it was free to do so."""
    if chosen is None:
        return _RESULT_TEXT.get(result, "no answer")
    name = transfer_syntax_name(chosen)
    if chosen in context.transfer_syntaxes:
        return f"accepted as {name}"
    return f"accepted as {name}, which was not proposed"
