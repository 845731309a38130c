"""From what the user asked of TLS to a context for connections."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING, NamedTuple

from fastsend.association.tls_ciphers import (
    CIPHER_SUITES,
    openssl_name,
    supported_cipher_suites,
)
from fastsend.association.tls_files import load_authorities, load_directory, load_identity
from fastsend.association.tls_profiles import PROFILES
from fastsend.errors import TLSSetupError

if TYPE_CHECKING:
    from fastsend.association.tls_profiles import ProfileRules
    from fastsend.model.tls import Tls

_LOG = logging.getLogger(__name__)

ALPN_PROTOCOL = "dicom"
"""Registered with IANA for TLS ALPN; newer DCMTK servers end connections with other ones."""


class SecureTransport(NamedTuple):
    """How connections are secured."""

    context: ssl.SSLContext
    server_name: str | None
    """For SNI, and where the context checks names for that."""
    checks_strength: bool
    """Whether the peer's certificate has to be as strong as PS3.15 B.13 says."""
    authenticates: bool
    """Whether there is a client certificate."""


def secure_transport(tls: Tls) -> SecureTransport:
    """Return how to secure connections, having read all files; may ask for a password.

    Raises
    ------
    TLSSetupError
        Where what was asked for cannot be had; the text says what.
    """
    rules = PROFILES[tls.profile]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = tls.checked_name is not None
    # DCMTK takes "if present" (-vc) as "require" for a client, and so does OpenSSL.
    context.verify_mode = ssl.CERT_NONE if tls.peer_check == "ignore" else ssl.CERT_REQUIRED
    _set_suites(context, rules, tls.cipher_suites)
    _set_versions(context, rules)
    context.set_alpn_protocols([ALPN_PROTOCOL])
    _load_trust(context, tls)
    if tls.identity is not None:
        load_identity(context, tls, tls.identity)
    if tls.dh_parameter_file is not None:
        _check_dh_parameters(context, tls.dh_parameter_file)
    if None not in (tls.checked_name, tls.server_name) and tls.checked_name != tls.server_name:
        raise TLSSetupError(
            "--tls-name and --request-sni name two servers; OpenSSL checks the name it asks for"
        )
    server_name = tls.server_name if tls.checked_name is None else tls.checked_name
    if server_name is not None:
        _check_name(context, server_name)
    return SecureTransport(
        context,
        server_name,
        checks_strength=tls.profile == "rfc8996-mod" and tls.peer_check != "ignore",
        authenticates=tls.identity is not None,
    )


# -- cipher suites and versions --------------------------------------------------------------


def _set_suites(context: ssl.SSLContext, rules: ProfileRules, further: tuple[str, ...]) -> None:
    supported = set(supported_cipher_suites())
    for suite in rules.suites:
        if suite not in supported:
            raise TLSSetupError(
                f"the profile '{rules.name}' needs {suite}, which this machine's "
                f"{ssl.OPENSSL_VERSION} does not have"
            )
    for suite in further:
        _check_further(rules, suite, supported)
    suites = [*rules.suites, *(s for s in rules.optional if s in supported), *further]
    names = ":".join(dict.fromkeys(openssl_name(suite) for suite in suites))
    try:
        # Unknown names would be dropped without a word: none is left.
        context.set_ciphers(f"{names}:@SECLEVEL={rules.security_level}")
    except ssl.SSLError as exc:
        raise TLSSetupError(
            f"this machine's {ssl.OPENSSL_VERSION} allows none of the ciphersuites {names}"
        ) from exc
    missing = {openssl_name(suite) for suite in suites} - {
        cipher["name"] for cipher in context.get_ciphers()
    }
    if missing:
        raise TLSSetupError(
            f"this machine's {ssl.OPENSSL_VERSION} does not allow the ciphersuites "
            f"{', '.join(sorted(missing))} with the profile '{rules.name}'"
        )


