"""Contexts that are made of options: versions, suites, and how much is verified."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, get_args

import pytest

from fastsend.association.tls_ciphers import openssl_name
from fastsend.association.tls_context import secure_transport
from fastsend.errors import TLSSetupError
from fastsend.model.tls import Profile, Tls

if TYPE_CHECKING:
    from pathlib import Path

NEWEST = ssl.TLSVersion.MAXIMUM_SUPPORTED
OLDEST = ssl.TLSVersion.MINIMUM_SUPPORTED
TLS_1_2 = ssl.TLSVersion.TLSv1_2

# PS3.15 Annex B and DCMTK's manual: oldest version, newest version, suites up to TLS 1.2.
PROFILES = {
    "rfc8996": (TLS_1_2, NEWEST, 4),
    "rfc8996-mod": (TLS_1_2, NEWEST, 10),
    "bcp195-nd": (TLS_1_2, NEWEST, 4),
    "bcp195": (OLDEST, NEWEST, 5),
    "bcp195-ex": (TLS_1_2, TLS_1_2, 6),
    "aes": (OLDEST, TLS_1_2, 1),
    "null": (OLDEST, TLS_1_2, 1),
}


def suites(context: ssl.SSLContext) -> list[str]:
    """Of those up to TLS 1.2."""
    return [one["name"] for one in context.get_ciphers() if one["protocol"] != "TLSv1.3"]


@pytest.mark.parametrize("profile", get_args(Profile))
def test_profiles(profile: Profile) -> None:
    has_3des = _has("TLS_RSA_WITH_3DES_EDE_CBC_SHA")
    if profile == "basic" and not has_3des:
        with pytest.raises(TLSSetupError, match="needs TLS_RSA_WITH_3DES_EDE_CBC_SHA"):
            secure_transport(Tls(profile=profile))
        return
    transport = secure_transport(Tls(profile=profile))
    context = transport.context
    oldest, newest, count = PROFILES.get(profile, (OLDEST, TLS_1_2, 0))
    assert (context.minimum_version, context.maximum_version) == (oldest, newest)
    assert len(suites(context)) == count + (has_3des and profile in ("bcp195", "aes", "basic"))
    assert transport.checks_strength == (profile == "rfc8996-mod")
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, False)
    assert transport.server_name is None


def _has(suite: str) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:eNULL:@SECLEVEL=0")
    return openssl_name(suite) in suites(context)


def test_further_suites_come_behind_those_of_the_profile() -> None:
    tls = Tls(cipher_suites=("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",))
    assert suites(secure_transport(tls).context)[-1] == "DHE-RSA-AES128-GCM-SHA256"


def test_how_much_is_verified(tmp_path: Path) -> None:
    def context(**changes: object) -> ssl.SSLContext:
        return secure_transport(Tls()._replace(**changes)).context  # type: ignore[arg-type]

    chain = ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN
    leaf = ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    assert context(peer_check="ignore").verify_mode == ssl.CERT_NONE
    assert context(peer_check="present").verify_mode == ssl.CERT_REQUIRED
    assert not context().verify_flags & chain
    assert context(crl_check="leaf").verify_flags & chain == leaf
    assert context(crl_files=(str(tmp_path / "none"),)).verify_flags & chain == leaf
    assert context(crl_check="chain").verify_flags & chain == chain
    assert context(checked_name="pacs").check_hostname


def test_names() -> None:
    assert secure_transport(Tls(server_name="a")).server_name == "a"
    assert secure_transport(Tls(checked_name="a", server_name="a")).server_name == "a"
    with pytest.raises(TLSSetupError, match="two servers"):
        secure_transport(Tls(checked_name="a", server_name="b"))
    for name in ("", ".a", "a" * 300):
        with pytest.raises(TLSSetupError, match="not the name of a server"):
            secure_transport(Tls(checked_name=name))


@pytest.mark.parametrize("content", [b"", b"text", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"\0"])
def test_files_that_are_none_are_told_and_passed_over(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    names = (str(path), str(tmp_path), "nul\0byte")
    for file_format in ("pem", "der"):
        caplog.clear()
        tls = Tls(ca_files=names, crl_files=names, file_format=file_format)  # type: ignore[arg-type]
        secure_transport(tls)
        assert len([one for one in caplog.records if "ignoring" in one.getMessage()]) == 6
