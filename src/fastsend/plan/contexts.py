"""Presentation contexts for a list of instances: dcmsend's, and storescu's for a proposal.

Without a proposal (``-x...``) the contexts are those of dcmsend: one for each kind of instance,
with its own transfer syntax and, where the instance can be converted to them, the native ones.

With a proposal each SOP class gets the contexts of storescu: one with the proposed syntax alone and
one with the native ones, or both in one (``+C``). Instances of other syntaxes get one more, with
their own: unlike storescu, fastsend sends no file in another syntax for want of a proposal. Each
class is then proposed with the default transfer syntax, so that ``-nip`` leaves nothing out.

With a profile (``-xf``) its contexts are proposed and no others, as with storescu.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.model.proposal import PresentationContext, Proposal
from fastsend.model.transfer_syntax import (
    IMPLICIT_VR_LITTLE_ENDIAN,
    NATIVE_TRANSFER_SYNTAXES,
    TRANSFER_SYNTAXES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastsend.model.association_profile import AssociationProfile
    from fastsend.model.proposal import InstanceKind
    from fastsend.plan.policy import Policy

MAX_CONTEXTS = 128
"""Presentation context IDs are the odd numbers from 1 to 255 (PS3.8 9.3.2.2)."""

TransferSyntaxes = tuple[str, ...]

_NEVER_CONVERTED = frozenset({"video", "jpip", "real_time", "other"})


def proposed_transfer_syntaxes(
    transfer_syntax_uid: str, policy: Policy
) -> tuple[TransferSyntaxes, ...]:
    """Return the transfer syntaxes of each context for instances of one transfer syntax.

    Two syntaxes are treated differently from dcmsend, which proposes the native ones without them,
    so that such files could never be sent unchanged: JPIP Referenced is proposed alone here, and
    the private syntax of GE with big endian Pixel Data comes before the native ones.

    Parameters
    ----------
    transfer_syntax_uid : str
        The transfer syntax of the file, standard, private or unknown.
    policy : Policy
        What is proposed beside it, and what can be decompressed.

    Returns
    -------
    tuple of tuple of str
        Empty where nothing can be proposed without breaking the rule of ``-nip``: no context
        without the default transfer syntax for instances that are not lossy (PS3.5 10.1).
    """
    proposed = policy.proposed
    if proposed is None:
        return _contexts_of_dcmsend(transfer_syntax_uid, policy)
    syntax = TRANSFER_SYNTAXES.get(proposed)
    if syntax is not None and syntax.coding in _NEVER_CONVERTED:
        # As with storescu there is nothing to fall back on: other instances get what is theirs.
        if transfer_syntax_uid == proposed:
            return ((proposed,),)
        own = _contexts_of_dcmsend(transfer_syntax_uid, policy)
        return ((proposed,), *own) if own else ()
    contexts = _contexts_of_storescu(proposed, combine=policy.combine)
    if transfer_syntax_uid in (proposed, *NATIVE_TRANSFER_SYNTAXES):
        return contexts
    return (*contexts, (transfer_syntax_uid,))


def _contexts_of_storescu(proposed: str, *, combine: bool) -> tuple[TransferSyntaxes, ...]:
    """Return the contexts that each SOP class gets; one of them has the default syntax."""
    if proposed == IMPLICIT_VR_LITTLE_ENDIAN:
        return ((proposed,),)
    others = tuple(uid for uid in NATIVE_TRANSFER_SYNTAXES if uid != proposed)
    return ((proposed, *others),) if combine else ((proposed,), others)


def _contexts_of_dcmsend(transfer_syntax_uid: str, policy: Policy) -> tuple[TransferSyntaxes, ...]:
    own = (transfer_syntax_uid,)
    with_native = (own + NATIVE_TRANSFER_SYNTAXES,)
    syntax = TRANSFER_SYNTAXES.get(transfer_syntax_uid)
    if syntax is None:
        return (own,)
    decodable = transfer_syntax_uid in policy.decodable
    match syntax.coding:
        case "native":
            return (NATIVE_TRANSFER_SYNTAXES,)
        case "lossy":
            return with_native if decodable and policy.decompress == "lossy" else (own,)
        case "big_endian_pixels" if decodable:
            return with_native
        case "deflated" if policy.decompress != "never":
            return with_native
        case "lossless" | "encapsulated_uncompressed" if decodable and policy.decompress != "never":
            return with_native
        case "encapsulated_uncompressed" if not policy.illegal_proposals:
            return ((*own, IMPLICIT_VR_LITTLE_ENDIAN),)
        case "lossless" | "deflated" | "big_endian_pixels" if not policy.illegal_proposals:
            return ()
        case _:
            return (own,)


def propose(
    kinds: Sequence[InstanceKind],
    column: Sequence[int],
    policy: Policy,
    *,
    first: int = 0,
) -> Proposal:
    """Return the contexts of the next association and the run of instances that it carries.

    Instances of one SOP class share a context where their transfer syntaxes are the same or both
    native. As with dcmsend, the run ends with the instance that fills the last context, even
    where the next one would fit into a context that is there; it ends before an instance that
    needs more contexts than are left.

    Parameters
    ----------
    kinds : sequence of InstanceKind
        What instances can be.
    column : sequence of int
        The kind of each instance, as an index of `kinds`, in the order in which they are sent.
    policy : Policy
        See `proposed_transfer_syntaxes`.
    first : int
        The position in `column` where the run starts.

    Returns
    -------
    Proposal
        Without any context where every instance that is left is of a rejected kind.
    """
    if policy.profile is not None:
        return _propose_profile(kinds, column, policy.profile, first)
    context_ids: dict[int, tuple[int, ...]] = {}
    rejected: set[int] = set()
    shared: dict[tuple[str, TransferSyntaxes], int] = {}
    seen: set[int] = set()
    end = len(column)
    # Slices of a memoryview are not copies, and almost every turn ends at its first test.
    for position, index in enumerate(column[first:], first):
        if index in seen:
            continue
        abstract_syntax, own = kinds[index]
        proposed = proposed_transfer_syntaxes(own, policy)
        wanted = [(abstract_syntax, syntaxes) for syntaxes in proposed]
        if len(shared) + sum(one not in shared for one in wanted) > MAX_CONTEXTS:
            end = position
            break
        seen.add(index)
        if not wanted:
            rejected.add(index)
            continue
        context_ids[index] = tuple(shared.setdefault(one, 2 * len(shared) + 1) for one in wanted)
        if len(shared) == MAX_CONTEXTS:
            end = position + 1
            break
    contexts = tuple(PresentationContext(id_, *context) for context, id_ in shared.items())
    return Proposal(contexts, first, end, context_ids, frozenset(rejected))


def _propose_profile(
    kinds: Sequence[InstanceKind], column: Sequence[int], profile: AssociationProfile, first: int
) -> Proposal:
    """Return a profile's contexts, which are the same whatever the files are."""
    of_class: dict[str, tuple[int, ...]] = {}
    for context in profile.contexts:
        ids = of_class.get(context.abstract_syntax, ())
        of_class[context.abstract_syntax] = (*ids, context.context_id)
    found = {index: of_class.get(kind.sop_class_uid) for index, kind in enumerate(kinds)}
    return Proposal(
        profile.contexts,
        first,
        len(column),
        {index: ids for index, ids in found.items() if ids},
        frozenset(index for index, ids in found.items() if not ids),
    )


def propose_all(
    kinds: Sequence[InstanceKind],
    column: Sequence[int],
    policy: Policy,
    *,
    multiple_associations: bool = True,
) -> Iterator[Proposal]:
    """Yield the proposals of all associations, each for the run after the one before.

    Parameters
    ----------
    kinds, column, policy
        As for `propose`.
    multiple_associations : bool
        False for ``-ma``: there is one association at most, and the instances from the `end` of
        its proposal on are not sent.

    Yields
    ------
    Proposal
        Together their runs cover `column` without a gap, unless a single association is too small
        for it.
    """
    first = 0
    while first < len(column):
        proposal = propose(kinds, column, policy, first=first)
        yield proposal
        if not multiple_associations:
            return
        first = proposal.end