def _check_further(rules: ProfileRules, suite: str, supported: set[str]) -> None:
    """Check a suite that the user adds against the profile, as DCMTK does."""
    if suite not in CIPHER_SUITES:
        raise TLSSetupError(f"unknown ciphersuite '{suite}'; --list-ciphers lists them")
    if suite not in supported:
        raise TLSSetupError(
            f"ciphersuite '{suite}' is not in this machine's {ssl.OPENSSL_VERSION}; "
            "--list-ciphers lists those that are"
        )
    if not rules.further_suites:
        raise TLSSetupError(f"no ciphersuites can be added to the profile '{rules.name}'")
    if rules is PROFILES["null"]:
        return
    if "_NULL_" in suite:
        raise TLSSetupError(
            f"unencrypted ciphersuite '{suite}' is not permitted with the profile '{rules.name}'"
        )
    if rules is PROFILES["rfc8996"] and suite.endswith("_SHA"):
        raise TLSSetupError(
            f"ciphersuite '{suite}' uses SHA-1, which the profile '{rules.name}' does not permit"
        )
    if suite.startswith("TLS_RSA_"):
        _LOG.warning("ciphersuite '%s' has no forward secrecy (RFC 9325 4.1)", suite)
    elif suite.startswith("TLS_DHE_") and rules is PROFILES["rfc8996"]:
        _LOG.warning("ciphersuite '%s' should not be used any more (RFC 9325 4.1)", suite)


def _set_versions(context: ssl.SSLContext, rules: ProfileRules) -> None:
    # DCMTK leaves TLS 1.0 and 1.1 on in the profiles that were made before 2017; Python warns of
    # them by name only.
    context.minimum_version = (
        ssl.TLSVersion.TLSv1_2 if rules.oldest_is_tls_1_2 else ssl.TLSVersion.MINIMUM_SUPPORTED
    )
    if not rules.allows_tls_1_3:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if rules is PROFILES["null"]:
        _LOG.warning("nothing is encrypted: everybody on the way can read what is sent (+pn)")


# -- whom to trust ---------------------------------------------------------------------------


def _load_trust(context: ssl.SSLContext, tls: Tls) -> None:
    """Load authorities and revocation lists; like DCMTK, go on without those that cannot be."""
    for path in tls.ca_files:
        try:
            load_authorities(context, path, tls.file_format)
        except (OSError, ValueError) as exc:
            _LOG.warning("unable to load certificate file '%s', ignoring: %s", path, _why(exc))
    for path in tls.ca_directories:
        try:
            load_directory(context, path, tls.file_format)
        except (OSError, ValueError) as exc:
            _LOG.warning(
                "unable to load certificates from directory '%s', ignoring: %s", path, _why(exc)
            )
    for path in tls.crl_files:
        try:
            load_authorities(context, path, tls.file_format)
        except (OSError, ValueError) as exc:
            _LOG.warning("unable to load CRL file '%s', ignoring: %s", path, _why(exc))
    if tls.crl_check == "chain":
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN
    elif tls.crl_check == "leaf" or tls.crl_files:
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF


def _check_dh_parameters(context: ssl.SSLContext, path: str) -> None:
    try:
        context.load_dh_params(path)
    except (OSError, ValueError) as exc:
        _LOG.warning(
            "unable to load temporary DH parameter file '%s', ignoring: %s", path, _why(exc)
        )
    else:
        _LOG.warning(
            "the DH parameters of '%s' are not used: the server of a connection chooses them", path
        )


def _check_name(context: ssl.SSLContext, name: str) -> None:
    try:
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)
    except (ValueError, ssl.SSLError) as exc:
        raise TLSSetupError(f"'{name}' is not the name of a server") from exc


def _why(exc: Exception) -> str:
    if isinstance(exc, ssl.SSLError):
        return (getattr(exc, "reason", None) or str(exc)).replace("_", " ").lower()
    return (isinstance(exc, OSError) and exc.strerror) or str(exc)
