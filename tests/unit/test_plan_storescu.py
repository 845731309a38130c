"""Presentation contexts as storescu has them; the real one is asked in tests/peers."""

from __future__ import annotations

import pytest

from fastsend.errors import PresentationContextError
from fastsend.model.proposal import AcceptedContext, InstanceKind, Proposal
from fastsend.plan.policy import Policy
from fastsend.plan.routes import NoRoute, Route
from fastsend.plan.storescu import propose_as_storescu, routes_as_storescu
from fastsend.plan.storescu_classes import DEFAULT_SOP_CLASSES

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
BEE = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
MPEG2 = "1.2.840.10008.1.2.4.100"
PLAIN = Policy(compat="storescu")
REQUIRED = PLAIN._replace(required=True)


def proposed(policy: Policy, *pairs: tuple[str, str]) -> Proposal:
    kinds = [InstanceKind(*pair) for pair in dict.fromkeys(pairs)]
    return propose_as_storescu(kinds, [kinds.index(InstanceKind(*pair)) for pair in pairs], policy)


def contexts(policy: Policy, *pairs: tuple[str, str]) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(*context,) for context in proposed(policy, *pairs).contexts]


def test_the_list_fills_an_association() -> None:
    assert len(set(DEFAULT_SOP_CLASSES)) == len(DEFAULT_SOP_CLASSES) == 64
    found = contexts(PLAIN, (SEGMENTATION, RLE))
    assert [context_id for context_id, *_ in found] == list(range(1, 256, 2))
    assert {syntaxes for *_, syntaxes in found} == {(LEE,), (BEE, LEI)}
    assert [uid for _, uid, _ in found[::2]] == [*DEFAULT_SOP_CLASSES]


def test_an_instance_of_another_class_has_no_context() -> None:
    proposal = proposed(PLAIN, (SEGMENTATION, LEE), (CT, LEE))
    assert proposal.context_ids == {0: (), 1: (41, 43)}
    accepted = [AcceptedContext(41, CT, LEE)]
    kinds = [InstanceKind(SEGMENTATION, LEE), InstanceKind(CT, LEE)]
    routes = routes_as_storescu(kinds, proposal, PLAIN, accepted)
    assert routes[0] == NoRoute(
        f"No presentation context for: (Segmentation Storage) {SEGMENTATION}"
    )
    assert routes[1] == (Route(41, LEE, "as_stored"),)


@pytest.mark.parametrize(
    ("proposed_uid", "combine", "syntaxes"),
    [
        (None, False, [(LEE,), (BEE, LEI)]),
        (None, True, [(LEE, BEE, LEI)]),
        (BEE, False, [(BEE,), (LEE, LEI)]),
        (LEI, False, [(LEI,)]),
        (LEI, True, [(LEI,)]),
        (RLE, False, [(RLE,), (LEE, BEE, LEI)]),
        (RLE, True, [(RLE, LEE, BEE, LEI)]),
        (MPEG2, False, [(MPEG2,)]),
        (MPEG2, True, [(MPEG2,)]),
    ],
)
def test_what_a_class_is_proposed_with(
    proposed_uid: str | None, combine: bool, syntaxes: list[tuple[str, ...]]
) -> None:
    policy = REQUIRED._replace(proposed=proposed_uid, combine=combine)
    found = contexts(policy, (MR, LEE), (CT, LEI), (MR, RLE))
    wanted = [(uid, one) for uid in (MR, CT) for one in syntaxes]
    assert found == [(2 * number + 1, *one) for number, one in enumerate(wanted)]


@pytest.mark.parametrize(("classes", "combine"), [(64, False), (128, True)])
def test_a_class_too_many(classes: int, combine: bool) -> None:
    policy = REQUIRED._replace(combine=combine)
    pairs = [(f"1.2.{number}", LEE) for number in range(classes)]
    assert len(contexts(policy, *pairs)) == 128
    with pytest.raises(PresentationContextError, match=r"^Too many presentation contexts$"):
        contexts(policy, *pairs, ("1.3", LEE))


def test_no_class_at_all() -> None:
    with pytest.raises(PresentationContextError, match="missing presentation contexts"):
        contexts(REQUIRED)
    assert len(contexts(PLAIN)) == 128


def chosen(stored: str, *taken: tuple[int, str], policy: Policy = PLAIN) -> object:
    """Return the route of a CT image where these contexts of its class are accepted so."""
    kinds = [InstanceKind(CT, stored)]
    proposal = propose_as_storescu(kinds, [0], policy._replace(required=True))
    accepted = [AcceptedContext(context_id, CT, uid) for context_id, uid in taken]
    found = routes_as_storescu(kinds, proposal, policy, accepted)[0]
    return found if isinstance(found, NoRoute) else found[0]


def test_the_own_syntax_comes_first_then_explicit_then_implicit() -> None:
    assert chosen(LEI, (1, LEE), (3, LEI)) == Route(3, LEI, "as_stored")
    assert chosen(LEI, (1, LEE), (3, BEE)) == Route(1, LEE, "re_encode")
    assert chosen(LEE, (3, BEE)) == Route(3, BEE, "re_encode")
    assert chosen(LEE, (3, LEI)) == Route(3, LEI, "re_encode")
    # In the order of the peer's answer.
    assert chosen(LEI, (3, BEE), (1, LEE)) == Route(3, BEE, "re_encode")


def test_native_files_are_deflated_where_that_is_proposed() -> None:
    policy = PLAIN._replace(proposed=DEFLATED)
    assert chosen(LEI, (1, DEFLATED), (3, LEI), policy=policy) == Route(1, DEFLATED, "convert")
    assert chosen(LEI, (3, LEI), policy=policy) == Route(3, LEI, "as_stored")
    assert chosen(DEFLATED, (1, LEE)) == Route(1, LEE, "convert")


def test_any_context_of_the_class_is_better_than_none() -> None:
    policy = PLAIN._replace(proposed=RLE)
    assert chosen(LEE, (1, RLE), policy=policy) == Route(1, RLE, "convert", pixels=False)
    assert chosen(JPEG_LOSSLESS, (1, LEE)) == Route(1, LEE, "convert", pixels=False)


def test_what_was_not_proposed_is_not_used() -> None:
    assert isinstance(chosen(LEE, (1, RLE)), NoRoute)
    assert isinstance(chosen(LEE), NoRoute)


def test_a_syntax_that_nobody_knows_is_not_converted() -> None:
    assert isinstance(chosen("1.2.3", (1, LEE)), NoRoute)
