"""Keys, certificates and revocation lists for pairs about TLS, made by the ``openssl`` command.

``ca.pem`` signs the certificates of the sender (``cert.pem``) and of all receivers but
``server_stranger.pem``, which is of ``other_ca.pem``. ``crl.pem`` revokes ``server_revoked.pem``.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from peers.programs import require_program

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "open sesame"
_VALID = ("20200101000000Z", "20991231235959Z")
_EXPIRED = ("20200101000000Z", "20200201000000Z")
_CONFIGURATION = """\
[ca]
default_ca = default
[default]
database = {name}.index
new_certs_dir = .
serial = {name}.serial
certificate = {name}.pem
private_key = {name}_key.pem
default_md = sha256
default_crl_days = 20000
policy = policy
copy_extensions = copy
unique_subject = no
x509_extensions = leaf
[policy]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
"""


def make_certificates(folder: Path) -> None:
    """Write all files into a folder."""
    work = folder / "work"
    work.mkdir()
    for name in ("ca", "other_ca"):
        _make_authority(work, name)
    for name, authority, period, subject in (
        ("cert", "ca", _VALID, "sender"),
        ("server", "ca", _VALID, "127.0.0.1"),
        ("server_named", "ca", _VALID, "somewhere.else.example"),
        ("server_expired", "ca", _EXPIRED, "127.0.0.1"),
        ("server_revoked", "ca", _VALID, "127.0.0.1"),
        ("server_stranger", "other_ca", _VALID, "127.0.0.1"),
    ):
        _make_certificate(work, name, authority, period, subject)
    _openssl(work, "ca", "-config", "ca.cnf", "-revoke", "server_revoked.pem")
    for name in ("ca", "other_ca"):
        _openssl(work, "ca", "-config", f"{name}.cnf", "-gencrl", "-out", f"{name}_crl.pem")
    shutil.move(work / "ca_crl.pem", work / "crl.pem")
    for kind, source, target in (("x509", "ca", "ca"), ("x509", "cert", "cert")):
        _openssl(work, kind, "-in", f"{source}.pem", "-outform", "DER", "-out", f"{target}.der")
    _openssl(work, "rsa", "-in", "cert_key.pem", "-outform", "DER", "-out", "key.der")
    _openssl(
        work, "rsa", "-aes128", "-in", "cert_key.pem", "-out", "locked_key.pem",
        "-passout", f"pass:{PASSWORD}",
    )  # fmt: skip
    shutil.move(work / "cert_key.pem", work / "key.pem")
    for path in (*work.glob("*.pem"), *work.glob("*.der")):
        shutil.move(path, folder / path.name)
    shutil.rmtree(work)
    parameters = ("-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048")
    _openssl(folder, "genpkey", *parameters, "-out", "dh.pem")
    authorities = folder / "authorities"
    authorities.mkdir()
    digest = _openssl(folder, "x509", "-in", "ca.pem", "-noout", "-subject_hash").strip()
    shutil.copyfile(folder / "ca.pem", authorities / f"{digest}.0")


def _make_authority(folder: Path, name: str) -> None:
    (folder / f"{name}.cnf").write_text(_CONFIGURATION.format(name=name))
    (folder / f"{name}.index").touch()
    (folder / f"{name}.serial").write_text("1000\n")
    _openssl(
        folder, "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "20000",
        "-subj", f"/CN={name}", "-keyout", f"{name}_key.pem", "-out", f"{name}.pem",
    )  # fmt: skip


def _make_certificate(
    folder: Path, name: str, authority: str, period: tuple[str, str], subject: str
) -> None:
    address = "DNS" if subject[0].isalpha() else "IP"
    _openssl(
        folder, "req", "-newkey", "rsa:2048", "-noenc", "-subj", f"/CN={subject}",
        "-addext", f"subjectAltName={address}:{subject}",
        "-keyout", f"{name}_key.pem", "-out", f"{name}.csr",
    )  # fmt: skip
    _openssl(
        folder, "ca", "-batch", "-notext", "-config", f"{authority}.cnf",
        "-startdate", period[0], "-enddate", period[1],
        "-in", f"{name}.csr", "-out", f"{name}.pem",
    )  # fmt: skip


def _openssl(folder: Path, *arguments: str) -> str:
    command = [str(require_program("openssl")), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout
