"""A fixed proposal for associations, as ``-xf`` reads it from a configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fastsend.model.proposal import PresentationContext


class RoleSelection(NamedTuple):
    """The roles that the requestor proposes for a SOP class (PS3.7 D.3.3.4)."""

    sop_class_uid: str
    scu: bool
    scp: bool


class ExtendedNegotiation(NamedTuple):
    """What is negotiated for a SOP class beyond its context (PS3.7 D.3.3.5)."""

    sop_class_uid: str
    application_information: bytes
    """Service-class-application-information."""


class AssociationProfile(NamedTuple):
    """What each association of a run proposes, whatever the files are."""

    name: str
    contexts: tuple[PresentationContext, ...]
    """With the ids 1, 3, 5 and so on; at most 128."""
    roles: tuple[RoleSelection, ...] = ()
    extended_negotiation: tuple[ExtendedNegotiation, ...] = ()
