"""Contexts as dcmsend and storescu build them; tests/peers compares with the real ones."""

from array import array

import pytest

from fastsend.model.association_profile import AssociationProfile
from fastsend.model.proposal import InstanceKind, PresentationContext, Proposal
from fastsend.plan.contexts import propose, propose_all, proposed_transfer_syntaxes
from fastsend.plan.policy import Policy

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


# Two lossless syntaxes, two lossy ones and three of other sorts that this machine can decode.
DECODABLE = frozenset(
    {J + "57", J + "80", J + "50", J + "91", RLE, GE_PRIVATE, ENCAPSULATED_UNCOMPRESSED}
)
PLAIN = Policy(decodable=DECODABLE)
STRICT = PLAIN._replace(illegal_proposals=False)
NEVER = PLAIN._replace(decompress="never")
LOSSY = PLAIN._replace(decompress="lossy")
VIDEO = [J + "100", J + "106.1", J + "108"]


def kinds_of(*pairs: tuple[str, str]) -> list[InstanceKind]:
    return [InstanceKind(*pair) for pair in pairs]


@pytest.mark.parametrize("uid", NATIVE)
@pytest.mark.parametrize("policy", [PLAIN, STRICT, NEVER, LOSSY, Policy()])
def test_native(uid: str, policy: Policy) -> None:
    assert proposed_transfer_syntaxes(uid, policy) == (NATIVE,)


@pytest.mark.parametrize(
    "uid", [DEFLATED, J + "57", J + "80", RLE, GE_PRIVATE, ENCAPSULATED_UNCOMPRESSED]
)
@pytest.mark.parametrize("policy", [PLAIN, STRICT, LOSSY])
def test_decodable_without_loss(uid: str, policy: Policy) -> None:
    assert proposed_transfer_syntaxes(uid, policy) == ((uid, LEE, BEE, LEI),)


@pytest.mark.parametrize("uid", [DEFLATED, J + "57", J + "80", RLE])
def test_never_decompressed(uid: str) -> None:
    assert proposed_transfer_syntaxes(uid, NEVER) == ((uid,),)
    assert proposed_transfer_syntaxes(uid, NEVER._replace(illegal_proposals=False)) == ()


@pytest.mark.parametrize(
    "uid",
    [
        *(J + n for n in ("58", "65", "66", "70", "90", "92", "110", "201", "202")),
        "1.2.840.10008.1.2.8.1",
    ],
)
def test_lossless_without_decoder(uid: str) -> None:
    assert proposed_transfer_syntaxes(uid, PLAIN) == ((uid,),)
    assert proposed_transfer_syntaxes(uid, STRICT) == ()


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
@pytest.mark.parametrize("policy", [PLAIN, STRICT, NEVER])
def test_alone(uid: str, policy: Policy) -> None:
    assert proposed_transfer_syntaxes(uid, policy) == ((uid,),)


@pytest.mark.parametrize("uid", [J + "50", J + "91"])
def test_lossy_where_it_may_be_decompressed(uid: str) -> None:
    assert proposed_transfer_syntaxes(uid, LOSSY) == ((uid, LEE, BEE, LEI),)


@pytest.mark.parametrize("uid", [J + "51", J + "100", J + "94", "1.2.3.4"])
def test_what_cannot_be_decoded_stays_alone(uid: str) -> None:
    # even where somebody's table says that there is a decoder
    assert proposed_transfer_syntaxes(uid, LOSSY) == ((uid,),)
    if uid != J + "51":
        everything = LOSSY._replace(decodable=DECODABLE | {uid})
        assert proposed_transfer_syntaxes(uid, everything) == ((uid,),)


def test_encapsulated_uncompressed_and_big_endian_pixels_without_decoder() -> None:
    uid = ENCAPSULATED_UNCOMPRESSED
    assert proposed_transfer_syntaxes(uid, Policy()) == ((uid,),)
    assert proposed_transfer_syntaxes(uid, Policy(illegal_proposals=False)) == ((uid, LEI),)
    assert proposed_transfer_syntaxes(GE_PRIVATE, Policy()) == ((GE_PRIVATE,),)
    assert proposed_transfer_syntaxes(GE_PRIVATE, Policy(illegal_proposals=False)) == ()


