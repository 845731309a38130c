"""Secure connections to DCMTK's storescp and Orthanc, in all the ways that they fail."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from peers.certificates import (
    PASSWORD,
    Authority,
    KeyPair,
    certificate_in_der,
    encrypted,
    in_der,
    list_in_der,
)
from peers.fastsend_command import run
from peers.programs import require_program
from peers.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from peers.fastsend_command import Finished
    from peers.orthanc import Orthanc
    from peers.storescp import StoreSCP

pytestmark = pytest.mark.peer


class World(NamedTuple):
    """Keys of everybody, made once."""

    authority: Authority
    stranger: Authority
    server: KeyPair
    elliptic: KeyPair
    client: KeyPair

    @property
    def options(self) -> tuple[str, ...]:
        return *self.client.options, "+cf", str(self.authority.certificate)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder / "ca")
    return World(
        authority,
        Authority(folder / "stranger"),
        authority.issue("server"),
        authority.issue("elliptic", elliptic=True),
        authority.issue("client", "client"),
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = Study(tmp_path_factory.mktemp("study"))
    for size in (400_000, 0):
        study.add(pixel_bytes=size)
    return study


@pytest.fixture
def secure_scp(storescp: Callable[..., StoreSCP], world: World) -> Callable[..., StoreSCP]:
    """Start storescp with TLS: ``secure_scp(*options, pair=...)``."""

    def start(*options: str, pair: KeyPair = world.server) -> StoreSCP:
        return storescp("+B", *pair.options, "+cf", str(world.authority.certificate), *options)

    return start


def send(scp: StoreSCP, study: Study, *options: object, **keywords: object) -> Finished:
    arguments = [str(option) for option in options]
    return run("-v", *arguments, "localhost", str(scp.port), study.folder, **keywords)


def check_arrived(scp: StoreSCP, study: Study, finished: Finished) -> None:
    assert finished.exit_code == 0, finished
    assert {one.sop_instance_uid: one.data_set for one in scp.received()} == study.data_sets


def check_refused(scp: StoreSCP, finished: Finished, words: str) -> None:
    assert finished.exit_code == 67, finished
    assert words in finished.stderr, finished
    assert len([line for line in finished.stderr.splitlines() if line[:2] == "E:"]) == 1
    assert scp.files() == []


def storescu(scp: StoreSCP, study: Study, *options: object) -> int:
    """Return the exit code of the real one."""
    command = [require_program("storescu"), *options, "localhost", str(scp.port), *study.paths]
    return subprocess.run(
        [str(part) for part in command], check=False, stdin=subprocess.DEVNULL, timeout=60
    ).returncode


# ---- what goes through

# Of ours against theirs: the version and suite that both take, None where there is none.
PROFILES = {
    ("+pg", "+py"): "TLSv1.3",
    ("+pg", "+pz"): "TLSv1.2, ECDHE-RSA-AES",
    ("+pg", "+pa"): None,
    ("+pm", "+px"): "TLSv1.3",
    ("+py", "+px"): "TLSv1.3",
    ("+py", "+pn"): None,
    ("+px", "+pa"): "TLSv1.2, AES128-SHA",
    ("+px", "+pz"): "TLSv1.2, ",
    ("+pz", "+py"): "TLSv1.2, ",
    ("+pa", "+pa"): "TLSv1.2, AES128-SHA",
    ("+pa", "+py"): None,
    ("+pn", "+pn"): "TLSv1.2, NULL-SHA",
    ("+pn", "+pa"): None,
}


@pytest.mark.parametrize(("ours", "theirs"), PROFILES)
def test_profiles(
    ours: str, theirs: str, secure_scp: Callable[..., StoreSCP], study: Study, world: World
) -> None:
    scp = secure_scp(theirs)
    finished = send(scp, study, *world.options, ours)
    common = PROFILES[ours, theirs]
    if common is None:
        check_refused(scp, finished, "the peer has no ciphersuite in common")
    else:
        assert f"I: secure connection: {common}" in finished.stderr
        check_arrived(scp, study, finished)
    if ours not in ("+pg", "+pm"):  # 3.6.7 has not got them
        theirs_code = storescu(scp, study, *world.options, ours)
        assert theirs_code == (1 if common is None else 0)


def test_a_server_with_an_elliptic_curve(
    secure_scp: Callable[..., StoreSCP], study: Study, world: World
) -> None:
    scp = secure_scp("+pz", pair=world.elliptic)
    finished = send(scp, study, *world.options)
    assert "TLSv1.2, ECDHE-ECDSA-AES" in finished.stderr
    check_arrived(scp, study, finished)


def test_a_further_cipher_suite(
    secure_scp: Callable[..., StoreSCP], study: Study, world: World
) -> None:
    scp = secure_scp("+pa", "+cs", "TLS_RSA_WITH_AES_256_CBC_SHA")
    suites = ("+cs", "TLS_RSA_WITH_AES_256_CBC_SHA", "+cs", "TLS_RSA_WITH_AES_128_CBC_SHA")
    finished = send(scp, study, *world.options, "+py", *suites)
    assert "TLSv1.2, AES256-SHA" in finished.stderr
    assert finished.stderr.count("has no forward secrecy") == 2
    check_arrived(scp, study, finished)


@pytest.mark.parametrize("form", ["-pem", "-der"])
def test_directories_names_and_servers_that_ask_for_nothing(
    form: str, secure_scp: Callable[..., StoreSCP], study: Study, world: World, tmp_path: Path
) -> None:
    certificate = world.authority.certificate
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(certificate)]
    name = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
    folder = tmp_path / "authorities"
    folder.mkdir()
    revoked = world.authority.revocation_list("other", world.client)
    if form == "-der":
        certificate, revoked = certificate_in_der(certificate), list_in_der(revoked)
    (folder / f"{name}.0").write_bytes(certificate.read_bytes())
    (folder / f"{name}.r0").write_bytes(revoked.read_bytes())
    (folder / "README").write_text("no certificate")
    scp = secure_scp("-ic")
    finished = send(scp, study, "+tla", form, "+cd", folder, "+crv", "--tls-name", "127.0.0.1")
    check_arrived(scp, study, finished)
    assert storescu(scp, study, "+tla", form, "+cd", folder, "+crv") == 0


def test_orthanc(orthanc: Callable[..., Orthanc], study: Study, world: World) -> None:
    scp = orthanc(
        {
            "DicomTlsEnabled": True,
            "DicomTlsPrivateKey": str(world.server.key),
            "DicomTlsCertificate": str(world.server.certificate),
            "DicomTlsTrustedCertificates": str(world.authority.certificate),
        }
    )
    arguments = (*world.options, "--tls-name", "localhost", "-aec", scp.ae_title)
    finished = run(*arguments, "localhost", str(scp.port), study.folder)
    assert finished.exit_code == 0, finished
    received = {one.sop_instance_uid: one.data_set for one in scp.received()}
    assert received == study.data_sets
    anonymous = run("+tla", *world.options[3:], "localhost", str(scp.port), study.folder)
    assert anonymous.exit_code == 67
    assert "client certificate" in anonymous.stderr


# ---- keys and certificates of any form


@pytest.mark.parametrize("kind", ["PKCS8", "TraditionalOpenSSL", "encrypted"])
@pytest.mark.parametrize("elliptic", [False, True])
def test_keys_in_der(
    kind: str,
    elliptic: bool,
    secure_scp: Callable[..., StoreSCP],
    study: Study,
    world: World,
) -> None:
    pair = world.authority.issue("other", "client", elliptic=elliptic)
    pair = in_der(pair, password=PASSWORD) if kind == "encrypted" else in_der(pair, kind=kind)
    authority = certificate_in_der(world.authority.certificate)
    crl = list_in_der(world.authority.revocation_list("empty"))
    trust = ("-der", "+cf", authority, "+crl", crl)
    scp = secure_scp()
    finished = send(
        scp, study, *pair.options, *trust, environment={"FASTSEND_TLS_PASSWORD": PASSWORD}
    )
    check_arrived(scp, study, finished)


@pytest.mark.parametrize("source", ["option", "environment", "file"])
def test_passwords(
    source: str,
    secure_scp: Callable[..., StoreSCP],
    study: Study,
    world: World,
    tmp_path: Path,
) -> None:
    pair = encrypted(world.client)
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\nthe second line is not of it\n")
    given = {"option": ("+pw", PASSWORD), "file": ("--tls-password-file", path)}.get(source, ())
    options = (*pair.options, "+cf", world.authority.certificate, *given, "-d")
    environment = {"FASTSEND_TLS_PASSWORD": PASSWORD if source == "environment" else "wrong"}
    scp = secure_scp()
    finished = send(scp, study, *options, environment=environment)
    check_arrived(scp, study, finished)
    assert PASSWORD not in finished.stdout + finished.stderr


# ---- what does not


@pytest.mark.parametrize(
    ("valid", "words"), [("past", "it has expired"), ("future", "it is not valid yet")]
)
def test_a_server_that_is_not_valid_now(
    valid: str, words: str, secure_scp: Callable[..., StoreSCP], study: Study, world: World
) -> None:
    scp = secure_scp(pair=world.authority.issue(valid, valid=valid))
    check_refused(scp, send(scp, study, *world.options), words)
    assert storescu(scp, study, *world.options) == 1


def test_whom_to_trust(secure_scp: Callable[..., StoreSCP], study: Study, world: World) -> None:
    scp = secure_scp()
    stranger = ("+cf", world.stranger.certificate)
    pair = world.client.options
    check_refused(scp, send(scp, study, *pair, *stranger), "is not trusted")
    check_refused(scp, send(scp, study, *pair), "is not trusted")
    wrong_name = send(scp, study, *world.options, "--tls-name", "pacs.example")
    check_refused(scp, wrong_name, "is not for 'pacs.example' (--tls-name)")
    assert storescu(scp, study, *pair, *stranger) == storescu(scp, study, *pair) == 1
    check_arrived(scp, study, send(scp, study, *pair, "-ic"))


def test_revocation(secure_scp: Callable[..., StoreSCP], study: Study, world: World) -> None:
    scp = secure_scp()
    revoked = world.authority.revocation_list("revoked", world.server)
    stale = world.authority.revocation_list("stale", valid="past")
    empty = world.authority.revocation_list("empty")
    for options, words in (
        (("+crl", revoked), "it has been revoked"),
        (("+crl", revoked, "+cra"), "it has been revoked"),
        (("+crl", stale), "the revocation list has expired"),
        (("+crv",), "no revocation list of its authority was given"),
        (("+crl", world.authority.folder / "missing"), "unable to load CRL file"),
    ):
        check_refused(scp, send(scp, study, *world.options, *options), words)
        assert storescu(scp, study, *world.options, *options) == 1
    check_arrived(scp, study, send(scp, study, *world.options, "+crl", empty, "+cra"))


@pytest.mark.parametrize("theirs", ["+py", "+pz"])
def test_clients_that_the_server_refuses(
    theirs: str, secure_scp: Callable[..., StoreSCP], study: Study, world: World
) -> None:
    """With TLS 1.3 (+py) that shows only after the handshake."""
    scp = secure_scp(theirs)
    trust = "+cf", str(world.authority.certificate)
    stranger = world.stranger.issue("client", "client")
    anonymous = send(scp, study, "+tla", *trust)
    check_refused(scp, anonymous, "+tls")
    check_refused(scp, send(scp, study, *stranger.options, *trust), "client certificate")
    expired = world.authority.issue("old", "client", valid="past")
    check_refused(scp, send(scp, study, *expired.options, *trust), "client certificate")
    assert storescu(scp, study, "+tla", *trust) == 1


def test_one_side_without_tls(
    secure_scp: Callable[..., StoreSCP],
    storescp: Callable[..., StoreSCP],
    study: Study,
    world: World,
) -> None:
    plain = storescp()
    check_refused(plain, send(plain, study, *world.options), "does it expect TLS on this port?")
    secure = secure_scp()
    finished = send(secure, study)
    assert finished.exit_code == 61
    assert "does it expect TLS (+tls)" in finished.stderr
    assert secure.files() == []


def test_keys_that_cannot_be_used(study: Study, world: World, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    certificate = world.client.certificate
    locked = encrypted(world.client).key
    garbage = tmp_path / "garbage"
    garbage.write_bytes(os.urandom(300))
    for key, cert, options, words in (
        (missing, certificate, (), "cannot load the private key from"),
        (world.client.key, missing, (), "cannot load the certificate from"),
        (world.client.key, world.server.certificate, (), "do not match"),
        (garbage, certificate, (), "is it in DER (-der)?"),
        (garbage, certificate, ("-der",), "is no private key in DER"),
        (locked, certificate, ("-pw",), "wrong password"),
        (locked, certificate, ("+pw", "wrong"), "wrong password"),
        (locked, certificate, ("+ps",), "nobody typed it"),
        (locked, certificate, ("--tls-password-file", missing), "no password: the file"),
        (locked, certificate, ("+pw", "x" * 2000), "longer than 1023 bytes"),
    ):
        arguments = [str(argument) for argument in ("+tls", key, cert, *options)]
        finished = run(*arguments, "localhost", "1", study.folder)
        assert finished.exit_code == 67, finished
        assert words in finished.stderr
        assert "x" * 100 not in finished.stderr


def test_what_this_openssl_cannot_do(study: Study, world: World) -> None:
    for options, words in (
        (("+cs", "TLS_NONSENSE"), "unknown ciphersuite 'TLS_NONSENSE'"),
        (("+cs", "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA"), "is not in this machine's OpenSSL"),
        (("+cs", "TLS_RSA_WITH_NULL_SHA"), "is not permitted"),
        (("+cs", "TLS_RSA_WITH_AES_128_CBC_SHA"), "uses SHA-1"),
        (("--tls-name", ""), "is not the name of a server"),
        (("--tls-name", "a.example", "--request-sni", "b.example"), "name two servers"),
    ):
        finished = run(*world.options, *options, "localhost", "1", study.folder)
        assert finished.exit_code == 67, finished
        assert words in finished.stderr


def test_seeds(
    secure_scp: Callable[..., StoreSCP], study: Study, world: World, tmp_path: Path
) -> None:
    scp = secure_scp()
    seed, written = tmp_path / "seed", tmp_path / "written"
    seed.write_bytes(b"not random")
    finished = send(scp, study, *world.options, "+rs", seed, "+ws")
    check_arrived(scp, study, finished)
    content = seed.read_bytes()
    assert len(content) == 1024
    assert seed.stat().st_mode & 0o077 == 0
    finished = send(scp, study, *world.options, "+rs", seed, "+wf", written)
    assert finished.exit_code == 0
    assert written.read_bytes() != content == seed.read_bytes()
    finished = send(scp, study, *world.options, "+rs", tmp_path / "none", "+wf", tmp_path)
    assert finished.exit_code == 0
    assert "cannot read the seed file" in finished.stderr
    assert "cannot write random seed" in finished.stderr


def test_dh_parameters_are_the_servers(
    secure_scp: Callable[..., StoreSCP], study: Study, world: World, tmp_path: Path
) -> None:
    scp = secure_scp()
    finished = send(scp, study, *world.options, "+dp", tmp_path / "none")
    check_arrived(scp, study, finished)
    assert "unable to load temporary DH parameter file" in finished.stderr


# ---- lists


def test_the_list_of_cipher_suites_holds_those_of_dcmtk() -> None:
    def suites(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.startswith("  TLS_")]

    command = [str(require_program("storescu")), "--list-ciphers"]
    theirs = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    finished = run("+cc")
    assert finished.exit_code == 0
    assert finished.stdout.startswith("Supported TLS ciphersuites are:\n")
    # 3.6.7 leaves out CCM, which newer releases have.
    ours = [line for line in suites(finished.stdout) if "_CCM" not in line]
    assert ours == suites(theirs)
