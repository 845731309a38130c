"""Why no secure connection came about, in sentences that say what to do."""

from __future__ import annotations

import os
import ssl

from fastsend.errors import TLSError

# By OpenSSL's number of the verification error (X509_V_ERR_...).
_VERIFICATION = {
    3: "no revocation list of its authority was given; add it with +crl, or do without +crv",
    9: "it is not valid yet; is this machine's clock right?",
    10: "it has expired; the peer needs a new one",
    11: "a revocation list is not valid yet; is this machine's clock right?",
    12: "the revocation list has expired; get a newer one for +crl",
    18: "it is self-signed and not among the trusted ones; if it is the peer's, add it with +cf",
    19: "the authority at the end of its chain is not trusted; if it should be, add it with +cf",
    20: "the authority that issued it is not known; add that authority's certificate with +cf",
    21: "the authority that issued it is not known; add that authority's certificate with +cf",
    23: "it has been revoked",
    66: "its key is too short for this security profile",
    67: "the key of its authority is too short for this security profile",
    68: "it, or one of its chain, has too weak a signature for this security profile",
}
_NAME_MISMATCHES = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH

_OWN_CERTIFICATE = "give a certificate that the peer trusts (+tls)"
# Alerts of the peer (RFC 8446 6.2), by OpenSSL's names without the version in front.
_ALERTS = {
    "HANDSHAKE_FAILURE": (
        "the peer has no ciphersuite in common; try another security profile, or add a "
        "ciphersuite (+cs)"
    ),
    "INSUFFICIENT_SECURITY": "the peer asks for stronger ciphersuites; try another profile",
    "PROTOCOL_VERSION": "the peer takes no version of TLS that the security profile allows",
    "NO_PROTOCOL": "the peer knows no DICOM on this port (ALPN)",
    "NO_APPLICATION_PROTOCOL": "the peer knows no DICOM on this port (ALPN)",
    "UNRECOGNIZED_NAME": "the peer has not the name that was requested (--request-sni)",
    "CERTIFICATE_REQUIRED": f"the peer asks for a client certificate; {_OWN_CERTIFICATE}",
    "UNKNOWN_CA": (
        "the peer does not know the authority of the client certificate; "
        f"add it there, or {_OWN_CERTIFICATE}"
    ),
    "BAD_CERTIFICATE": f"the peer does not take the client certificate; {_OWN_CERTIFICATE}",
    "UNSUPPORTED_CERTIFICATE": f"the peer does not take the client certificate; {_OWN_CERTIFICATE}",
    "CERTIFICATE_REVOKED": "the client certificate has been revoked",
    "CERTIFICATE_EXPIRED": "the client certificate has expired",
    "CERTIFICATE_UNKNOWN": f"the peer does not take the client certificate; {_OWN_CERTIFICATE}",
    "ACCESS_DENIED": "the peer does not let this client in",
    "DECRYPT_ERROR": "the peer could not verify what was signed; are key and certificate a pair?",
}
_NO_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "HTTPS_PROXY_REQUEST",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
    "BAD_PACKET_LENGTH",
    "ENCRYPTED_LENGTH_TOO_LONG",
)
_UNSUITABLE = ("UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE", "VERSION_TOO_LOW")


def handshake_error(where: str, exc: OSError, name: str | None, *, authenticated: bool) -> TLSError:
    """Say why a handshake failed.

    Parameters
    ----------
    where : str
        The peer, as the user named it.
    exc : OSError
        What Python raised.
    name : str or None
        What the peer's certificate had to be for.
    authenticated : bool
        Whether there is a client certificate.
    """
    no = f"no secure connection to {where}: "
    if isinstance(exc, ssl.SSLCertVerificationError):
        code = exc.verify_code
        if code in _NAME_MISMATCHES:
            return TLSError(f"{no}the peer's certificate is not for '{name}' (--tls-name)")
        why = _VERIFICATION.get(code, exc.verify_message)
        return TLSError(f"{no}the peer's certificate is not accepted: {why}")
    if isinstance(exc, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
        return TLSError(f"{no}the peer ended it in the handshake; does it expect TLS on this port?")
    if isinstance(exc, ssl.SSLError):
        reason = getattr(exc, "reason", None) or ""
        if reason in _NO_TLS:
            return TLSError(f"{no}the peer does not speak TLS on this port")
        if reason in _UNSUITABLE:
            return TLSError(f"{no}{_ALERTS['PROTOCOL_VERSION']}")
        if reason.endswith("_ALERT_HANDSHAKE_FAILURE") and not authenticated:
            return TLSError(
                f"{no}the peer asks for a client certificate (+tls), or has no ciphersuite in "
                "common"
            )
        told = alert_text(exc)
        return TLSError(no + (told or reason.replace("_", " ").lower() or str(exc)))
    return TLSError(no + (os.strerror(exc.errno) if exc.errno else str(exc)))


def refusal_error(where: str, exc: OSError | None, *, authenticated: bool) -> TLSError:
    """Say why a peer ended the connection after the handshake and before an answer.

    With TLS 1.3 the handshake is over for a client before the server has looked at the client's
    certificate (RFC 8446 2).
    """
    no = f"{where} ended the secure connection before it answered the association request: "
    told = alert_text(exc) if isinstance(exc, ssl.SSLError) else None
    if told is not None:
        return TLSError(no + told)
    mine = "did it refuse the client certificate" if authenticated else "does it ask for one (+tls)"
    client = "" if authenticated else "there is no client certificate (+tla); "
    return TLSError(f"{no}{client}{mine}, and does it know the calling AE title?")


def alert_text(exc: ssl.SSLError) -> str | None:
    """Return what the peer's alert means; None where the error is no alert."""
    version, found, alert = (getattr(exc, "reason", None) or "").partition("_ALERT_")
    if not found or not version.startswith(("SSLV3", "TLSV1")):
        return None
    return _ALERTS.get(alert, f"the peer says '{alert.replace('_', ' ').lower()}'")
