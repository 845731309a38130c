"""Keys and certificates in DER, made by cryptography."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from fastsend.association.tls_der import pem_label_of_key, weakness_of_certificate

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
DSA = dsa.generate_private_key(2048)


@pytest.mark.parametrize("key", [RSA, EC, DSA], ids=["RSA", "EC", "DSA"])
@pytest.mark.parametrize("kind", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_labels_are_those_of_pem(key: rsa.RSAPrivateKey, kind: PrivateFormat) -> None:
    pem = key.private_bytes(Encoding.PEM, kind, NoEncryption())
    encoded = key.private_bytes(Encoding.DER, kind, NoEncryption())
    label = pem_label_of_key(encoded)
    assert pem.startswith(b"-----BEGIN %b-----\n" % label.encode())


def test_the_label_of_an_encrypted_key() -> None:
    encryption = BestAvailableEncryption(b"hush")
    encoded = EC.private_bytes(Encoding.DER, PrivateFormat.PKCS8, encryption)
    assert pem_label_of_key(encoded) == "ENCRYPTED PRIVATE KEY"


def certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, hash_name: str) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pacs")])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now)
        .sign(key, getattr(hashes, hash_name)())
        .public_bytes(Encoding.DER)
    )


@pytest.mark.parametrize(
    ("key", "hash_name", "words"),
    [
        (RSA, "SHA256", None),
        (EC, "SHA384", None),
        (RSA, "SHA224", "signed with SHA-224"),
        (EC, "SHA224", "signed with SHA-224"),
        (ec.generate_private_key(ec.SECP224R1()), "SHA256", "224 bits"),
    ],
)
def test_weak_certificates(
    key: ec.EllipticCurvePrivateKey, hash_name: str, words: str | None
) -> None:
    weakness = weakness_of_certificate(certificate(key, hash_name))
    assert weakness is None if words is None else words in (weakness or "")


def test_everything_else_is_a_value_error() -> None:
    key = RSA.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    whole = certificate(EC, "SHA256")
    for encoded in (b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80", b"\x02\x01\x00", b"MZ"):
        with pytest.raises(ValueError, match=r"\w"):
            pem_label_of_key(encoded)
        with pytest.raises(ValueError, match=r"\w"):
            weakness_of_certificate(encoded)
    for end in range(0, len(whole), 7):
        with pytest.raises(ValueError, match=r"\w"):
            weakness_of_certificate(whole[:end])
    for end in range(0, len(key), 53):
        with pytest.raises(ValueError, match=r"\w"):
            pem_label_of_key(key[:end])
