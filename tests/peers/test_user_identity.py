"""User Identity Negotiation: the bytes of storescu, and a peer that verifies."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from pynetdicom import AE, evt

from peers import fastsend_command
from peers.programs import require_program
from peers.proposals import SmallFiles
from peers.recording_scp import RecordingSCP

if TYPE_CHECKING:
    from pathlib import Path

    from peers.scp_records import Association

pytestmark = pytest.mark.peer("storescu")

CT = "1.2.840.10008.5.1.4.1.1.2"
LEE = "1.2.840.10008.1.2.1"
TOKEN = b"eyJhbGciOi.\0\xff\nJ9\r\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return SmallFiles(tmp_path)(CT, LEE)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_bytes(TOKEN)
    return file


def arguments(line: str, token: Path) -> list[str]:
    return [{"TOKEN": str(token), "NONE": ""}.get(word, word) for word in line.split()]


@pytest.mark.parametrize(
    "line",
    [
        "-usr tweety",
        "-usr NONE",
        "-usr \xe9t\xe9 -pwd s\xe9same",
        "-usr tweety -pwd sesame -rsp",
        "-usr tweety -pwd NONE",
        "-usr tweety -epw",
        "-usr tweety -epw -pwd sesame",
        "-kt TOKEN",
        "--saml TOKEN -rsp",
        "--jwt TOKEN",
        "-usr tweety --jwt TOKEN",
        "--jwt TOKEN -usr tweety -pwd sesame",
    ],
)
def test_as_storescu_sends_it(line: str, path: Path, token: Path) -> None:
    options = arguments(line, token)
    # Accepted and confirmed, so that both programs send.
    with RecordingSCP(user_items=[(0x59, b"\0\0")]) as scp:
        target = ["127.0.0.1", str(scp.port), str(path)]
        program = str(require_program("storescu"))
        subprocess.run([program, "-R", *options, *target], check=True, timeout=60)
        assert fastsend_command.run(*options, *target).exit_code == 0
        theirs, ours = scp.finished(2)
    assert item(ours) == item(theirs)
    assert len(ours.stores) == len(theirs.stores) == 1


def item(association: Association) -> tuple[list[int], bytes | None]:
    """Return the types of all user items, and the value of the identity."""
    assert association.request is not None
    kinds = [kind for kind, _ in association.request.user_items]
    return kinds, association.request.user_item(0x58)


@pytest.mark.parametrize("line", ["-pwd sesame", "-epw", "-rsp", "--jwt TOKEN -pwd sesame"])
def test_as_storescu_refuses_it(line: str, path: Path, token: Path) -> None:
    options = arguments(line, token)
    target = ["127.0.0.1", "1", str(path)]
    program = str(require_program("storescu"))
    theirs = subprocess.run(
        [program, *options, *target], capture_output=True, text=True, timeout=60, check=False
    )
    ours = fastsend_command.run(*options, *target)
    assert ours.exit_code == theirs.returncode == 1
    # The manual of storescu names --jwt, too; its message came with a later release.
    (message,) = [text for text in theirs.stderr.splitlines() if text.startswith("error: ")]
    message = message.replace(" or --saml", ", --saml or --jwt")
    assert ours.stderr.splitlines()[0] == message


def test_a_difference_on_purpose(path: Path) -> None:
    # storescu lets the rightmost of two passwords hold but where it is the empty one.
    line = ["-usr", "tweety", "-pwd", "sesame", "-epw"]
    with RecordingSCP() as scp:
        target = ["127.0.0.1", str(scp.port), str(path)]
        program = str(require_program("storescu"))
        assert subprocess.run([program, *line, *target], timeout=60, check=False).returncode == 1
        assert fastsend_command.run(*line, *target).exit_code == 0
        (ours,) = scp.finished(1)
    assert item(ours)[1] == b"\2\0\0\6tweety\0\0"


@pytest.mark.parametrize(("password", "exit_code"), [("sesame", 0), ("wrong", 61)])
def test_a_peer_that_verifies(password: str, exit_code: int, path: Path, tmp_path: Path) -> None:
    seen = []

    def verify(event: evt.Event) -> tuple[bool, bytes]:
        seen.append((event.user_id_type, event.primary_field, event.secondary_field))
        return event.secondary_field == b"sesame", b""

    entity = AE()
    entity.add_supported_context(CT)
    handlers = [(evt.EVT_USER_ID, verify), (evt.EVT_C_STORE, lambda _: 0)]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)  # type: ignore[arg-type]
    assert server is not None
    assert server.socket is not None
    try:
        port = server.socket.getsockname()[1]
        run = fastsend_command.run(
            *("-d", "-usr", "tweety", "127.0.0.1", str(port), str(path)),
            environment={"FASTSEND_PASSWORD": password},
        )
    finally:
        server.shutdown()
    assert run.exit_code == exit_code
    assert seen == [(2, b"tweety", password.encode())]
    assert password not in run.stdout + run.stderr
