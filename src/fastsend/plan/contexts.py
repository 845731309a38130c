"""Presentation contexts for a list of instances, built as DCMTK's dcmsend builds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.model.proposal import PresentationContext, Proposal
from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    TRANSFER_SYNTAXES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastsend.model.proposal import InstanceKind

MAX_CONTEXTS = 128
"""Presentation context IDs are the odd numbers from 1 to 255 (PS3.8 9.3.2.2)."""

NATIVE_TRANSFER_SYNTAXES = (
    EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
"""In the order in which dcmsend proposes them."""


def proposed_transfer_syntaxes(
    transfer_syntax_uid: str, *, illegal_proposals: bool
) -> tuple[str, ...] | None:
    """Return the transfer syntaxes of the context for instances of one transfer syntax.

    As dcmsend has it, with the native syntaxes added where its decoders reach them without loss.
    Two syntaxes are treated differently, because dcmsend proposes the native ones without them,
    and such files could never be sent unchanged: JPIP Referenced is proposed alone here, and the
    private syntax of GE with big endian Pixel Data comes before the native ones.

    Parameters
    ----------
    transfer_syntax_uid : str
        The transfer syntax of the file, standard, private or unknown.
    illegal_proposals : bool
        False where a context without the default transfer syntax must not be proposed for
        instances that are not lossy (PS3.5 10.1).

    Returns
    -------
    tuple of str or None
        The syntaxes in order; None where nothing can be proposed without breaking the rule.
    """
    own = (transfer_syntax_uid,)
    syntax = TRANSFER_SYNTAXES.get(transfer_syntax_uid)
    if syntax is None:
        return own
    match syntax.coding:
        case "native":
            return NATIVE_TRANSFER_SYNTAXES
        case "lossless" | "deflated" | "big_endian_pixels":
            if syntax.decodable:
                return own + NATIVE_TRANSFER_SYNTAXES
            return own if illegal_proposals else None
        case "encapsulated_uncompressed":
            return own if illegal_proposals else (*own, IMPLICIT_VR_LITTLE_ENDIAN)
        case _:
            return own


def propose(
    kinds: Sequence[InstanceKind],
    column: Sequence[int],
    *,
    illegal_proposals: bool = True,
    first: int = 0,
) -> Proposal:
    """Return the contexts of the next association and the run of instances that it carries.

    Instances of one SOP class share a context where their transfer syntaxes are the same or both
    native. As with dcmsend, the run ends with the instance that fills the last context, even
    where the next one would fit into a context that is there.

    Parameters
    ----------
    kinds : sequence of InstanceKind
        What instances can be.
    column : sequence of int
        The kind of each instance, as an index of `kinds`, in the order in which they are sent.
    illegal_proposals : bool
        False for ``-nip``; see `proposed_transfer_syntaxes`.
    first : int
        The position in `column` where the run starts.

    Returns
    -------
    Proposal
        Without any context where every instance that is left is of a rejected kind.
    """
    contexts: list[PresentationContext] = []
    context_ids: dict[int, int] = {}
    rejected: set[int] = set()
    shared: dict[tuple[str, tuple[str, ...]], int] = {}
    seen: set[int] = set()
    end = len(column)
    # Slices of a memoryview are not copies, and almost every turn ends at its first test.
    for position, index in enumerate(column[first:], first):
        if index in seen:
            continue
        seen.add(index)
        abstract_syntax, own = kinds[index]
        syntaxes = proposed_transfer_syntaxes(own, illegal_proposals=illegal_proposals)
        if syntaxes is None:
            rejected.add(index)
            continue
        # Other than the native ones, no two transfer syntaxes have the same list.
        context_id = shared.setdefault((abstract_syntax, syntaxes), 2 * len(contexts) + 1)
        context_ids[index] = context_id
        if context_id > 2 * len(contexts):
            contexts.append(PresentationContext(context_id, abstract_syntax, syntaxes))
            if len(contexts) == MAX_CONTEXTS:
                end = position + 1
                break
    return Proposal(tuple(contexts), first, end, context_ids, frozenset(rejected))


def propose_all(
    kinds: Sequence[InstanceKind],
    column: Sequence[int],
    *,
    illegal_proposals: bool = True,
    multiple_associations: bool = True,
) -> Iterator[Proposal]:
    """Yield the proposals of all associations, each for the run after the one before.

    Parameters
    ----------
    kinds, column, illegal_proposals
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
        proposal = propose(kinds, column, illegal_proposals=illegal_proposals, first=first)
        yield proposal
        if not multiple_associations:
            return
        first = proposal.end
