"""Which of the accepted contexts carries what, and in which order they are tried."""

import pytest

from fastsend.model.association_profile import AssociationProfile
from fastsend.model.pixels import Quality
from fastsend.model.proposal import (
    AcceptedContext,
    InstanceKind,
    PresentationContext,
    Proposal,
)
from fastsend.plan.policy import Policy
from fastsend.plan.routes import NoRoute, Route, Routes, plan_routes

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
BEE = "1.2.840.10008.1.2.2"
ENCAPSULATED_UNCOMPRESSED = "1.2.840.10008.1.2.1.98"
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
J = "1.2.840.10008.1.2.4."
JPEG = J + "50"
JPEG_LOSSLESS = J + "70"
JPEG_LS = J + "80"
JPEG_LS_NEAR = J + "81"
JPEG_2000 = J + "90"
JPEG_2000_LOSSY = J + "91"
NATIVE = (LEE, BEE, LEI)

CODECS = frozenset(
    {JPEG, JPEG_LOSSLESS, JPEG_LS, JPEG_LS_NEAR, JPEG_2000, JPEG_2000_LOSSY, RLE}
    | {ENCAPSULATED_UNCOMPRESSED}
)
PLAIN = Policy(decodable=CODECS, encodable=CODECS)


def answered(stored: str, *taken: str, policy: Policy = PLAIN) -> Routes | NoRoute:
    """Return the routes of a kind whose own context comes first, where each of `taken` is accepted.

    The other contexts, from 3 on, are those of other kinds of its SOP class.
    """
    accepted = [AcceptedContext(3 + 2 * place, CT, uid) for place, uid in enumerate(taken)]
    own = PresentationContext(1, CT, (stored, *taken))
    others = (PresentationContext(number, CT, (uid,)) for number, _, uid in accepted)
    proposal = Proposal((own, *others), 0, 1, {0: (1,)}, frozenset())
    return plan_routes([InstanceKind(CT, stored)], proposal, policy, accepted)[0]


def sent(stored: str, *taken: str, policy: Policy = PLAIN) -> list[str]:
    """Return the transfer syntaxes of the routes, the best first."""
    routes = answered(stored, *taken, policy=policy)
    return [] if isinstance(routes, NoRoute) else [one.transfer_syntax_uid for one in routes]


KINDS = [
    InstanceKind(CT, LEI),
    InstanceKind(CT, JPEG_LS),
    InstanceKind(MR, LEE),
    InstanceKind(CT, JPEG_2000),
]
PROPOSAL = Proposal(
    contexts=(
        PresentationContext(1, CT, NATIVE),
        PresentationContext(3, CT, (JPEG_LS, *NATIVE)),
        PresentationContext(5, MR, NATIVE),
        PresentationContext(7, CT, (JPEG_2000,)),
    ),
    first=0,
    end=9,
    context_ids={0: (1,), 1: (3,), 2: (5,), 3: (7,)},
    rejected_kinds=frozenset(),
)


def as_stored(context_id: int, uid: str) -> Routes:
    return (Route(context_id, uid, "as_stored"),)


def test_own_contexts() -> None:
    accepted = [
        AcceptedContext(1, CT, LEI),
        AcceptedContext(3, CT, JPEG_LS),
        AcceptedContext(5, MR, LEE),
        AcceptedContext(7, CT, JPEG_2000),
    ]
    assert plan_routes(KINDS, PROPOSAL, PLAIN, accepted) == {
        0: as_stored(1, LEI),
        1: as_stored(3, JPEG_LS),
        2: as_stored(5, LEE),
        3: as_stored(7, JPEG_2000),
    }


def test_own_syntax_on_the_context_of_another_kind() -> None:
    accepted = [AcceptedContext(3, CT, LEI)]
    assert plan_routes(KINDS, PROPOSAL, PLAIN, accepted)[0] == as_stored(3, LEI)


def test_the_own_context_goes_first_and_then_the_lowest() -> None:
    contexts = tuple(PresentationContext(number, CT, (LEI,)) for number in (1, 3, 5, 7))
    proposal = Proposal(contexts, 0, 1, {0: (5, 7), 1: (9,)}, frozenset())
    accepted = [AcceptedContext(number, CT, LEI) for number in (7, 5, 3, 1)]
    kinds = [InstanceKind(CT, LEI)]
    routes = plan_routes(kinds, proposal._replace(context_ids={0: (5, 7)}), PLAIN, accepted)
    assert routes[0] == as_stored(5, LEI)
    routes = plan_routes(kinds, proposal._replace(context_ids={0: (1,)}), PLAIN, accepted[:3])
    assert routes[0] == as_stored(3, LEI)


