"""Contexts and routes of any list of instances, for any answer of the peer and any options."""

from __future__ import annotations

from array import array
from itertools import pairwise
from random import Random
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from fastsend.model.pixels import Quality
from fastsend.model.proposal import AcceptedContext, InstanceKind, Proposal
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES
from fastsend.plan.contexts import (
    propose,
    propose_all,
    proposed_transfer_syntaxes,
)
from fastsend.plan.policy import Policy
from fastsend.plan.routes import NoRoute, plan_routes

J = "1.2.840.10008.1.2.4."
JPIP = {J + "94", J + "95", J + "204", J + "205"}
NATIVE = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2")

ALL_KINDS = [
    InstanceKind(f"1.2.840.10008.5.1.4.1.1.{number}", uid)
    for number in range(12)
    for uid in [*TRANSFER_SYNTAXES, "1.2.3.4", "1.2.3.5"]
]


@st.composite
def lists(
    draw: st.DrawFn, sizes: tuple[int, ...] = (400, 700, 150, 6, 1)
) -> tuple[list[InstanceKind], memoryview[int]]:
    """Kinds and a column: runs of one kind, mixtures, and more kinds than contexts."""
    random = Random(draw(st.integers(0, 2**32)))
    kinds = random.sample(ALL_KINDS, draw(st.sampled_from(sizes)))
    chosen = random.sample(range(len(kinds)), random.randint(len(kinds) // 2 or 1, len(kinds)))
    column = random.choices(chosen, k=draw(st.sampled_from((900, 300, 30, 1, 0))))
    if draw(st.booleans()):
        column.sort()
    return kinds, memoryview(array("H", column))


UIDS = sorted(TRANSFER_SYNTAXES)


@st.composite
def policies(draw: st.DrawFn, *, proposals: bool = True) -> Policy:
    proposable = st.sampled_from([uid for uid in UIDS if uid not in JPIP])
    random = Random(draw(st.integers(0, 2**32)))
    some = [frozenset(uid for uid in UIDS if random.random() < 0.6) for _ in range(2)]
    return Policy(
        decompress=draw(st.sampled_from(("never", "lossless", "lossy"))),
        proposed=draw(st.none() | proposable) if proposals else None,
        combine=draw(st.booleans()),
        illegal_proposals=draw(st.booleans()),
        prefer=draw(st.sampled_from((None, "small", "fast"))),
        new_vr=draw(st.booleans()),
        quality=Quality(*(draw(st.sampled_from((None, value))) for value in (90, 2, 10.0))),
        decodable=some[0],
        encodable=some[1],
    )


class Entry(NamedTuple):
    kind: InstanceKind
    context_id: int


def walk(
    kinds: list[InstanceKind], column: memoryview[int], first: int, policy: Policy
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
            for proposed in proposed_transfer_syntaxes(kind.transfer_syntax_uid, policy):
                contexts.append((kind.sop_class_uid, proposed))
                context_id = 2 * len(contexts) - 1
        entries.append(Entry(kind, context_id))
    return contexts, entries


@given(lists(), policies(proposals=False))
def test_contexts_are_those_of_the_walk(
    case: tuple[list[InstanceKind], memoryview[int]], policy: Policy
) -> None:
    kinds, column = case
    for proposal in propose_all(kinds, column, policy):
        contexts, entries = walk(kinds, column, proposal.first, policy)
        assert [
            (one.abstract_syntax, one.transfer_syntaxes) for one in proposal.contexts
        ] == contexts
        assert proposal.end - proposal.first == len(entries)
        for index, entry in zip(column[proposal.first : proposal.end], entries, strict=True):
            assert proposal.context_ids.get(index, (0,)) == (entry.context_id,)
            assert (index in proposal.rejected_kinds) == (entry.context_id == 0)


@given(lists(), policies())
def test_runs_cover_the_list_and_contexts_cover_the_runs(
    case: tuple[list[InstanceKind], memoryview[int]], policy: Policy
) -> None:
    kinds, column = case
    proposals = list(propose_all(kinds, column, policy))
    if proposals:
        assert (proposals[0].first, proposals[-1].end) == (0, len(column))
    assert all(one.end == other.first for one, other in pairwise(proposals))
    for proposal in proposals:
        check_proposal(kinds, column, proposal, policy)
        assert not (policy.illegal_proposals and proposal.rejected_kinds)


def check_proposal(
    kinds: list[InstanceKind], column: memoryview[int], proposal: Proposal, policy: Policy
) -> None:
    assert proposal.first < proposal.end
    ids = [context.context_id for context in proposal.contexts]
    assert ids == list(range(1, 2 * len(ids), 2))
    assert len(ids) <= 128
    by_id = {context.context_id: context for context in proposal.contexts}
    seen = set(column[proposal.first : proposal.end])
    assert seen == set(proposal.context_ids) | proposal.rejected_kinds
    assert set(proposal.context_ids).isdisjoint(proposal.rejected_kinds)
    used = {one for own in proposal.context_ids.values() for one in own}
    assert used == set(ids)
    for index, own in proposal.context_ids.items():
        kind = kinds[index]
        contexts = [by_id[context_id] for context_id in own]
        assert {context.abstract_syntax for context in contexts} == {kind.sop_class_uid}
        offered = [uid for context in contexts for uid in context.transfer_syntaxes]
        only_implicit = policy.proposed == NATIVE[2] and kind.transfer_syntax_uid in NATIVE
        assert kind.transfer_syntax_uid in offered or only_implicit
        assert policy.proposed is None or policy.proposed in offered
        for context in contexts:
            assert len(set(context.transfer_syntaxes)) == len(context.transfer_syntaxes)


@given(lists(), policies())
def test_single_association_is_the_first_of_many(
    case: tuple[list[InstanceKind], memoryview[int]], policy: Policy
) -> None:
    kinds, column = case
    many = list(propose_all(kinds, column, policy))
    assert list(propose_all(kinds, column, policy, multiple_associations=False)) == many[:1]


QUALITIES = {
    **dict.fromkeys((J + "50", J + "51"), 0),
    J + "81": 1,
    **dict.fromkeys((J + "91", J + "112", J + "203"), 2),
}


def coding_of(uid: str) -> str:
    return TRANSFER_SYNTAXES[uid].coding if uid in TRANSFER_SYNTAXES else "unknown"


def decodable(uid: str, policy: Policy) -> bool:
    coding = coding_of(uid)
    if coding == "deflated":
        return policy.decompress != "never"
    allowed = {
        "native": ("never", "lossless", "lossy"),
        "big_endian_pixels": ("never", "lossless", "lossy"),
        "lossless": ("lossless", "lossy"),
        "encapsulated_uncompressed": ("lossless", "lossy"),
        "lossy": ("lossy",),
    }
    return policy.decompress in allowed.get(coding, ()) and (
        coding == "native" or uid in policy.decodable
    )


def encodable(uid: str, policy: Policy) -> bool:
    coding = coding_of(uid)
    if coding == "lossy":
        return (
            uid in policy.encodable
            and uid == policy.proposed
            and uid in QUALITIES
            and policy.quality[QUALITIES[uid]] is not None
        )
    if coding in ("lossless", "encapsulated_uncompressed"):
        return uid in policy.encodable
    return coding in ("native", "deflated")


@given(lists((60, 150, 6, 1)), policies(), st.integers(0, 2**32))
def test_routes_are_all_that_can_be_done_and_nothing_else(
    case: tuple[list[InstanceKind], memoryview[int]], policy: Policy, seed: int
) -> None:
    kinds, column = case
    peer = Random(seed)
    proposal = propose(kinds, column, policy)
    accepted = [
        AcceptedContext(one.context_id, one.abstract_syntax, uid)
        for one in proposal.contexts
        if (uid := peer.choice([*one.transfer_syntaxes, ""]))
    ]
    chosen = {one.context_id: one for one in accepted}
    routes = plan_routes(kinds, proposal, policy, accepted)
    assert set(routes) == set(proposal.context_ids) | proposal.rejected_kinds
    for index, own_routes in routes.items():
        if index in proposal.rejected_kinds:
            assert isinstance(own_routes, NoRoute)
            continue
        stored = kinds[index].transfer_syntax_uid
        taken = {
            one.transfer_syntax_uid
            for one in accepted
            if one.abstract_syntax == kinds[index].sop_class_uid
        }
        possible = {
            uid
            for uid in taken
            if uid == stored or (decodable(stored, policy) and encodable(uid, policy))
        }
        if isinstance(own_routes, NoRoute):
            assert not possible
            assert kinds[index].sop_class_uid in own_routes.reason
            continue
        sent = [route.transfer_syntax_uid for route in own_routes]
        assert len(sent) == len(set(sent))
        assert set(sent) <= possible
        assert set(sent) == possible or sent[-1] == stored
        for route in own_routes:
            context = chosen[route.context_id]
            assert context.abstract_syntax == kinds[index].sop_class_uid
            assert context.transfer_syntax_uid == route.transfer_syntax_uid
            same = {
                one.context_id
                for one in accepted
                if (one.abstract_syntax, one.transfer_syntax_uid)
                == (context.abstract_syntax, context.transfer_syntax_uid)
            }
            own = same & set(proposal.context_ids[index])
            assert route.context_id == min(own or same)
            lossy = route.transfer_syntax_uid != stored and route.transfer_syntax_uid in QUALITIES
            assert route.lossy == lossy
            if policy.new_vr:
                native = {route.transfer_syntax_uid, stored} <= set(NATIVE)
                other = "re_encode" if native else "convert"
                unchanged = route.transfer_syntax_uid == stored
                assert route.conversion == ("as_stored" if unchanged else other)
        if policy.prefer == "fast" and stored in possible:
            assert sent == [stored]
        if policy.proposed is None and policy.prefer is None and stored in possible:
            assert sent == [stored]
        if stored in NATIVE and policy.prefer != "fast" and policy.proposed in possible:
            assert sent[0] == policy.proposed or policy.proposed in NATIVE