def proposing(uid: str, **changed: object) -> Policy:
    return PLAIN._replace(proposed=uid, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("own", [*NATIVE, J + "90"])
@pytest.mark.parametrize("changed", [{}, {"illegal_proposals": False}, {"decompress": "never"}])
def test_a_compressed_proposal(own: str, changed: dict[str, object]) -> None:
    policy = proposing(J + "90", **changed)
    assert proposed_transfer_syntaxes(own, policy) == ((J + "90",), NATIVE)
    combined = policy._replace(combine=True)
    assert proposed_transfer_syntaxes(own, combined) == ((J + "90", *NATIVE),)


@pytest.mark.parametrize("own", [J + "80", J + "50", J + "58", DEFLATED, "1.2.3.4", J + "100"])
@pytest.mark.parametrize("changed", [{}, {"illegal_proposals": False}, {"decompress": "lossy"}])
def test_a_compressed_proposal_beside_another_own_syntax(
    own: str, changed: dict[str, object]
) -> None:
    policy = proposing(J + "90", **changed)
    assert proposed_transfer_syntaxes(own, policy) == ((J + "90",), NATIVE, (own,))
    combined = policy._replace(combine=True)
    assert proposed_transfer_syntaxes(own, combined) == ((J + "90", *NATIVE), (own,))


def test_native_proposals() -> None:
    for own, more in ((LEI, ()), (LEE, ()), (BEE, ()), (J + "80", ((J + "80",),))):
        assert proposed_transfer_syntaxes(own, proposing(LEE)) == ((LEE,), (BEE, LEI), *more)
        assert proposed_transfer_syntaxes(own, proposing(BEE)) == ((BEE,), (LEE, LEI), *more)
        assert proposed_transfer_syntaxes(own, proposing(LEI)) == ((LEI,), *more)
        for uid, order in ((LEE, (LEE, BEE, LEI)), (BEE, (BEE, LEE, LEI)), (LEI, (LEI,))):
            policy = proposing(uid, combine=True)
            assert proposed_transfer_syntaxes(own, policy) == (order, *more)


@pytest.mark.parametrize("uid", VIDEO)
@pytest.mark.parametrize("combine", [False, True])
def test_a_proposal_of_video(uid: str, combine: bool) -> None:
    policy = proposing(uid, combine=combine)
    assert proposed_transfer_syntaxes(uid, policy) == ((uid,),)
    assert proposed_transfer_syntaxes(LEI, policy) == ((uid,), NATIVE)
    assert proposed_transfer_syntaxes(J + "80", policy) == ((uid,), (J + "80", *NATIVE))
    assert proposed_transfer_syntaxes(J + "58", policy) == ((uid,), (J + "58",))
    strict = policy._replace(illegal_proposals=False)
    assert proposed_transfer_syntaxes(J + "58", strict) == ()


def test_contexts_are_shared_by_class_and_syntax() -> None:
    kinds = kinds_of(
        (CT, LEI), (CT, J + "80"), (CT, BEE), (MR, LEE), (CT, J + "91"), (CT, J + "70")
    )
    assert propose(kinds, [1, 0, 1, 2, 0, 3, 4, 1], PLAIN) == Proposal(
        contexts=(
            PresentationContext(1, CT, (J + "80", LEE, BEE, LEI)),
            PresentationContext(3, CT, NATIVE),
            PresentationContext(5, MR, NATIVE),
            PresentationContext(7, CT, (J + "91",)),
        ),
        first=0,
        end=8,
        context_ids={1: (1,), 0: (3,), 2: (3,), 3: (5,), 4: (7,)},
        rejected_kinds=frozenset(),
    )


def test_contexts_of_a_proposal_are_shared_by_the_class() -> None:
    kinds = kinds_of((CT, LEI), (CT, J + "80"), (CT, J + "90"), (CT, LEE), (MR, J + "90"))
    proposal = propose(kinds, [1, 0, 2, 3, 4], proposing(J + "90"))
    assert proposal.contexts == (
        PresentationContext(1, CT, (J + "90",)),
        PresentationContext(3, CT, NATIVE),
        PresentationContext(5, CT, (J + "80",)),
        PresentationContext(7, MR, (J + "90",)),
        PresentationContext(9, MR, NATIVE),
    )
    assert proposal.context_ids == {1: (1, 3, 5), 0: (1, 3), 2: (1, 3), 3: (1, 3), 4: (7, 9)}


def test_rejected_kinds_take_no_context() -> None:
    kinds = kinds_of((CT, J + "90"), (CT, LEE), (CT, J + "91"))
    assert propose(kinds, [0, 1, 0, 2], STRICT) == Proposal(
        contexts=(PresentationContext(1, CT, NATIVE), PresentationContext(3, CT, (J + "91",))),
        first=0,
        end=4,
        context_ids={1: (1,), 2: (3,)},
        rejected_kinds=frozenset({0}),
    )
    (only,) = propose_all(kinds, [0, 0], STRICT)
    assert only == Proposal((), 0, 2, {}, frozenset({0}))


def test_nothing_to_send() -> None:
    assert propose([], [], PLAIN) == Proposal((), 0, 0, {}, frozenset())
    assert list(propose_all([], [], PLAIN)) == []


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
    proposals = list(propose_all(many_classes(count), range(count), PLAIN))
    assert [(proposal.first, proposal.end) for proposal in proposals] == runs
    for proposal in proposals:
        ids = [context.context_id for context in proposal.contexts]
        assert ids == list(range(1, 2 * (proposal.end - proposal.first), 2))
        assert proposal.contexts[0].abstract_syntax == f"1.2.3.{proposal.first}"


def test_run_ends_with_the_instance_that_fills_the_last_context() -> None:
    column = [0, *range(128), 5, 128]
    first, second = propose_all(many_classes(129), column, PLAIN)
    assert (first.first, first.end) == (0, 129)
    assert (second.first, second.end) == (129, 131)
    assert [context.abstract_syntax for context in second.contexts] == ["1.2.3.5", "1.2.3.128"]


def test_run_ends_before_an_instance_that_needs_more_contexts_than_are_left() -> None:
    # 63 classes with two contexts each, then three contexts for one instance, then none for one
    kinds = [*many_classes(63), InstanceKind("1.2.3.99", J + "80"), *many_classes(1)]
    column = [*range(64), 64]
    first, second = propose_all(kinds, column, proposing(J + "90"))
    assert (first.first, first.end, len(first.contexts)) == (0, 63, 126)
    assert (second.first, second.end, len(second.contexts)) == (63, 65, 5)
    assert second.context_ids == {63: (1, 3, 5), 64: (7, 9)}
    # one that fits is carried, and then it is full
    kinds[63] = InstanceKind("1.2.3.99", LEE)
    first, second = propose_all(kinds, column, proposing(J + "90"))
    assert (first.first, first.end, len(first.contexts)) == (0, 64, 128)


def test_single_association() -> None:
    (only,) = propose_all(many_classes(129), range(129), PLAIN, multiple_associations=False)
    assert (only.first, only.end) == (0, 128)


def test_from_the_middle_of_a_memoryview() -> None:
    kinds = kinds_of((CT, LEI), (MR, LEI))
    column = memoryview(array("H", [0, 0, 1, 1]))
    proposal = propose(kinds, column, PLAIN, first=2)
    assert (proposal.first, proposal.end, proposal.context_ids) == (2, 4, {1: (1,)})


PROFILE = AssociationProfile(
    "P",
    (
        PresentationContext(1, MR, (J + "50",)),
        PresentationContext(3, CT, NATIVE),
        PresentationContext(5, MR, (LEE,)),
    ),
)


@pytest.mark.parametrize("policy", [PLAIN, STRICT, NEVER, LOSSY])
def test_a_profile_is_proposed_as_it_is(policy: Policy) -> None:
    kinds = kinds_of((CT, RLE), ("1.2.3", LEE), (MR, J + "50"), (MR, LEI))
    column = array("H", [0, 1, 2, 3] * 100)
    with_profile = policy._replace(profile=PROFILE)
    assert list(propose_all(kinds, column, with_profile)) == [
        Proposal(PROFILE.contexts, 0, 400, {0: (3,), 2: (1, 5), 3: (1, 5)}, frozenset({1}))
    ]
    assert propose(kinds, column, with_profile, first=7).first == 7