def test_a_context_of_another_class_is_not_used() -> None:
    routes = plan_routes(KINDS, PROPOSAL, PLAIN, [AcceptedContext(5, MR, LEI)])
    assert isinstance(routes[0], NoRoute)


def test_answers_to_what_was_not_proposed_are_not_used() -> None:
    for wrong in (
        AcceptedContext(9, CT, LEI),
        AcceptedContext(3, MR, LEI),
        AcceptedContext(7, CT, LEI),
    ):
        assert isinstance(plan_routes(KINDS, PROPOSAL, PLAIN, [wrong])[0], NoRoute)


def test_native_instances_are_re_encoded() -> None:
    # its own context, though a lower one would do as well
    contexts = (PresentationContext(1, CT, (JPEG_LS, *NATIVE)), PresentationContext(3, CT, NATIVE))
    proposal = Proposal(contexts, 0, 2, {0: (3,), 1: (1,)}, frozenset())
    accepted = [AcceptedContext(1, CT, LEE), AcceptedContext(3, CT, LEE)]
    routes = plan_routes(KINDS, proposal, PLAIN, accepted)
    assert routes[0] == (Route(3, LEE, "re_encode"),)
    # as stored comes first, wherever it is
    accepted = [AcceptedContext(1, CT, LEI), AcceptedContext(3, CT, LEE)]
    assert plan_routes(KINDS, proposal, PLAIN, accepted)[0] == as_stored(1, LEI)


def test_the_byte_order_is_changed_only_where_it_must_be() -> None:
    assert sent(LEI, BEE, LEE) == [LEE, BEE]
    assert sent(LEI, BEE) == [BEE]
    assert sent(JPEG_LS, BEE, LEI) == [LEI, BEE]


def test_what_is_converted() -> None:
    assert answered(JPEG_LS, LEE) == (Route(3, LEE, "convert"),)
    assert answered(DEFLATED, LEI) == (Route(3, LEI, "convert"),)
    assert answered(LEI, DEFLATED) == (Route(3, DEFLATED, "convert"),)
    assert answered(LEI, JPEG_LS) == (Route(3, JPEG_LS, "convert"),)
    assert answered(RLE, JPEG_LS) == (Route(3, JPEG_LS, "convert"),)
    assert answered(DEFLATED, RLE) == (Route(3, RLE, "convert"),)
    assert answered(ENCAPSULATED_UNCOMPRESSED, LEE) == (Route(3, LEE, "convert"),)


def test_the_cheapest_comes_first() -> None:
    everything = (JPEG_2000, JPEG_LS, RLE, DEFLATED, BEE, LEI)
    cheapest = [LEI, BEE, DEFLATED, RLE, JPEG_LS, JPEG_2000]
    for policy in (PLAIN, PLAIN._replace(prefer="fast")):
        assert sent(LEE, *everything, policy=policy) == cheapest
        assert sent(JPEG_LOSSLESS, *everything, policy=policy) == cheapest
        # nothing is tried once it can go as it is
        assert sent(JPEG_LS, *everything, policy=policy) == [JPEG_LS]


def test_a_proposed_compression_is_used() -> None:
    policy = PLAIN._replace(proposed=JPEG_LS)
    assert answered(LEE, LEI, JPEG_LS, LEE, policy=policy) == (
        Route(5, JPEG_LS, "convert"),
        Route(7, LEE, "as_stored"),
    )
    # Another one is not taken up again where it may stay, but is rather than decompressed.
    assert sent(RLE, JPEG_LS, RLE, LEE, policy=policy) == [RLE]
    assert sent(RLE, LEE, JPEG_LS, policy=policy) == [JPEG_LS, LEE]
    assert sent(DEFLATED, JPEG_LS, DEFLATED, policy=policy) == [DEFLATED]
    # An encoder that is not there, or a peer that does not take it, is no obstacle.
    without = policy._replace(encodable=frozenset())
    assert sent(LEE, JPEG_LS, LEE, policy=without) == [LEE]
    assert sent(LEE, LEI, policy=policy) == [LEI]


def test_a_proposed_deflation_is_used() -> None:
    policy = PLAIN._replace(proposed=DEFLATED)
    assert sent(LEE, LEE, DEFLATED, policy=policy) == [DEFLATED, LEE]
    assert sent(JPEG_LS, LEE, DEFLATED, policy=policy) == [DEFLATED, LEE]


