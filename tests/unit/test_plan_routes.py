from fastsend.model.proposal import (
    AcceptedContext,
    InstanceKind,
    PresentationContext,
    Proposal,
    RefusedContext,
)
from fastsend.plan.routes import NoRoute, Route, plan_routes

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
BEE = "1.2.840.10008.1.2.2"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
NATIVE = (LEE, BEE, LEI)

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
    context_ids={0: 1, 1: 3, 2: 5, 3: 7},
    rejected_kinds=frozenset(),
)


def as_stored(context_id: int, uid: str) -> Route:
    return Route(context_id, uid, "as_stored")


def reason(route: Route | NoRoute) -> str:
    assert isinstance(route, NoRoute)
    return route.reason


def test_own_contexts() -> None:
    accepted = [
        AcceptedContext(1, CT, LEI),
        AcceptedContext(3, CT, JPEG_LS),
        AcceptedContext(5, MR, LEE),
        AcceptedContext(7, CT, JPEG_2000),
    ]
    assert plan_routes(KINDS, PROPOSAL, accepted) == {
        0: as_stored(1, LEI),
        1: as_stored(3, JPEG_LS),
        2: as_stored(5, LEE),
        3: as_stored(7, JPEG_2000),
    }


def test_own_context_comes_before_a_lower_one() -> None:
    contexts = (PresentationContext(1, CT, (JPEG_LS, LEI)), PresentationContext(3, CT, (LEI,)))
    proposal = Proposal(contexts, 0, 2, {0: 3}, frozenset())
    accepted = [AcceptedContext(1, CT, LEI), AcceptedContext(3, CT, LEI)]
    assert plan_routes(KINDS, proposal, accepted)[0] == as_stored(3, LEI)


def test_another_context_carries_it_unchanged() -> None:
    accepted = [AcceptedContext(3, CT, LEI)]
    assert plan_routes(KINDS, PROPOSAL, accepted)[0] == as_stored(3, LEI)
    contexts = tuple(PresentationContext(number, CT, NATIVE) for number in (1, 3, 5))
    proposal = Proposal(contexts, 0, 1, {0: 1}, frozenset())
    accepted = [
        AcceptedContext(5, CT, LEI),
        AcceptedContext(3, CT, LEI),
        AcceptedContext(1, CT, LEE),
    ]
    assert plan_routes(KINDS, proposal, accepted)[0] == as_stored(3, LEI)


def test_context_of_another_class_is_not_used() -> None:
    routes = plan_routes(KINDS, PROPOSAL, [AcceptedContext(5, MR, LEI)])
    assert isinstance(routes[0], NoRoute)


def test_answers_to_what_was_not_proposed_are_not_used() -> None:
    for wrong in (
        AcceptedContext(9, CT, LEI),
        AcceptedContext(3, MR, LEI),
        AcceptedContext(7, CT, LEI),
    ):
        assert isinstance(plan_routes(KINDS, PROPOSAL, [wrong])[0], NoRoute)


def test_native_instances_are_re_encoded_where_the_peer_takes_another_native_syntax() -> None:
    # its own context, though a lower one would do as well
    contexts = (PresentationContext(1, CT, (JPEG_LS, *NATIVE)), PresentationContext(3, CT, NATIVE))
    proposal = Proposal(contexts, 0, 2, {0: 3, 1: 1}, frozenset())
    accepted = [AcceptedContext(1, CT, LEE), AcceptedContext(3, CT, LEE)]
    routes = plan_routes(KINDS, proposal, accepted)
    assert routes[0] == Route(3, LEE, "re_encode")
    assert isinstance(routes[1], NoRoute)
    # as stored comes first, wherever it is
    accepted = [AcceptedContext(1, CT, LEI), AcceptedContext(3, CT, LEE)]
    assert plan_routes(KINDS, proposal, accepted)[0] == as_stored(1, LEI)
    accepted = [AcceptedContext(1, CT, LEE)]
    assert plan_routes(KINDS, proposal, accepted)[0] == Route(1, LEE, "re_encode")


def test_says_what_the_peer_chose() -> None:
    accepted = [AcceptedContext(1, CT, LEE), AcceptedContext(3, CT, LEE)]
    refused = [RefusedContext(5, 3), RefusedContext(7, 4)]
    routes = plan_routes(KINDS, PROPOSAL, accepted, refused)
    assert reason(routes[1]) == (
        f"the peer takes SOP class {CT} as Explicit VR Little Endian, not as JPEG-LS Lossless "
        "Image Compression (context 3 (JPEG-LS Lossless Image Compression or uncompressed): "
        "accepted as Explicit VR Little Endian); let it choose JPEG-LS Lossless Image Compression "
        "where it is proposed, or convert the files"
    )
    assert reason(routes[3]) == (
        f"the peer takes SOP class {CT} as Explicit VR Little Endian, not as JPEG 2000 Image "
        "Compression (Lossless Only) (context 7 (JPEG 2000 Image Compression (Lossless Only)): "
        "transfer syntaxes not supported); let it choose JPEG 2000 Image Compression (Lossless "
        "Only) where it is proposed, or convert the files"
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
    words = reason(plan_routes(KINDS, PROPOSAL, accepted)[1])
    assert "as Explicit VR Little Endian and JPEG 2000 Image Compression (Lossless Only)," in words


def test_says_that_no_transfer_syntax_is_supported() -> None:
    routes = plan_routes(KINDS, PROPOSAL, [], [RefusedContext(5, 4)])
    assert reason(routes[2]) == (
        f"the peer does not support Explicit VR Little Endian for SOP class {MR} "
        "(context 5 (uncompressed): transfer syntaxes not supported); "
        "let it accept Explicit VR Little Endian, or convert the files"
    )


def test_says_that_the_user_was_refused() -> None:
    for result, words in (
        (1, "user rejection"),
        (2, "no reason (provider rejection)"),
        (77, "no answer"),
    ):
        routes = plan_routes(KINDS, PROPOSAL, [], [RefusedContext(5, result)])
        assert reason(routes[2]) == (
            f"the peer refused SOP class {MR} (context 5 (uncompressed): {words}); "
            "ask its administrator whether this AE title may store this SOP class"
        )
    assert "context 5 (uncompressed): no answer" in reason(plan_routes(KINDS, PROPOSAL, [])[2])


def test_says_that_a_choice_was_not_proposed() -> None:
    routes = plan_routes(KINDS, PROPOSAL, [AcceptedContext(5, MR, "1.2.3")])
    assert "accepted as 1.2.3, which was not proposed" in reason(routes[2])


def test_kinds_that_were_not_proposed() -> None:
    proposal = PROPOSAL._replace(rejected_kinds=frozenset({3}), context_ids={0: 1})
    routes = plan_routes(KINDS, proposal, [AcceptedContext(1, CT, LEI)])
    assert routes[0] == as_stored(1, LEI)
    assert reason(routes[3]) == (
        "JPEG 2000 Image Compression (Lossless Only) could only be proposed without the default "
        "transfer syntax, which -nip forbids; leave out -nip, or convert the files"
    )
