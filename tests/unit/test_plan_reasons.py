"""What the user is told about instances without a route."""

from fastsend.model.association_profile import AssociationProfile
from fastsend.model.pixels import Quality
from fastsend.model.proposal import (
    AcceptedContext,
    InstanceKind,
    PresentationContext,
    Proposal,
    RefusedContext,
)
from fastsend.plan.policy import Policy
from fastsend.plan.routes import NoRoute, Routes, plan_routes

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
NATIVE = (LEE, "1.2.840.10008.1.2.2", LEI)
DEFLATED = "1.2.840.10008.1.2.1.99"
J = "1.2.840.10008.1.2.4."
JPEG = J + "50"
JPEG_LS = J + "80"
JPEG_2000 = J + "90"

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
PLAIN = Policy()


def reason(route: Routes | NoRoute) -> str:
    assert isinstance(route, NoRoute)
    return route.reason


def test_says_what_the_peer_chose_and_what_is_missing() -> None:
    accepted = [AcceptedContext(1, CT, LEE), AcceptedContext(3, CT, LEE)]
    refused = [RefusedContext(5, 3), RefusedContext(7, 4)]
    routes = plan_routes(KINDS, PROPOSAL, PLAIN, accepted, refused)
    assert reason(routes[1]) == (
        f"the peer takes SOP class {CT} as Explicit VR Little Endian, not as JPEG-LS Lossless "
        "Image Compression (context 3 (JPEG-LS Lossless Image Compression or uncompressed): "
        "accepted as Explicit VR Little Endian); there is no decoder for JPEG-LS Lossless Image "
        "Compression (--list-decoders -v names the libraries); let it accept JPEG-LS Lossless "
        "Image Compression where it is proposed"
    )
    assert reason(routes[3]).startswith(
        f"the peer takes SOP class {CT} as Explicit VR Little Endian, not as JPEG 2000 Image "
        "Compression (Lossless Only) (context 7 (JPEG 2000 Image Compression (Lossless Only)): "
        "transfer syntaxes not supported); "
    )
    assert reason(routes[2]) == (
        f"the peer does not support SOP class {MR} "
        "(context 5 (uncompressed): abstract syntax not supported); "
        "let it accept this SOP class, or send to another peer"
    )


def test_names_each_syntax_that_the_peer_chose_once() -> None:
    accepted = [
        AcceptedContext(1, CT, LEE),
        AcceptedContext(3, CT, LEE),
        AcceptedContext(7, CT, JPEG_2000),
    ]
    words = reason(plan_routes(KINDS, PROPOSAL, PLAIN, accepted)[1])
    assert "as Explicit VR Little Endian and JPEG 2000 Image Compression (Lossless Only)," in words
    assert words.count("there is no decoder for") == 1


def test_names_each_context_that_was_proposed_for_it() -> None:
    contexts = (
        PresentationContext(1, CT, (JPEG_2000,)),
        PresentationContext(3, CT, NATIVE),
        PresentationContext(5, CT, (JPEG_LS,)),
    )
    proposal = Proposal(contexts, 0, 1, {1: (1, 3, 5)}, frozenset())
    refused = [RefusedContext(1, 4), RefusedContext(5, 4)]
    words = reason(plan_routes(KINDS, proposal, PLAIN, [AcceptedContext(3, CT, LEE)], refused)[1])
    assert (
        "(context 1 (JPEG 2000 Image Compression (Lossless Only)): transfer syntaxes not "
        "supported, 3 (uncompressed): accepted as Explicit VR Little Endian, 5 (JPEG-LS Lossless "
        "Image Compression): transfer syntaxes not supported)"
    ) in words


def test_says_that_no_transfer_syntax_is_supported() -> None:
    routes = plan_routes(KINDS, PROPOSAL, PLAIN, [], [RefusedContext(5, 4)])
    assert reason(routes[2]) == (
        f"the peer does not support Explicit VR Little Endian for SOP class {MR} "
        "(context 5 (uncompressed): transfer syntaxes not supported); "
        "let it accept Explicit VR Little Endian, or propose what it accepts (-x...)"
    )


def test_says_that_the_user_was_refused() -> None:
    for result, words in (
        (1, "user rejection"),
        (2, "no reason (provider rejection)"),
        (77, "no answer"),
    ):
        routes = plan_routes(KINDS, PROPOSAL, PLAIN, [], [RefusedContext(5, result)])
        assert reason(routes[2]) == (
            f"the peer refused SOP class {MR} (context 5 (uncompressed): {words}); "
            "ask its administrator whether this AE title may store this SOP class"
        )
    words = reason(plan_routes(KINDS, PROPOSAL, PLAIN, [])[2])
    assert "context 5 (uncompressed): no answer" in words


def test_says_that_a_choice_was_not_proposed() -> None:
    routes = plan_routes(KINDS, PROPOSAL, PLAIN, [AcceptedContext(5, MR, "1.2.3")])
    assert "accepted as 1.2.3, which was not proposed" in reason(routes[2])


