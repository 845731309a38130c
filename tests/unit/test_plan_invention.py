"""Routes of runs that invent identifiers: no instance goes as it is stored."""

import pytest

from fastsend.model.invention import Invention
from fastsend.model.options import SendOptions
from fastsend.model.proposal import AcceptedContext, InstanceKind, PresentationContext, Proposal
from fastsend.plan.conversions import Obstacle, Step, conversion
from fastsend.plan.policy import Policy, policy_of
from fastsend.plan.routes import NoRoute, plan_routes

CT = "1.2.840.10008.5.1.4.1.1.2"
LEI, LEE, BEE = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED, RLE = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"
J = "1.2.840.10008.1.2.4."
GE = "1.2.840.113619.5.2"
INVENTS = Policy(invents=True)


@pytest.mark.parametrize("uid", [LEI, LEE, BEE, DEFLATED, RLE, GE, J + "50", J + "94", J + "102"])
def test_what_stays_in_its_syntax_is_edited(uid: str) -> None:
    assert conversion(uid, uid, Policy()) == Step("as_stored", lossy=False)
    # Without a decoder, too, and where -dn forbids one.
    assert conversion(uid, uid, INVENTS) == Step("convert", lossy=False)
    assert conversion(uid, uid, INVENTS._replace(decompress="never")) == Step(
        "convert", lossy=False
    )


@pytest.mark.parametrize(("stored", "sent"), [(LEI, LEE), (LEE, LEI), (BEE, LEE)])
def test_what_is_re_encoded_is_edited(stored: str, sent: str) -> None:
    assert conversion(stored, sent, Policy()) == Step("re_encode", lossy=False)
    assert conversion(stored, sent, INVENTS) == Step("convert", lossy=False)


@pytest.mark.parametrize(
    "uid", ["1.2.3.4", "1.2.840.10008.1.2.6.1", "1.2.840.10008.1.20", J + "95"]
)
def test_what_nobody_can_edit_is_not_sent(uid: str) -> None:
    found = conversion(uid, uid, INVENTS)
    assert isinstance(found, Obstacle)
    assert "cannot replace identifiers" in found.missing
    proposal = Proposal((PresentationContext(1, CT, (uid,)),), 0, 1, {0: (1,)}, frozenset())
    accepted = [AcceptedContext(1, CT, uid)]
    (route,) = plan_routes([InstanceKind(CT, uid)], proposal, INVENTS, accepted).values()
    assert isinstance(route, NoRoute)
    assert route.reason.startswith(found.missing)
    assert "leave out +II" in route.reason


@pytest.mark.parametrize(
    ("invention", "invents"),
    [
        (Invention(), False),
        (Invention(instances=True), True),
        (Invention(series_per_study=1), True),
    ],
)
def test_options_decide(invention: Invention, invents: bool) -> None:
    options = SendOptions("peer", 104, ("file",), invention=invention)
    nothing = frozenset[str]()
    assert policy_of(options, decodable=nothing, encodable=nothing).invents is invents
