"""Keys, certificates and revocation lists from files into a context, in PEM or in DER."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from base64 import encodebytes
from typing import TYPE_CHECKING

from fastsend.association.tls_der import pem_label_of_key
from fastsend.errors import TLSSetupError
from fastsend.model.secret import Secret
from fastsend.model.tls import PASSWORD_VARIABLE, PasswordFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastsend.model.tls import Identity, KeyFormat, Tls

LONGEST_FILE = 16 << 20
"""Bytes; all authorities of a country take less."""
LONGEST_PASSWORD = 1023
"""Bytes, of OpenSSL."""


def read_whole(path: str, limit: int = LONGEST_FILE) -> bytes:
    """Return what a regular file holds; OSError where it cannot be read or is longer."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(limit + 1)
    if content is None or len(content) > limit:
        raise OSError(f"no more than {limit} bytes are read of it")
    return content


# -- the sender's own key and certificate ----------------------------------------------------


class _Passwords:
    """Gives OpenSSL the password of the key, and keeps why there was none."""

    def __init__(self, source: Secret | PasswordFile | str | None, key_file: str) -> None:
        self._source = source
        self._key_file = key_file
        self.asked = False
        self.failure = ""

    def __call__(self) -> bytes:
        self.asked = True
        password = self._content()
        if len(password) > LONGEST_PASSWORD:
            self.failure = f"it is longer than {LONGEST_PASSWORD} bytes"
            raise ValueError(self.failure)
        return password

    def _content(self) -> bytes:
        if isinstance(self._source, Secret):
            return self._source.reveal()
        if isinstance(self._source, PasswordFile):
            return self._from_file(self._source.path)
        if self._source is None:
            given = os.environ.get(PASSWORD_VARIABLE)
            if given is not None:
                return os.fsencode(given)
        return self._from_user()

    def _from_file(self, path: str) -> bytes:
        try:
            lines = read_whole(path, 1 << 16).splitlines()
        except (OSError, ValueError) as exc:
            self.failure = f"the file '{path}' cannot be read: {_reason(exc)}"
            raise
        return lines[0] if lines else b""

    def _from_user(self) -> bytes:
        import warnings
        from getpass import getpass

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # without a terminal it shows what is typed
                return getpass(f"Enter PEM pass phrase of {self._key_file}: ").encode()
        except (EOFError, OSError):
            self.failure = (
                f"nobody typed it; give it with +pw, --tls-password-file or {PASSWORD_VARIABLE}"
            )
            raise


def load_identity(context: ssl.SSLContext, tls: Tls, identity: Identity) -> None:
    """Load the private key and the certificate with its chain.

    Raises
    ------
    TLSSetupError
        Where they cannot be used; the text says why, and never names the password.
    """
    key_file, certificate_file = identity
    passwords = _Passwords(tls.password, key_file)
    failed = f"cannot load the private key from '{key_file}'"
    for what, path in (("private key", key_file), ("certificate", certificate_file)):
        try:
            content = read_whole(path)
        except (OSError, ValueError) as exc:
            raise TLSSetupError(f"cannot load the {what} from '{path}': {_reason(exc)}") from exc
        if tls.file_format == "pem" and b"-----BEGIN " not in content:
            raise TLSSetupError(
                f"cannot load the {what} from '{path}': it is not in PEM; is it in DER (-der)?"
            )
    try:
        with _as_pem(identity, tls.file_format) as (certificate_path, key_path):
            context.load_cert_chain(certificate_path, key_path, passwords)
    except ssl.SSLError as exc:
        reason = getattr(exc, "reason", None)
        if reason in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"):
            raise TLSSetupError(
                f"private key '{key_file}' and certificate '{certificate_file}' do not match"
            ) from exc
        if getattr(exc, "reason", None) in (
            "EE_KEY_TOO_SMALL",
            "CA_MD_TOO_WEAK",
            "CA_KEY_TOO_SMALL",
        ):
            raise TLSSetupError(
                f"certificate '{certificate_file}' is too weak for this security profile: "
                f"{_openssl_reason(exc)}"
            ) from exc
        if passwords.asked:
            raise TLSSetupError(f"{failed}: wrong password, or a damaged file") from exc
        raise TLSSetupError(
            f"cannot load the private key from '{key_file}' with the certificate from "
            f"'{certificate_file}': {_openssl_reason(exc)}"
        ) from exc
    except (OSError, EOFError, ValueError) as exc:
        if not passwords.failure and isinstance(exc, ValueError):
            raise TLSSetupError(f"{failed}: {exc}") from exc
        raise TLSSetupError(f"{failed}: no password: {passwords.failure or _reason(exc)}") from exc