def test_a_proposed_native_syntax_comes_after_the_own_one() -> None:
    policy = PLAIN._replace(proposed=BEE)
    assert sent(LEE, BEE, LEE, policy=policy) == [LEE]
    assert sent(LEE, LEI, BEE, policy=policy) == [BEE, LEI]
    assert sent(JPEG_LS, LEI, BEE, policy=policy) == [BEE, LEI]


def test_prefer_fast_takes_the_cheapest_in_spite_of_a_proposal() -> None:
    policy = PLAIN._replace(proposed=JPEG_LS, prefer="fast")
    assert sent(LEE, JPEG_LS, LEE, policy=policy) == [LEE]
    assert sent(LEE, JPEG_LS, LEI, policy=policy) == [LEI, JPEG_LS]
    assert sent(RLE, JPEG_LS, LEI, policy=policy) == [LEI, JPEG_LS]
    assert sent(LEE, JPEG_LS, policy=policy) == [JPEG_LS]


def test_prefer_small_compresses_wherever_it_can() -> None:
    policy = PLAIN._replace(prefer="small")
    everything = (RLE, DEFLATED, LEE, JPEG_LS, JPEG_LOSSLESS, JPEG_2000)
    smallest = [JPEG_2000, JPEG_LS, JPEG_LOSSLESS, DEFLATED, RLE]
    assert sent(LEE, *everything, policy=policy) == [*smallest, LEE]
    assert sent(LEI, *everything, policy=policy) == [*smallest, LEE]
    assert sent(J + "57", *everything, policy=policy._replace(decodable=CODECS | {J + "57"})) == [
        *smallest,
        LEE,
    ]
    # what is compressed already stays as it is
    assert sent(RLE, *everything, policy=policy) == [RLE]
    proposed = policy._replace(proposed=RLE)
    assert sent(LEI, *everything, policy=proposed) == [RLE, *smallest[:-1], LEE]
    assert sent(JPEG_LS_NEAR, LEE, policy=policy) == []


@pytest.mark.parametrize(
    ("uid", "quality"),
    [
        (JPEG, Quality(jpeg=90)),
        (J + "51", Quality(jpeg=90)),
        (JPEG_LS_NEAR, Quality(near=2)),
        (JPEG_2000_LOSSY, Quality(ratio=10.0)),
        (J + "112", Quality(ratio=10.0)),
        (J + "203", Quality(ratio=10.0)),
    ],
)
def test_loss_has_to_be_asked_for_by_name_and_quality(uid: str, quality: Quality) -> None:
    codecs = CODECS | {uid}
    asked = PLAIN._replace(proposed=uid, quality=quality, encodable=codecs, decodable=codecs)
    assert answered(LEE, LEE, uid, policy=asked) == (
        Route(5, uid, "convert", lossy=True),
        Route(3, LEE, "as_stored"),
    )
    assert sent(LEE, uid, LEE, policy=asked._replace(prefer="small")) == [uid, LEE]
    assert sent(LEE, uid, LEI, policy=asked._replace(prefer="fast")) == [LEI, uid]
    wrong = Quality(*(9 if part is None else None for part in quality))
    for policy in (
        asked._replace(quality=Quality()),
        asked._replace(quality=wrong),
        asked._replace(proposed=None),
        asked._replace(proposed=JPEG_LS),
        asked._replace(encodable=frozenset()),
    ):
        assert sent(LEE, uid, LEI, policy=policy) == [LEI]
        assert isinstance(answered(LEE, uid, policy=policy), NoRoute)
    # as it is, it goes without any of this
    assert answered(uid, uid) == (Route(3, uid, "as_stored"),)


def test_loss_upon_loss_comes_last() -> None:
    policy = PLAIN._replace(
        decompress="lossy", proposed=JPEG_2000_LOSSY, quality=Quality(ratio=10.0)
    )
    assert sent(JPEG, JPEG_2000_LOSSY, RLE, LEE, policy=policy) == [LEE, RLE, JPEG_2000_LOSSY]
    assert sent(JPEG, JPEG_2000_LOSSY, JPEG, policy=policy) == [JPEG]
    assert sent(RLE, JPEG_2000_LOSSY, LEE, policy=policy) == [JPEG_2000_LOSSY, LEE]


