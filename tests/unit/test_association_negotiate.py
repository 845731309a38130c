"""What an association says of itself, which addresses it tries, and how it ends."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from fastsend.errors import (
    ConnectionFailedError,
    IdentityNotConfirmedError,
    NegotiationError,
)
from fastsend.model.association_profile import AssociationProfile, RoleSelection
from fastsend.model.options import SendOptions
from fastsend.model.proposal import PresentationContext
from fastsend.model.report import exit_code
from fastsend.model.result import Outcome
from fastsend.model.secret import Secret
from fastsend.model.user_identity import Credential, UserIdentity
from fastsend.sender import send
from peers.recording_scp import RecordingSCP, refuse
from peers.study import CT, EXPLICIT, IMPLICIT, MR, Study

if TYPE_CHECKING:
    from pathlib import Path

    from fastsend.model.options import IPVersion

ACKNOWLEDGED = (0x59, b"\0\0")
IDENTITIES = [
    UserIdentity(Credential(1, Secret(b"tweety")), positive_response=True),
    UserIdentity(Credential(1, Secret(b"tweety")), Secret(b"sesame"), positive_response=True),
    UserIdentity(Credential(3, Secret(b"sesame")), positive_response=True),
    UserIdentity(Credential(4, Secret(b"sesame")), positive_response=True),
    UserIdentity(Credential(5, Secret(b"sesame")), positive_response=True),
]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = Study(tmp_path)
    made.add()
    made.add()
    return made


def options(study: Study, port: int, **changes: object) -> SendOptions:
    plain = SendOptions("127.0.0.1", port, (str(study.folder),), dimse_timeout=20)
    return plain._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("answer", [(), ((0x59, b"\0\5ab"),)])
def test_without_a_confirmation_nothing_is_sent(
    study: Study, identity: UserIdentity, answer: tuple[tuple[int, bytes], ...]
) -> None:
    with RecordingSCP(user_items=answer) as scp:
        report = send(options(study, scp.port, user_identity=identity, halt=False))
        (association,) = scp.finished(1)
    assert isinstance(report.error, IdentityNotConfirmedError)
    assert "-rsp" in str(report.error)
    assert exit_code(report) == 61
    assert (association.stores, association.ended) == ([], "aborted")
    assert {result.outcome for result in report.results} == {Outcome.PENDING}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_with_a_confirmation_all_is_sent(
    study: Study, identity: UserIdentity, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET)
    with RecordingSCP(user_items=[ACKNOWLEDGED]) as scp:
        report = send(options(study, scp.port, user_identity=identity))
        (association,) = scp.finished(1)
    assert exit_code(report) == 0
    assert association.request is not None
    sent = association.request.user_item(0x58)
    assert sent is not None
    assert sent[:2] == bytes((identity.type, 1))
    assert "sesame" not in caplog.text
    assert "sesame" not in repr(report)
    assert "tweety" not in caplog.text


def test_the_longest_identity(study: Study) -> None:
    with RecordingSCP() as scp:
        send(options(study, scp.port))
        (association,) = scp.finished(1)
        assert association.request is not None
        others = sum(4 + len(value) for _, value in association.request.user_items)
        # Header of the sub-item, type, response requested, two lengths: PS3.7 Table D.3-14.
        token = b"x" * (65535 - others - 10)
        identity = UserIdentity(Credential(5, Secret(token)))
        assert exit_code(send(options(study, scp.port, user_identity=identity))) == 0
        _, association = scp.finished(2)
        assert association.request is not None
        assert association.request.user_item(0x58) == (
            b"\5\0" + len(token).to_bytes(2, "big") + token + b"\0\0"
        )
        identity = UserIdentity(Credential(5, Secret(token + b"x")))
        report = send(options(study, scp.port, user_identity=identity))
        assert len(scp.associations) == 2
    assert type(report.error) is NegotiationError
    assert "65536" in str(report.error)


def test_abort_at_the_end(study: Study) -> None:
    with RecordingSCP() as scp:
        report = send(options(study, scp.port, abort=True))
        (association,) = scp.finished(1)
    assert exit_code(report) == 0
    assert len(association.stores) == 2
    assert association.ended == "aborted"
    assert association.abort == (0, 0)  # by the service user (PS3.8 Table 9-26)


@pytest.mark.parametrize(
    ("host", "version", "connects"),
    [
        ("127.0.0.1", "any", True),
        ("127.0.0.1", "auto", True),
        ("127.0.0.1", "4", True),
        ("127.0.0.1", "6", False),
        ("::1", "any", True),
        ("::1", "auto", True),
        ("::1", "6", True),
        ("::1", "4", False),
    ],
)
def test_ip_versions(study: Study, host: str, version: IPVersion, connects: bool) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with closing(listener):
        listener.settimeout(20)
        port = listener.getsockname()[1]
        accepted = threading.Thread(target=_drop, args=(listener,))
        if connects:
            accepted.start()
        report = send(options(study, port, peer=host, ip_version=version))
        if connects:
            accepted.join()
    assert isinstance(report.error, ConnectionFailedError) == (not connects)
    if not connects:
        assert f"IPv{version} address of the host {host!r}" in str(report.error)


def _drop(listener: socket.socket) -> None:
    listener.accept()[0].close()


@pytest.mark.parametrize(
    ("version", "expected"),
    [("any", ["127.0.0.1", "::1"]), ("auto", ["::1", "127.0.0.1"]), ("4", ["127.0.0.1"])],
)
def test_the_order_of_addresses(
    study: Study, version: IPVersion, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def resolve(host: str, port: int, family: int = 0, **_: object) -> list[tuple[object, ...]]:
        found = [(socket.AF_INET6, ("::1", port, 0, 0)), (socket.AF_INET, ("127.0.0.1", port))]
        return [
            (kind, socket.SOCK_STREAM, 6, "", address)
            for kind, address in found
            if family in (0, kind)
        ]

    def refuse_all(_: object, address: tuple[str, int], *__: object) -> None:
        asked.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    from fastsend.association import tcp_connection

    monkeypatch.setattr(tcp_connection, "_connect_until", refuse_all)
    report = send(options(study, 104, peer="pacs", ip_version=version))
    assert isinstance(report.error, ConnectionFailedError)
    assert asked == expected


def test_roles_that_the_peer_answers_do_not_matter(study: Study) -> None:
    # As with storescu: the sender is the SCU, whatever was proposed and answered.
    profile = AssociationProfile(
        "P",
        (PresentationContext(1, CT, (IMPLICIT,)), PresentationContext(3, CT, (EXPLICIT, EXPLICIT))),
        (RoleSelection(CT, scu=False, scp=True),),
    )
    role = (0x54, len(CT).to_bytes(2, "big") + CT.encode() + b"\0\1")
    with RecordingSCP(user_items=[role]) as scp:
        report = send(options(study, scp.port, association_profile=profile))
        (association,) = scp.finished(1)
    assert exit_code(report) == 0
    assert association.request is not None
    assert [context.transfer_syntaxes for context in association.request.contexts] == [
        (IMPLICIT,),
        (EXPLICIT, EXPLICIT),
    ]
    assert [store.context_id for store in association.stores] == [3, 3]


def test_a_profile_without_the_class(study: Study) -> None:
    profile = AssociationProfile("Other", (PresentationContext(1, MR, (EXPLICIT,)),))
    with RecordingSCP() as scp:
        report = send(options(study, scp.port, association_profile=profile))
        (association,) = scp.finished(1)
    assert (association.stores, association.ended) == ([], "released")
    assert exit_code(report) == 66
    assert "profile Other (-xf)" in (report.results[0].error or "")
    with RecordingSCP(accept=refuse(), strict=False) as scp:
        report = send(options(study, scp.port, association_profile=profile))
        (association,) = scp.finished(1)
    assert association.stores == []
