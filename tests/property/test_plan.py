"""The contexts of any list of instances, against the slow walk that dcmsend does."""

from __future__ import annotations

from array import array
from itertools import pairwise
from random import Random
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from fastsend.model.proposal import AcceptedContext, InstanceKind, Proposal
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES
from fastsend.plan.contexts import (
    propose,
    propose_all,
    proposed_transfer_syntaxes,
)
from fastsend.plan.routes import NoRoute, plan_routes

NATIVE = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2")

ALL_KINDS = [
    InstanceKind(f"1.2.840.10008.5.1.4.1.1.{number}", uid)
    for number in range(12)
    for uid in [*TRANSFER_SYNTAXES, "1.2.3.4", "1.2.3.5"]
]


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[InstanceKind], memoryview[int]]:
    """Kinds and a column: runs of one kind, mixtures, and more kinds than contexts."""
    random = Random(draw(st.integers(0, 2**32)))
    kinds = random.sample(ALL_KINDS, draw(st.sampled_from((400, 700, 150, 6, 1))))
    chosen = random.sample(range(len(kinds)), random.randint(len(kinds) // 2 or 1, len(kinds)))
    column = random.choices(chosen, k=draw(st.sampled_from((900, 300, 30, 1, 0))))
    if draw(st.booleans()):
        column.sort()
    return kinds, memoryview(array("H", column))


class Entry(NamedTuple):
    kind: InstanceKind
    context_id: int


def walk(
    kinds: list[InstanceKind], column: memoryview[int], first: int, illegal_proposals: bool
) -> tuple[list[tuple[str, tuple[str, ...]]], list[Entry]]:
    """Look back from each instance for one of the same sort, as dcmsend does."""
    contexts: list[tuple[str, tuple[str, ...]]] = []
    entries: list[Entry] = []
    for index in column[first:]:
        if len(contexts) == 128:
            break
        kind = kinds[index]
        context_id = 0
        for earlier in reversed(entries):
            same = earlier.kind.transfer_syntax_uid == kind.transfer_syntax_uid
            both_native = {earlier.kind.transfer_syntax_uid, kind.transfer_syntax_uid} <= set(
                NATIVE
            )
            if (
                earlier.kind.sop_class_uid == kind.sop_class_uid
                and (same or both_native)
                and earlier.context_id
            ):
                context_id = earlier.context_id
                break
        if not context_id:
            proposed = proposed_transfer_syntaxes(
                kind.transfer_syntax_uid, illegal_proposals=illegal_proposals
            )
            if proposed is not None:
                contexts.append((kind.sop_class_uid, proposed))
                context_id = 2 * len(contexts) - 1
        entries.append(Entry(kind, context_id))
    return contexts, entries


@given(lists(), st.booleans())
def test_contexts_are_those_of_the_walk(
    case: tuple[list[InstanceKind], memoryview[int]], illegal_proposals: bool
) -> None:
    kinds, column = case
    for proposal in propose_all(kinds, column, illegal_proposals=illegal_proposals):
        contexts, entries = walk(kinds, column, proposal.first, illegal_proposals)
        assert [
            (one.abstract_syntax, one.transfer_syntaxes) for one in proposal.contexts
        ] == contexts
        assert proposal.end - proposal.first == len(entries)
        for index, entry in zip(column[proposal.first : proposal.end], entries, strict=True):
            assert proposal.context_ids.get(index, 0) == entry.context_id
            assert (index in proposal.rejected_kinds) == (entry.context_id == 0)


@given(lists(), st.booleans())
def test_runs_cover_the_list_and_contexts_cover_the_runs(
    case: tuple[list[InstanceKind], memoryview[int]], illegal_proposals: bool
) -> None:
    kinds, column = case
    proposals = list(propose_all(kinds, column, illegal_proposals=illegal_proposals))
    if proposals:
        assert (proposals[0].first, proposals[-1].end) == (0, len(column))
    assert all(one.end == other.first for one, other in pairwise(proposals))
    for proposal in proposals:
        check_proposal(kinds, column, proposal)
        assert not (illegal_proposals and proposal.rejected_kinds)


def check_proposal(kinds: list[InstanceKind], column: memoryview[int], proposal: Proposal) -> None:
    assert proposal.first < proposal.end
    ids = [context.context_id for context in proposal.contexts]
    assert ids == list(range(1, 2 * len(ids), 2))
    assert len(ids) <= 128
    by_id = {context.context_id: context for context in proposal.contexts}
    seen = set(column[proposal.first : proposal.end])
    assert seen == set(proposal.context_ids) | proposal.rejected_kinds
    assert set(proposal.context_ids).isdisjoint(proposal.rejected_kinds)
    for index, context_id in proposal.context_ids.items():
        context = by_id[context_id]
        assert context.abstract_syntax == kinds[index].sop_class_uid
        assert kinds[index].transfer_syntax_uid in context.transfer_syntaxes
        assert len(set(context.transfer_syntaxes)) == len(context.transfer_syntaxes)


@given(lists())
def test_single_association_is_the_first_of_many(
    case: tuple[list[InstanceKind], memoryview[int]],
) -> None:
    kinds, column = case
    many = list(propose_all(kinds, column))
    assert list(propose_all(kinds, column, multiple_associations=False)) == many[:1]


@given(lists(), st.data())
def test_routes_carry_the_own_syntax_of_the_own_class(
    case: tuple[list[InstanceKind], memoryview[int]], data: st.DataObject
) -> None:
    kinds, column = case
    proposal = propose(kinds, column)
    accepted = [
        AcceptedContext(one.context_id, one.abstract_syntax, uid)
        for one in proposal.contexts
        if (uid := data.draw(st.sampled_from([*one.transfer_syntaxes, ""])))
    ]
    chosen = {one.context_id: one for one in accepted}
    routes = plan_routes(kinds, proposal, accepted)
    assert set(routes) == set(proposal.context_ids)
    for index, route in routes.items():
        kind = kinds[index]
        possible = [
            one for one in accepted if (one.abstract_syntax, one.transfer_syntax_uid) == tuple(kind)
        ]
        native = [
            one
            for one in accepted
            if one.abstract_syntax == kind.sop_class_uid and one.transfer_syntax_uid in NATIVE
        ]
        re_encodable = kind.transfer_syntax_uid in NATIVE and native
        if isinstance(route, NoRoute):
            assert not possible
            assert not re_encodable
            assert kind.sop_class_uid in route.reason
            continue
        if route.conversion == "re_encode":
            assert not possible
            assert re_encodable
            assert chosen[route.context_id] in native
            assert route.transfer_syntax_uid == chosen[route.context_id].transfer_syntax_uid
            continue
        assert chosen[route.context_id] in possible
        own = chosen.get(proposal.context_ids[index])
        assert route.context_id == (own if own in possible else possible[0]).context_id
