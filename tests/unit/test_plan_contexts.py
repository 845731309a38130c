"""Contexts as dcmsend builds them; tests/peers compares with the real one."""

from array import array

import pytest

from fastsend.model.proposal import InstanceKind, PresentationContext, Proposal
from fastsend.plan.contexts import propose, propose_all, proposed_transfer_syntaxes

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
BEE = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"
RLE = "1.2.840.10008.1.2.5"
J = "1.2.840.10008.1.2.4."
GE_PRIVATE = "1.2.840.113619.5.2"
NATIVE = (LEE, BEE, LEI)


def kinds_of(*pairs: tuple[str, str]) -> list[InstanceKind]:
    return [InstanceKind(*pair) for pair in pairs]


@pytest.mark.parametrize("uid", NATIVE)
@pytest.mark.parametrize("illegal_proposals", [True, False])
def test_native(uid: str, illegal_proposals: bool) -> None:
    assert proposed_transfer_syntaxes(uid, illegal_proposals=illegal_proposals) == NATIVE


@pytest.mark.parametrize("uid", [DEFLATED, J + "57", J + "70", J + "80", RLE, GE_PRIVATE])
@pytest.mark.parametrize("illegal_proposals", [True, False])
def test_decodable_without_loss(uid: str, illegal_proposals: bool) -> None:
    syntaxes = proposed_transfer_syntaxes(uid, illegal_proposals=illegal_proposals)
    assert syntaxes == (uid, LEE, BEE, LEI)


@pytest.mark.parametrize(
    "uid",
    [
        *(J + n for n in ("58", "65", "66", "90", "92", "110", "201", "202")),
        "1.2.840.10008.1.2.8.1",
    ],
)
def test_lossless_without_decoder(uid: str) -> None:
    assert proposed_transfer_syntaxes(uid, illegal_proposals=True) == (uid,)
    assert proposed_transfer_syntaxes(uid, illegal_proposals=False) is None


@pytest.mark.parametrize(
    "uid",
    [
        *(J + n for n in ("50", "51", "52", "81", "91", "93", "100", "106.1", "108", "111", "112")),
        *(J + n for n in ("203", "94", "95", "204", "205")),
        "1.2.840.10008.1.2.6.1",
        "1.2.840.10008.1.2.7.1",
        "1.2.840.10008.1.20",
        "1.2.3.4",
    ],
)
@pytest.mark.parametrize("illegal_proposals", [True, False])
def test_alone(uid: str, illegal_proposals: bool) -> None:
    assert proposed_transfer_syntaxes(uid, illegal_proposals=illegal_proposals) == (uid,)


def test_encapsulated_uncompressed() -> None:
    uid = ENCAPSULATED_UNCOMPRESSED
    assert proposed_transfer_syntaxes(uid, illegal_proposals=True) == (uid,)
    assert proposed_transfer_syntaxes(uid, illegal_proposals=False) == (uid, LEI)


def test_contexts_are_shared_by_class_and_syntax() -> None:
    kinds = kinds_of(
        (CT, LEI), (CT, J + "80"), (CT, BEE), (MR, LEE), (CT, J + "91"), (CT, J + "70")
    )
    assert propose(kinds, [1, 0, 1, 2, 0, 3, 4, 1]) == Proposal(
        contexts=(
            PresentationContext(1, CT, (J + "80", LEE, BEE, LEI)),
            PresentationContext(3, CT, NATIVE),
            PresentationContext(5, MR, NATIVE),
            PresentationContext(7, CT, (J + "91",)),
        ),
        first=0,
        end=8,
        context_ids={1: 1, 0: 3, 2: 3, 3: 5, 4: 7},
        rejected_kinds=frozenset(),
    )


def test_rejected_kinds_take_no_context() -> None:
    kinds = kinds_of((CT, J + "90"), (CT, LEE), (CT, J + "91"))
    assert propose(kinds, [0, 1, 0, 2], illegal_proposals=False) == Proposal(
        contexts=(PresentationContext(1, CT, NATIVE), PresentationContext(3, CT, (J + "91",))),
        first=0,
        end=4,
        context_ids={1: 1, 2: 3},
        rejected_kinds=frozenset({0}),
    )
    (only,) = propose_all(kinds, [0, 0], illegal_proposals=False)
    assert only == Proposal((), 0, 2, {}, frozenset({0}))


def test_nothing_to_send() -> None:
    assert propose([], []) == Proposal((), 0, 0, {}, frozenset())
    assert list(propose_all([], [])) == []


def many_classes(count: int) -> list[InstanceKind]:
    return [InstanceKind(f"1.2.3.{number}", LEE) for number in range(count)]


@pytest.mark.parametrize(
    ("count", "runs"),
    [
        (127, [(0, 127)]),
        (128, [(0, 128)]),
        (129, [(0, 128), (128, 129)]),
        (300, [(0, 128), (128, 256), (256, 300)]),
    ],
)
def test_at_most_128_contexts(count: int, runs: list[tuple[int, int]]) -> None:
    proposals = list(propose_all(many_classes(count), range(count)))
    assert [(proposal.first, proposal.end) for proposal in proposals] == runs
    for proposal in proposals:
        ids = [context.context_id for context in proposal.contexts]
        assert ids == list(range(1, 2 * (proposal.end - proposal.first), 2))
        assert proposal.contexts[0].abstract_syntax == f"1.2.3.{proposal.first}"


def test_run_ends_with_the_instance_that_fills_the_last_context() -> None:
    column = [0, *range(128), 5, 128]
    first, second = propose_all(many_classes(129), column)
    assert (first.first, first.end) == (0, 129)
    assert (second.first, second.end) == (129, 131)
    assert [context.abstract_syntax for context in second.contexts] == ["1.2.3.5", "1.2.3.128"]


def test_single_association() -> None:
    (only,) = propose_all(many_classes(129), range(129), multiple_associations=False)
    assert (only.first, only.end) == (0, 128)


def test_from_the_middle_of_a_memoryview() -> None:
    kinds = kinds_of((CT, LEI), (MR, LEI))
    column = memoryview(array("H", [0, 0, 1, 1]))
    proposal = propose(kinds, column, first=2)
    assert (proposal.first, proposal.end, proposal.context_ids) == (2, 4, {1: 1})