def test_decompression_as_allowed() -> None:
    never = PLAIN._replace(decompress="never")
    lossy = PLAIN._replace(decompress="lossy")
    for uid in (JPEG_LS, RLE, JPEG_2000, ENCAPSULATED_UNCOMPRESSED, DEFLATED):
        assert sent(uid, LEE) == [LEE]
        assert sent(uid, LEE, policy=lossy) == [LEE]
        assert sent(uid, LEE, policy=never) == []
        assert sent(uid, uid, policy=never) == [uid]
    for uid in (JPEG, JPEG_LS_NEAR, JPEG_2000_LOSSY):
        assert sent(uid, LEE) == []
        assert sent(uid, LEE, policy=never) == []
        assert answered(uid, LEE, policy=lossy) == (Route(3, LEE, "convert"),)
        assert answered(uid, RLE, policy=lossy) == (Route(3, RLE, "convert"),)
    # compressing is another matter
    assert sent(LEE, RLE, policy=never) == [RLE]


def test_without_libraries() -> None:
    assert sent(JPEG_LS, LEE, policy=Policy()) == []
    assert sent(LEE, JPEG_LS, policy=Policy()) == []
    assert sent(DEFLATED, LEE, policy=Policy()) == [LEE]
    assert sent(LEE, DEFLATED, policy=Policy()) == [DEFLATED]


@pytest.mark.parametrize(
    "uid", [J + "100", J + "107", J + "94", J + "95", "1.2.3.4", "1.2.840.10008.1.2.6.1"]
)
def test_what_is_never_converted(uid: str) -> None:
    everything = PLAIN._replace(
        decompress="lossy", decodable=CODECS | {uid}, encodable=CODECS | {uid}
    )
    assert sent(uid, LEE, RLE, DEFLATED, policy=everything) == []
    assert sent(LEE, uid, policy=everything) == []
    assert sent(uid, LEE, uid, policy=everything) == [uid]


def test_big_endian_pixels_of_ge() -> None:
    uid = "1.2.840.113619.5.2"
    assert sent(uid, LEE) == []
    assert sent(uid, LEE, policy=PLAIN._replace(decodable=frozenset({uid}))) == [LEE]
    assert sent(LEE, uid, policy=PLAIN._replace(encodable=frozenset({uid}))) == []


def test_without_new_vrs_explicit_data_sets_are_written_anew() -> None:
    old = PLAIN._replace(new_vr=False)
    for uid in (LEE, BEE, DEFLATED, RLE, JPEG, J + "100", ENCAPSULATED_UNCOMPRESSED):
        assert answered(uid, uid, policy=old) == (Route(3, uid, "convert"),)
    assert answered(LEI, LEE, policy=old) == (Route(3, LEE, "convert"),)
    # there are no VRs in an implicit one, and what is unknown is left alone
    assert answered(LEI, LEI, policy=old) == (Route(3, LEI, "as_stored"),)
    assert answered(LEE, LEI, policy=old) == (Route(3, LEI, "re_encode"),)
    for uid in (J + "95", "1.2.3.4"):
        assert answered(uid, uid, policy=old) == (Route(3, uid, "as_stored"),)


@pytest.mark.parametrize(
    ("stored", "taken", "order"),
    [
        # The file's own, explicit VR in the order of the contexts, implicit VR, any other.
        (LEE, (DEFLATED, LEI, BEE, LEE), [LEE]),
        (LEE, (DEFLATED, LEI, BEE), [BEE, LEI, DEFLATED]),
        (LEI, (RLE, BEE, LEE), [BEE, LEE, RLE]),
        (LEI, (RLE, LEE, BEE), [LEE, BEE, RLE]),
        (BEE, (JPEG_LS, DEFLATED, LEI), [LEI, JPEG_LS, DEFLATED]),
        (JPEG_LS, (LEI, BEE), [BEE, LEI]),
        # Nothing is lost for the sake of a profile.
        (LEE, (JPEG, JPEG_2000), [JPEG_2000]),
        (JPEG, (LEE,), []),
    ],
)
def test_the_order_of_storescu(stored: str, taken: tuple[str, ...], order: list[str]) -> None:
    profile = AssociationProfile("P", ())
    assert sent(stored, *taken, policy=PLAIN._replace(profile=profile)) == order


def test_a_preference_comes_before_the_order_of_storescu() -> None:
    policy = PLAIN._replace(profile=AssociationProfile("P", ()), prefer="small")
    assert sent(LEE, LEI, JPEG_LS, LEE, policy=policy)[0] == JPEG_LS
    assert sent(BEE, DEFLATED, LEI, policy=policy._replace(prefer="fast"))[0] == LEI
