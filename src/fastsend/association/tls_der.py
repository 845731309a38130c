"""What has to be known of keys and certificates in DER (X.690), without a library for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTEGER = 0x02
_OBJECT_IDENTIFIER = 0x06
_SEQUENCE = 0x30
_VERSION = 0xA0  # of a certificate, [0] EXPLICIT

_EC_PUBLIC_KEY = bytes.fromhex("2a8648ce3d0201")
_SMALL_CURVES = {  # below 256 bits
    bytes.fromhex("2a8648ce3d030101"): 192,
    bytes.fromhex("2b81040021"): 224,
}
_WEAK_SIGNATURES = {  # below SHA-256
    bytes.fromhex("2a864886f70d010102"): "MD2",
    bytes.fromhex("2a864886f70d010104"): "MD5",
    bytes.fromhex("2a864886f70d010105"): "SHA-1",
    bytes.fromhex("2a864886f70d01010e"): "SHA-224",
    bytes.fromhex("2a8648ce380403"): "SHA-1",
    bytes.fromhex("2a8648ce3d0401"): "SHA-1",
    bytes.fromhex("2a8648ce3d040301"): "SHA-224",
}


class _Element(NamedTuple):
    tag: int
    content: bytes


def _elements(encoded: bytes) -> Iterator[_Element]:
    """Yield the elements of one level; ValueError where one is not whole."""
    position = 0
    while position < len(encoded):
        if position + 2 > len(encoded):
            raise ValueError("cut off")
        tag, length = encoded[position], encoded[position + 1]
        position += 2
        if length & 0x80:
            size = length & 0x7F
            if not 0 < size <= 4 or position + size > len(encoded):
                raise ValueError("not DER")
            length = int.from_bytes(encoded[position : position + size], "big")
            position += size
        if position + length > len(encoded):
            raise ValueError("cut off")
        yield _Element(tag, encoded[position : position + length])
        position += length


def _sequence(encoded: bytes) -> list[_Element]:
    first = next(_elements(encoded), None)
    if first is None or first.tag != _SEQUENCE:
        raise ValueError("no SEQUENCE")
    return list(_elements(first.content))


def pem_label_of_key(encoded: bytes) -> str:
    """Return what PEM calls a private key in DER.

    Raises
    ------
    ValueError
        Where it is none of RFC 5958, RFC 8017 A.1.2 and RFC 5915.
    """
    parts = _sequence(encoded)
    tags = [part.tag for part in parts]
    if len(tags) >= 2 and tags[0] == _SEQUENCE:
        return "ENCRYPTED PRIVATE KEY"
    if len(tags) >= 3 and tags[:2] == [_INTEGER, _SEQUENCE]:
        return "PRIVATE KEY"
    if len(tags) >= 9 and set(tags[:9]) == {_INTEGER}:
        return "RSA PRIVATE KEY"
    if len(tags) == 6 and set(tags) == {_INTEGER}:
        return "DSA PRIVATE KEY"
    if len(tags) >= 2 and tags[0] == _INTEGER and parts[0].content == b"\x01":
        return "EC PRIVATE KEY"
    raise ValueError("not a private key")


def weakness_of_certificate(encoded: bytes) -> str | None:
    """Return what PS3.15 B.13 does not allow of a peer's certificate, in words.

    RSA keys are left to OpenSSL's security level.

    Raises
    ------
    ValueError
        Where it is not an X.509 certificate (RFC 5280 4.1).
    """
    try:
        signed, algorithm = _sequence(encoded)[:2]
        oid = next(_elements(algorithm.content))
        fields = [part for part in _elements(signed.content) if part.tag != _VERSION]
        key_algorithm = list(_elements(next(_elements(fields[5].content)).content))
    except (IndexError, StopIteration) as exc:
        raise ValueError("not a certificate") from exc
    hash_name = _WEAK_SIGNATURES.get(oid.content)
    if hash_name is not None:
        return f"it is signed with {hash_name}, and the profile asks for SHA-256 or better"
    if key_algorithm[0].content == _EC_PUBLIC_KEY and len(key_algorithm) > 1:
        bits = _SMALL_CURVES.get(key_algorithm[1].content)
        if bits is not None:
            return f"its key has {bits} bits, and the profile asks for 256 on elliptic curves"
    return None
