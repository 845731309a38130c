"""Authorities, keys, certificates and revocation lists for the tests of TLS, made by trustme."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, NamedTuple

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "correct horse"
NAMES = ("localhost", "127.0.0.1")

_NOW = datetime.datetime.now(datetime.UTC)
_DAY = datetime.timedelta(days=1)


class KeyPair(NamedTuple):
    """Paths of a private key and its certificate, in PEM."""

    key: Path
    certificate: Path

    @property
    def options(self) -> tuple[str, str, str]:
        """The option of storescu, storescp and fastsend."""
        return "+tls", str(self.key), str(self.certificate)


class Authority:
    """An authority whose files are in `folder`.

    Parameters
    ----------
    folder : Path
        Made here.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._ca = trustme.CA()
        self.certificate = folder / "ca.crt"
        self._ca.cert_pem.write_to_path(str(self.certificate))

    def issue(
        self, name: str, *identities: str, valid: str = "now", elliptic: bool = False
    ) -> KeyPair:
        """Issue a certificate that is valid "now", was in the "past" or will be in the "future"."""
        first = _NOW + {"now": -1, "past": -9, "future": 5}[valid] * _DAY
        issued = self._ca.issue_cert(
            *(identities or NAMES),
            not_before=first,
            not_after=first + 6 * _DAY,
            key_type=trustme.KeyType.ECDSA if elliptic else trustme.KeyType.RSA,
        )
        pair = KeyPair(self.folder / f"{name}.key", self.folder / f"{name}.crt")
        issued.private_key_pem.write_to_path(str(pair.key))
        issued.cert_chain_pems[0].write_to_path(str(pair.certificate))
        return pair

    def revocation_list(self, name: str, *revoked: KeyPair, valid: str = "now") -> Path:
        """Make a list of revoked certificates; "past" for one that is no longer valid."""
        issuer = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        first = _NOW + {"now": -1, "past": -9}[valid] * _DAY
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.subject)
            .last_update(first)
            .next_update(first + 6 * _DAY)
        )
        for pair in revoked:
            certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(certificate.serial_number)
                .revocation_date(first)
                .build()
            )
        key = load_pem_private_key(self._ca.private_key_pem.bytes(), None)
        path = self.folder / f"{name}.crl"
        path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))  # type: ignore[arg-type]
        return path


def encrypted(pair: KeyPair, password: str = PASSWORD) -> KeyPair:
    """Return the pair with its key encrypted."""
    key = load_pem_private_key(pair.key.read_bytes(), None)
    path = pair.key.with_suffix(".encrypted.key")
    protection = BestAvailableEncryption(password.encode())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
    return KeyPair(path, pair.certificate)


def in_der(pair: KeyPair, *, kind: str = "PKCS8", password: str = "") -> KeyPair:
    """Return the pair in DER; the key as PKCS8 or as TraditionalOpenSSL."""
    key = load_pem_private_key(pair.key.read_bytes(), None)
    made = KeyPair(pair.key.with_suffix(".key.der"), certificate_in_der(pair.certificate))
    protection = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    made.key.write_bytes(key.private_bytes(Encoding.DER, getattr(PrivateFormat, kind), protection))
    return made


def certificate_in_der(path: Path) -> Path:
    """Return the first certificate of a file as a file in DER."""
    made = path.with_suffix(".crt.der")
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    made.write_bytes(certificate.public_bytes(Encoding.DER))
    return made


def list_in_der(path: Path) -> Path:
    """Return a revocation list as a file in DER."""
    made = path.with_suffix(".crl.der")
    made.write_bytes(x509.load_pem_x509_crl(path.read_bytes()).public_bytes(Encoding.DER))
    return made
