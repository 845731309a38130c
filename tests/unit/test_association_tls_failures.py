"""Sentences for what OpenSSL raises."""

from __future__ import annotations

import errno
import ssl

import pytest

from fastsend.association.tls_failures import alert_text, handshake_error, refusal_error
from fastsend.errors import EXIT_TLS


def error(reason: str, kind: type[ssl.SSLError] = ssl.SSLError) -> ssl.SSLError:
    made = kind(1, f"[SSL: {reason}]")
    made.reason = reason
    return made


@pytest.mark.parametrize(
    ("exc", "words"),
    [
        (error("WRONG_VERSION_NUMBER"), "does not speak TLS on this port"),
        (error("SSLV3_ALERT_HANDSHAKE_FAILURE"), "no ciphersuite in common"),
        (error("TLSV1_ALERT_PROTOCOL_VERSION"), "no version of TLS"),
        (error("UNSUPPORTED_PROTOCOL"), "no version of TLS"),
        (error("TLSV1_ALERT_INTERNAL_ERROR"), "the peer says 'internal error'"),
        (error("SOMETHING_NEW"), "something new"),
        (error("UNEXPECTED_EOF_WHILE_READING", ssl.SSLEOFError), "does it expect TLS"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "does it expect TLS"),
        (OSError(errno.ENETDOWN, "down"), "Network is down"),
    ],
)
def test_handshakes(exc: OSError, words: str) -> None:
    made = handshake_error("pacs:104", exc, None, authenticated=True)
    assert str(made).startswith("no secure connection to pacs:104: ")
    assert words in str(made)
    assert made.exit_code == EXIT_TLS


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        (10, None, "it has expired"),
        (23, None, "it has been revoked"),
        (62, "pacs", "is not for 'pacs'"),
        (999, None, "words of OpenSSL"),
    ],
)
def test_certificates(code: int, name: str | None, words: str) -> None:
    exc = ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED")
    exc.verify_code, exc.verify_message = code, "words of OpenSSL"
    made = handshake_error("pacs:104", exc, name, authenticated=True)
    assert words in str(made)


def test_a_handshake_without_a_client_certificate() -> None:
    exc = error("SSLV3_ALERT_HANDSHAKE_FAILURE")
    made = handshake_error("pacs:104", exc, None, authenticated=False)
    assert "asks for a client certificate (+tls)" in str(made)


def test_an_end_before_the_answer() -> None:
    alert = error("TLSV13_ALERT_CERTIFICATE_REQUIRED")
    assert "asks for a client certificate" in str(refusal_error("p:1", alert, authenticated=False))
    silent = str(refusal_error("p:1", None, authenticated=False))
    assert "does it ask for one (+tls)" in silent
    reset = ConnectionResetError(errno.ECONNRESET, "reset")
    assert "did it refuse the client" in str(refusal_error("p:1", reset, authenticated=True))


def test_what_is_no_alert() -> None:
    assert alert_text(error("BAD_ALERT_LENGTH")) is None
    assert alert_text(ssl.SSLError(1, "no reason")) is None
