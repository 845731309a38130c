"""Names of cipher suites, against the openssl program."""

from __future__ import annotations

import subprocess

import pytest

from fastsend.association.tls_ciphers import CIPHER_SUITES, openssl_name, supported_cipher_suites
from fastsend.association.tls_profiles import PROFILES, cipher_listing, listing


def test_every_suite_is_named_once() -> None:
    assert len(set(CIPHER_SUITES)) == len(CIPHER_SUITES) == 61
    assert len({openssl_name(suite) for suite in CIPHER_SUITES}) == 61


@pytest.mark.peer("openssl")
def test_openssl_gives_the_same_names() -> None:
    command = ["openssl", "ciphers", "-stdname", "ALL:eNULL:@SECLEVEL=0"]
    text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    # Each line is: TLS_RSA_WITH_NULL_SHA - NULL-SHA SSLv3 Kx=RSA ...
    names = {line.split()[0]: line.split()[2] for line in text.splitlines()}
    ours = {suite: openssl_name(suite) for suite in CIPHER_SUITES}
    assert {suite: names[suite] for suite in ours if suite in names} == {
        suite: name for suite, name in ours.items() if name in names.values()
    }
    assert len(set(names) & set(ours)) > 30


def test_profiles_name_suites_that_are_known() -> None:
    for rules in PROFILES.values():
        suites = rules.suites + rules.optional
        assert set(suites) <= set(CIPHER_SUITES)
        assert len(set(suites)) == len(suites)


def test_listings() -> None:
    lines = cipher_listing().splitlines()
    assert lines[0] == "Supported TLS ciphersuites are:"
    assert lines[1:] == [f"  {suite}" for suite in supported_cipher_suites()]
    assert "  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" in lines
    profiles = listing().splitlines()
    assert profiles[0].startswith("Cryptographic algorithms implemented by: OpenSSL ")
    assert profiles[2:4] == [
        "Supported TLS Secure Transport Connection Profiles are:",
        "- BCP 195 RFC 8996 TLS Profile (default)",
    ]
    assert "- Extended BCP 195 TLS Profile (retired)" in profiles