def test_kinds_that_were_not_proposed() -> None:
    proposal = PROPOSAL._replace(rejected_kinds=frozenset({3}), context_ids={0: (1,)})
    routes = plan_routes(KINDS, proposal, PLAIN, [AcceptedContext(1, CT, LEI)])
    assert reason(routes[3]) == (
        "JPEG 2000 Image Compression (Lossless Only) could only be proposed without the default "
        "transfer syntax, which -nip forbids; there is no decoder for JPEG 2000 Image Compression "
        "(Lossless Only) (--list-decoders -v names the libraries); leave out -nip"
    )


def missing(stored: str, taken: str, policy: Policy) -> str:
    contexts = (PresentationContext(1, CT, (stored,)), PresentationContext(3, CT, (taken,)))
    proposal = Proposal(contexts, 0, 1, {0: (1,)}, frozenset())
    routes = plan_routes(
        [InstanceKind(CT, stored)], proposal, policy, [AcceptedContext(3, CT, taken)]
    )
    return reason(routes[0])


ALL = frozenset({JPEG, JPEG_LS, JPEG_2000})
ABLE = Policy(decodable=ALL, encodable=ALL)


def test_says_which_option_would_help() -> None:
    never = ABLE._replace(decompress="never")
    assert "; -dn forbids decompressing JPEG-LS Lossless Image Comp" in missing(JPEG_LS, LEE, never)
    assert "; -dn forbids inflating Deflated Explicit VR Little" in missing(DEFLATED, LEE, never)
    assert (
        "; only +dly allows decompressing JPEG Baseline (Process 1), which may have lost "
        "information; " in missing(JPEG, LEE, ABLE)
    )
    assert (
        "; compressing to JPEG Baseline (Process 1) loses information; only --propose-jpeg8 asks "
        "for it; " in missing(LEE, JPEG, ABLE._replace(quality=Quality(jpeg=90)))
    )
    assert "; compressing to JPEG Baseline (Process 1) needs --jpeg-quality; " in missing(
        LEE, JPEG, ABLE._replace(proposed=JPEG)
    )


def test_says_what_cannot_be_done() -> None:
    assert "; there is no encoder for JPEG-LS Lossless" in missing(LEE, JPEG_LS, PLAIN)
    assert "; video (MPEG2 Main Profile / Main Level) is never" in missing(J + "100", LEE, ABLE)
    assert "; JPIP Referenced has its pixels on a server, not in" in missing(J + "94", LEE, ABLE)
    assert "; fastsend does not convert 1.2.3.4; " in missing("1.2.3.4", LEE, ABLE)
    assert "; fastsend does not convert to 1.2.3.4; " in missing(LEE, "1.2.3.4", ABLE)
    assert "; fastsend does not compress to JPEG Extended (Process 3 & 5); " in missing(
        LEE, J + "52", ABLE
    )
    assert "; fastsend does not convert Private GE Implicit VR" in missing(
        "1.2.840.113619.5.2", LEE, ABLE
    )


def of_profile(stored: str, contexts: dict[int, str | int]) -> str:
    """Return the reason where a profile proposes CT as these, and JPEG_LS is accepted only."""
    profile = AssociationProfile(
        "Fixed", tuple(PresentationContext(number, CT, (JPEG,)) for number in contexts)
    )
    policy = Policy(profile=profile)
    kind = InstanceKind(CT, stored)
    proposal = Proposal(profile.contexts, 0, 1, {0: tuple(contexts)}, frozenset())
    accepted = [AcceptedContext(n, CT, uid) for n, uid in contexts.items() if isinstance(uid, str)]
    refused = [
        RefusedContext(n, result) for n, result in contexts.items() if isinstance(result, int)
    ]
    route = plan_routes([kind], proposal, policy, accepted, refused)[0]
    assert isinstance(route, NoRoute)
    return route.reason


def test_a_profile_has_to_offer_it() -> None:
    accepted = of_profile(JPEG_2000, {1: JPEG})
    assert accepted.endswith(
        "add JPEG 2000 Image Compression (Lossless Only) to the profile Fixed (-xf)"
    )
    refused = of_profile(JPEG_2000, {1: 4})
    assert "supports none of the transfer syntaxes for SOP class" in refused
    assert refused.endswith("add others to the profile Fixed")
    assert "-x..." not in accepted + refused


def test_a_profile_has_to_offer_the_class() -> None:
    policy = Policy(profile=AssociationProfile("Fixed", PROPOSAL.contexts))
    proposal = PROPOSAL._replace(context_ids={}, rejected_kinds=frozenset({0}))
    route = plan_routes([InstanceKind("1.2.3", LEE)], proposal, policy, [])[0]
    assert isinstance(route, NoRoute)
    assert "Fixed (-xf) proposes no presentation context for SOP class 1.2.3" in route.reason