@contextlib.contextmanager
def _as_pem(identity: Identity, file_format: KeyFormat) -> Iterator[tuple[str, str]]:
    """Yield the paths of certificate and key in PEM; only they can be loaded."""
    if file_format == "pem":
        yield identity.certificate_file, identity.key_file
        return
    key = read_whole(identity.key_file)
    try:
        label = pem_label_of_key(key)
    except ValueError as exc:
        raise TLSSetupError(
            f"cannot load the private key from '{identity.key_file}': it is no private key in DER"
        ) from exc
    certificate = armoured("CERTIFICATE", read_whole(identity.certificate_file))
    with in_file(certificate) as certificate_path, in_file(armoured(label, key)) as key_path:
        yield certificate_path, key_path


def armoured(label: str, encoded: bytes) -> bytes:
    """Return DER as PEM (RFC 7468)."""
    text = encodebytes(encoded)
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label.encode(), text, label.encode())


@contextlib.contextmanager
def in_file(content: bytes) -> Iterator[str]:
    """Yield a path with `content`, of which nothing reaches a disk where the system allows it."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("pem"), "wb") as file:
            file.write(content)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    descriptor, path = tempfile.mkstemp()
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield path
    finally:
        os.unlink(path)  # noqa: PTH108 - pathlib costs start-up time


# -- authorities and revocation lists --------------------------------------------------------


def load_authorities(context: ssl.SSLContext, path: str, file_format: KeyFormat) -> None:
    """Load a file of certificates, or of revocation lists; OSError or ValueError where not."""
    content = read_whole(path)
    if file_format == "pem":
        if b"-----BEGIN " not in content:
            raise ValueError("it is not in PEM; is it in DER (-der)?")
        context.load_verify_locations(cafile=path)
        return
    try:
        context.load_verify_locations(cadata=content)
    except ssl.SSLError:
        # Only certificates can be given in DER.
        with in_file(armoured("X509 CRL", content)) as crl_path:
            context.load_verify_locations(cafile=crl_path)


def load_directory(context: ssl.SSLContext, path: str, file_format: KeyFormat) -> None:
    """Load the certificates and revocation lists of a directory; OSError where it is none.

    Only names that are hashes count, as for OpenSSL: eight digits, a dot, ``r`` for a revocation
    list, a number.
    """
    names = os.listdir(path)  # noqa: PTH208 - pathlib costs start-up time
    if file_format == "pem":
        context.load_verify_locations(capath=path)
        return
    for name in sorted(names):
        if _is_hash_name(name):
            # What cannot be read is not there for OpenSSL either.
            with contextlib.suppress(OSError, ValueError):
                load_authorities(context, os.path.join(path, name), "der")  # noqa: PTH118


def _is_hash_name(name: str) -> bool:
    stem, _, number = name.partition(".")
    digits = "0123456789abcdef"
    return len(stem) == 8 and all(c in digits for c in stem) and number.lstrip("r").isdecimal()


def _reason(exc: Exception) -> str:
    return (isinstance(exc, OSError) and exc.strerror) or str(exc)


def _openssl_reason(exc: ssl.SSLError) -> str:
    return (getattr(exc, "reason", None) or str(exc)).replace("_", " ").lower()
