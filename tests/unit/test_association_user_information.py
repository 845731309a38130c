"""Sub-items of the user information, and the confirmation of an identity in an A-ASSOCIATE-AC."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastsend.association.user_information import (
    async_operations,
    is_confirmed,
    user_items,
)
from fastsend.model.association_profile import (
    AssociationProfile,
    ExtendedNegotiation,
    RoleSelection,
)
from fastsend.model.options import SendOptions
from fastsend.model.proposal import PresentationContext
from fastsend.model.secret import Secret
from fastsend.model.user_identity import Credential, UserIdentity
from peers import pdu_bytes

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
LEE = "1.2.840.10008.1.2.1"
ASKED = UserIdentity(Credential(1, Secret(b"u")), positive_response=True)
REQUEST = pdu_bytes.AssociateRequest(bytes(74), 1, "A", "B", "1.2.3", (), ())


def answer(*user_items: tuple[int, bytes]) -> bytes:
    return pdu_bytes.associate_ac(REQUEST, {1: LEE, 3: 4}, user_items=user_items)


@pytest.mark.parametrize(
    ("items", "confirmed"),
    [
        ([], False),
        ([(0x59, b"\0\0")], True),
        ([(0x54, b"\0\x031.2\1\1"), (0x59, b"\0\3abc")], True),
        ([(0x58, b"\0\0")], False),
        ([(0x59, b"")], False),
        ([(0x59, b"\0")], False),
        ([(0x59, b"\0\3ab")], False),
        ([(0x59, b"\0\3abcd")], False),
        ([(0x55, b"\x59\0\0\2\0\0")], False),
    ],
)
def test_confirmation(items: list[tuple[int, bytes]], confirmed: bool) -> None:
    pdu = answer(*items)
    assert is_confirmed(ASKED, pdu) == confirmed
    assert is_confirmed(ASKED._replace(positive_response=False), pdu)
    assert is_confirmed(UserIdentity(positive_response=True), pdu)
    assert not any(is_confirmed(ASKED, pdu[:end]) for end in range(len(pdu)))


@pytest.mark.parametrize(
    ("proposed", "items", "operations"),
    [
        (16, [], 1),
        (16, [(0x53, b"\0\x10\0\1")], 16),
        (16, [(0x53, b"\0\4\0\1")], 4),
        (16, [(0x53, b"\0\1\0\1")], 1),
        (16, [(0x53, b"\0\0\0\0")], 16),  # without limit
        (16, [(0x53, b"\xff\xff\0\1")], 16),  # more than was proposed
        (65535, [(0x53, b"\1\2\0\1")], 0x0102),
        (16, [(0x54, b"\0\x031.2\1\1"), (0x53, b"\0\2\0\1")], 2),
        (16, [(0x55, b"\x53\0\0\4\0\2\0\1")], 1),
        # Not proposed: what is answered means nothing.
        (1, [(0x53, b"\0\4\0\1")], 1),
        (1, [(0x53, b"")], 1),
    ],
)
def test_async_operations(proposed: int, items: list[tuple[int, bytes]], operations: int) -> None:
    assert async_operations(proposed, answer(*items)) == operations


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        ([(0x53, b"")], "0 bytes instead of 4"),
        ([(0x53, b"\0\4")], "2 bytes instead of 4"),
        ([(0x53, b"\0\4\0\1\0\0")], "6 bytes instead of 4"),
        ([(0x53, b"\0\4\0\1"), (0x53, b"\0\4\0\1")], "2 asynchronous operations windows"),
    ],
)
def test_a_window_that_makes_no_sense(items: list[tuple[int, bytes]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        async_operations(16, answer(*items))


@pytest.mark.parametrize("window", [2, 16, 65535])
def test_the_window_is_proposed_for_requests_only(window: int) -> None:
    options = SendOptions("pacs", 104, ())
    assert user_items(options, ()) == ()
    (item,) = user_items(options._replace(async_window=window), ())
    assert user_items(options._replace(async_window=window, compat="storescu"), ()) == ()
    # PS3.7 Table D.3-7: type, reserved, length, invoked, performed
    encoded = b"\x53\0\0\4" + window.to_bytes(2, "big") + b"\0\1"
    assert item.from_primitive().encode() == encoded


@given(st.binary(max_size=200), st.integers(1, 65535))
def test_bytes_that_are_no_window(data: bytes, proposed: int) -> None:
    try:
        operations = async_operations(proposed, bytes(74) + data)
    except ValueError:
        return
    assert 1 <= operations <= proposed


@given(st.binary(max_size=200))
def test_bytes_that_are_no_answer(data: bytes) -> None:
    assert not is_confirmed(ASKED, data[:80])
    is_confirmed(ASKED, bytes(74) + data)


def test_items_encode_as_the_standard_says() -> None:
    profile = AssociationProfile(
        "P",
        (
            PresentationContext(1, CT, (LEE,)),
            PresentationContext(3, MR, (LEE,)),
            PresentationContext(5, CT, (LEE,)),
        ),
        (RoleSelection(CT, scu=False, scp=True),),
        (ExtendedNegotiation(MR, b"\1\2\3"),),
    )
    identity = UserIdentity(Credential(1, Secret(b"user")), Secret(b""))
    options = SendOptions("h", 1, ("f",), association_profile=profile, user_identity=identity)
    encoded = [item.from_primitive().encode() for item in user_items(options, profile.contexts)]
    uid = CT.encode()
    role = b"\x54\0\0\x1d\0\x19" + uid + b"\0\1"  # PS3.7 Table D.3-9
    extended = b"\x56\0\0\x1e\0\x19" + MR.encode() + b"\1\2\3"  # PS3.7 Table D.3-11
    user = b"\x58\0\0\x0a\2\0\0\4user\0\0"  # PS3.7 Table D.3-14
    assert encoded == [role, role, extended, user]
    assert user_items(SendOptions("h", 1, ("f",)), profile.contexts) == ()
