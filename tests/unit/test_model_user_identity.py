"""Identities, and secrets that do not show."""

from __future__ import annotations

import pytest

from fastsend.model.options import SendOptions
from fastsend.model.secret import Secret
from fastsend.model.user_identity import KERBEROS, USERNAME, Credential, UserIdentity


def test_a_secret_does_not_show() -> None:
    identity = UserIdentity(Credential(USERNAME, Secret(b"tweety")), Secret(b"sesame"))
    options = SendOptions("h", 1, ("f",), user_identity=identity)
    for text in (
        repr(options),
        str(options),
        f"{identity.passcode}",
        f"{options}",
        str(options.user_identity.passcode),
    ):
        assert "tweety" not in text
        assert "sesame" not in text
        assert "Secret(...)" in text
    assert Secret(b"sesame").reveal() == b"sesame"


@pytest.mark.parametrize(
    ("identity", "kind"),
    [
        (UserIdentity(), 0),
        (UserIdentity(passcode=Secret(b"x")), 0),
        (UserIdentity(Credential(USERNAME, Secret(b"u"))), 1),
        (UserIdentity(Credential(USERNAME, Secret(b"u")), Secret(b"x")), 2),
        (UserIdentity(Credential(USERNAME, Secret(b"u")), Secret(b"")), 2),
        (UserIdentity(Credential(KERBEROS, Secret(b"t")), Secret(b"x")), 3),
    ],
)
def test_type(identity: UserIdentity, kind: int) -> None:
    # PS3.7 Table D.3-14
    assert identity.type == kind
