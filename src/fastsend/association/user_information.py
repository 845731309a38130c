"""The user information of an A-ASSOCIATE-RQ: roles, extended negotiation, user identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pynetdicom import pdu_primitives
from pynetdicom.association import ServiceUser
from pynetdicom.pdu_items import UserIdentitySubItemRQ
from pynetdicom.pdu_primitives import (
    AsynchronousOperationsWindowNegotiation,
    SCP_SCU_RoleSelectionNegotiation,
    SOPClassExtendedNegotiation,
)

from fastsend.model.options import proposed_operations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pynetdicom.association import Association

    from fastsend.model.options import SendOptions
    from fastsend.model.proposal import PresentationContext
    from fastsend.model.user_identity import UserIdentity

UserItem = Any
"""A primitive of pynetdicom for one sub-item."""

_ORDER = (
    "MaximumLengthNotification",
    "ImplementationClassUIDNotification",
    "AsynchronousOperationsWindowNegotiation",
    "SCP_SCU_RoleSelectionNegotiation",
    "ImplementationVersionNameNotification",
    "SOPClassExtendedNegotiation",
    "SOPClassCommonExtendedNegotiation",
    "UserIdentityNegotiation",
)
"""Sub-items by their types, 51H to 58H, as DCMTK sends them: a peer may have known no other."""


_FIRST_ITEM = 74
"""Bytes of an A-ASSOCIATE-AC before its items (PS3.8 Table 9-17)."""
_USER_INFORMATION = 0x50
_ASYNC_OPERATIONS_WINDOW = 0x53
_USER_IDENTITY_AC = 0x59
_WINDOW_BYTES = 4


class Requestor(ServiceUser):
    """The requesting side, with user information that pynetdicom would not let through.

    It refuses an empty passcode, which PS3.7 D.3.3.7 allows, and a second role selection item for
    a SOP class, which DCMTK sends where a class has several contexts.
    """

    def __init__(self, association: Association, items: Sequence[UserItem]) -> None:
        super().__init__(association, "requestor")
        self._items = list(items)

    @property
    def user_information(self) -> list[UserItem]:
        """The items to send in the order of their types; once sent, those that were."""
        items = super().user_information
        if not self.writeable:
            return items
        return sorted(items + self._items, key=lambda item: _ORDER.index(type(item).__name__))


class UserIdentityNegotiation(pdu_primitives.UserIdentityNegotiation):
    """An identity to send, whatever is in it; pynetdicom knows primitives by this very name."""

    def from_primitive(self) -> UserIdentitySubItemRQ:
        """Return the sub-item to encode."""
        item = UserIdentitySubItemRQ()
        item.from_primitive(self)
        return item


def user_items(
    options: SendOptions, contexts: Sequence[PresentationContext]
) -> tuple[UserItem, ...]:
    """Return the items that the options of a run add to each association request.

    As storescu sends them, there is a role selection item for each context whose SOP class has
    roles in the profile, and one item of extended negotiation for each SOP class that has it.
    """
    items: list[UserItem] = []
    operations = proposed_operations(options)
    if operations > 1:
        window = AsynchronousOperationsWindowNegotiation()
        window.maximum_number_operations_invoked = operations
        window.maximum_number_operations_performed = 1
        items.append(window)
    profile = options.association_profile
    if profile is not None:
        roles = {role.sop_class_uid: role for role in profile.roles}
        for context in contexts:
            if context.abstract_syntax in roles:
                role = SCP_SCU_RoleSelectionNegotiation()
                role.sop_class_uid = context.abstract_syntax
                role.scu_role = roles[context.abstract_syntax].scu
                role.scp_role = roles[context.abstract_syntax].scp
                items.append(role)
        for negotiated in profile.extended_negotiation:
            extended = SOPClassExtendedNegotiation()
            extended.sop_class_uid = negotiated.sop_class_uid
            extended.service_class_application_information = negotiated.application_information
            items.append(extended)
    if options.user_identity.credential is not None:
        items.append(_identity_item(options.user_identity))
    return tuple(items)


def _identity_item(identity: UserIdentity) -> UserItem:
    item = UserIdentityNegotiation()
    item.user_identity_type = identity.type
    item.positive_response_requested = identity.positive_response
    item.primary_field = identity.credential.primary.reveal() if identity.credential else b""
    item.secondary_field = identity.passcode.reveal() if identity.passcode else b""
    return item


def encoded_length(items: Sequence[UserItem]) -> int:
    """Return how many bytes sub-items take in an A-ASSOCIATE-RQ."""
    return sum(4 + item.from_primitive().item_length for item in items)


def is_confirmed(identity: UserIdentity, answer: bytes) -> bool:
    """Return False where a confirmation of the identity was asked for and did not come.

    Parameters
    ----------
    identity : UserIdentity
        What was sent.
    answer : bytes
        The A-ASSOCIATE-AC PDU. The confirmation of any kind of identity is a sub-item in it
        (PS3.7 Table D.3-15), empty where there is nothing to say beyond that. pynetdicom would
        take one that is cut off for whole.
    """
    if identity.credential is None or not identity.positive_response:
        return True
    return any(
        len(value) >= 2 and len(value) - 2 == _number(value)
        for value in _sub_items(answer, _USER_IDENTITY_AC)
    )


def async_operations(proposed: int, answer: bytes) -> int:
    """Return how many operations may be outstanding at the same time (PS3.7 D.3.3.3).

    Parameters
    ----------
    proposed : int
        The number that was proposed; where it is 1, no window was, and none can be answered.
    answer : bytes
        The A-ASSOCIATE-AC PDU. Its Maximum-number-operations-invoked is what the peer allows the
        requestor to invoke; 0 is without limit.

    Raises
    ------
    ValueError
        Where there is more than one window, or one of another length (Table D.3-8).
    """
    windows = _sub_items(answer, _ASYNC_OPERATIONS_WINDOW) if proposed > 1 else []
    if not windows:
        return 1
    if len(windows) > 1:
        raise ValueError(f"it has {len(windows)} asynchronous operations windows")
    if len(windows[0]) != _WINDOW_BYTES:
        raise ValueError(
            f"its asynchronous operations window has {len(windows[0])} bytes instead of "
            f"{_WINDOW_BYTES}"
        )
    return min(_number(windows[0]) or proposed, proposed)


def _sub_items(answer: bytes, wanted: int) -> list[bytes]:
    """Return the values of the sub-items of one type in the user information."""
    return [
        value
        for item, information in _items(answer[_FIRST_ITEM:])
        if item == _USER_INFORMATION
        for kind, value in _items(information)
        if kind == wanted
    ]


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield types and values of items up to one that is cut off (PS3.8 9.3.3)."""
    position = 0
    while position + 4 <= len(data):
        end = position + 4 + _number(data[position + 2 :])
        if end > len(data):
            return
        yield data[position], data[position + 4 : end]
        position = end


def _number(data: bytes) -> int:
    return int.from_bytes(data[:2], "big")
