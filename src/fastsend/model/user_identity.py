"""Who the calling side says it is: User Identity Negotiation (PS3.7 D.3.3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fastsend.model.secret import Secret

USERNAME = 1
USERNAME_AND_PASSCODE = 2
KERBEROS = 3
SAML = 4
JWT = 5
"""The values of User-Identity-Type (PS3.7 Table D.3-14)."""

LONGEST_FIELD = 65535
"""Bytes of either field: their lengths have 16 bits (PS3.7 Table D.3-14)."""


class Credential(NamedTuple):
    """What kind of identity is given, and its primary field."""

    kind: int
    """`USERNAME`, `KERBEROS`, `SAML` or `JWT`."""
    primary: Secret
    """The user name, or the ticket, assertion or token."""


class UserIdentity(NamedTuple):
    """The identity to send with an association request; without a credential none is sent."""

    credential: Credential | None = None
    passcode: Secret | None = None
    """With a user name only; an empty one is sent, too."""
    positive_response: bool = False
    """Ask the peer to confirm the identity, and send nothing where it does not."""

    @property
    def type(self) -> int:
        """The User-Identity-Type; 0 where no identity is sent."""
        if self.credential is None:
            return 0
        if self.credential.kind == USERNAME and self.passcode is not None:
            return USERNAME_AND_PASSCODE
        return self.credential.kind
