"""Pairs of storescu about TLS; dcmsend has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.certificates import PASSWORD
from compat.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "+tls key.pem cert.pem"
LOCKED = "+tls locked_key.pem cert.pem"
ANYBODY = "TLS for anybody"
ROWS = [
    ("tls", f"{KEY} +cf ca.pem SCP ct.dcm mr.dcm", "TLS"),
    ("tls-required", f"{KEY} +cf ca.pem -R SCP ct.dcm", "TLS 1.2"),
    ("tls-anonymous", "+tla +cf ca.pem SCP ct.dcm", ANYBODY),
    ("tls-anonymous-1.2", "+tla +cf ca.pem SCP ct.dcm", "TLS 1.2 for anybody"),
    ("tls-anonymous-refused", "+tla +cf ca.pem SCP ct.dcm", "TLS 1.2"),
    ("tls-rightmost", f"+tla {KEY} +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-off", "-tls SCP ct.dcm"),
    ("tls-off-rightmost", f"{KEY} -tls SCP ct.dcm"),
    ("tls-to-plain", f"{KEY} +cf ca.pem SCP ct.dcm"),
    ("plain-to-tls", "SCP ct.dcm", "TLS"),
    ("tls-nobody-listens", f"{KEY} +cf ca.pem NOBODY ct.dcm"),
    ("tls-no-authority", f"{KEY} SCP ct.dcm", "TLS"),
    ("tls-another-authority", f"{KEY} +cf ca.pem SCP ct.dcm", "TLS of another authority"),
    ("tls-both-authorities", f"{KEY} +cf ca.pem +cf other_ca.pem SCP ct.dcm",
     "TLS of another authority"),
    ("tls-expired", f"{KEY} +cf ca.pem SCP ct.dcm", "TLS expired"),
    ("tls-another-name", f"{KEY} +cf ca.pem SCP ct.dcm", "TLS with another name"),
    ("tls-ignore-certificate", f"{KEY} -ic SCP ct.dcm", "TLS of another authority"),
    ("tls-ignore-expired", "+tla -ic SCP ct.dcm", "TLS expired"),
    ("tls-require-certificate", f"{KEY} -rc +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-require-rightmost", f"{KEY} -ic -rc SCP ct.dcm", "TLS of another authority"),
    ("tls-authority-folder", "+tla +cd authorities SCP ct.dcm", ANYBODY),
    ("tls-authority-folder-key", f"{KEY} +cd authorities SCP ct.dcm", "TLS"),
    ("tls-authority-missing", f"{KEY} +cf missing.pem SCP ct.dcm", "TLS"),
    ("tls-folder-missing", f"{KEY} +cd missing SCP ct.dcm", "TLS"),
    # Keys
    ("tls-key-missing", "+tls missing.pem cert.pem +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-key-of-another", "+tls server_key.pem cert.pem +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-pem", f"{KEY} -pem +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-pem-rightmost", f"-der -pem {KEY} +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-der", "-der +tls key.der cert.der +cf ca.der SCP ct.dcm", "TLS"),
    ("tls-der-is-pem", f"-der {KEY} SCP ct.dcm", "TLS"),
    ("tls-password", f"{LOCKED} +pw '{PASSWORD}' +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-password-wrong", f"{LOCKED} +pw wrong +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-password-empty", f"{LOCKED} -pw +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-password-not-needed", f"{KEY} -pw +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-password-alone", "+pw secret SCP ct.dcm"),
    ("tls-prompt-not-needed", f"{KEY} +ps +cf ca.pem SCP ct.dcm", "TLS"),
    ("tls-prompt-rightmost", f"{KEY} +pw wrong +ps +cf ca.pem SCP ct.dcm", "TLS"),
    # Revocation
    ("tls-revocation-list", "+tla +cf ca.pem +crl crl.pem SCP ct.dcm", ANYBODY),
    ("tls-revoked", "+tla +cf ca.pem +crl crl.pem SCP ct.dcm", "TLS revoked"),
    ("tls-revoked-unasked", "+tla +cf ca.pem SCP ct.dcm", "TLS revoked"),
    ("tls-revocation-without-list", "+tla +cf ca.pem +crv SCP ct.dcm", ANYBODY),
    ("tls-revocation-named", "+tla +cf ca.pem +crl crl.pem +crv SCP ct.dcm", "TLS revoked"),
    ("tls-revocation-chain", "+tla +cf ca.pem +crl crl.pem +cra SCP ct.dcm", ANYBODY),
    ("tls-revocation-chain-revoked", "+tla +cf ca.pem +crl crl.pem +cra SCP ct.dcm", "TLS revoked"),
    ("tls-revocation-missing", "+tla +cf ca.pem +crl missing.pem SCP ct.dcm", ANYBODY),
    # Suites
    ("tls-ciphers", "+cc"),
    ("tls-ciphers-with-files", "+cc SCP ct.dcm"),
    ("tls-cipher", "+tla +cf ca.pem +cs TLS_RSA_WITH_AES_128_CBC_SHA SCP ct.dcm",
     "TLS with AES-CBC"),
    ("tls-cipher-of-its-time", "+tla +cf ca.pem +py +cs TLS_RSA_WITH_AES_128_CBC_SHA SCP ct.dcm",
     "TLS with AES-CBC"),
    ("tls-cipher-two", ("+tla +cf ca.pem +cs TLS_RSA_WITH_AES_128_GCM_SHA256 "
     "+cs TLS_RSA_WITH_AES_256_GCM_SHA384 SCP ct.dcm"), "TLS 1.2 for anybody"),
    ("tls-cipher-unknown", "+tla +cf ca.pem +cs TLS_NONE SCP ct.dcm", ANYBODY),
    ("tls-cipher-with-extended", "+tla +cf ca.pem +pz +cs TLS_RSA_WITH_AES_128_CBC_SHA SCP ct.dcm",
     ANYBODY),
    ("tls-cipher-without-tls", "+cs TLS_RSA_WITH_AES_128_CBC_SHA SCP ct.dcm"),
    ("tls-profile-rightmost", "+tla +cf ca.pem +pa +py SCP ct.dcm", ANYBODY),
    ("tls-no-common-suite", "+tla +cf ca.pem +py SCP ct.dcm", "TLS with AES-CBC"),
    ("tls-no-common-suite-ccm", "+tla +cf ca.pem +px SCP ct.dcm", "TLS with CCM"),
    ("tls-null", "+tla +cf ca.pem +pn SCP ct.dcm", "TLS without encryption"),
    ("tls-aes-cbc", "+tla +cf ca.pem +pa SCP ct.dcm", "TLS with AES-CBC"),
    ("tls-downgrading", "+tla +cf ca.pem +px SCP ct.dcm", "TLS with AES-CBC"),
    # The seed of the random generator
    ("tls-seed", f"{KEY} +cf ca.pem +rs seed.bin SCP ct.dcm", "TLS"),
    ("tls-seed-missing", f"{KEY} +cf ca.pem +rs missing.bin SCP ct.dcm", "TLS"),
    ("tls-seed-written", f"{KEY} +cf ca.pem +rs seed.bin +ws SCP ct.dcm", "TLS"),
    ("tls-seed-written-anonymous", "+tla +cf ca.pem +rs seed.bin +ws SCP ct.dcm", ANYBODY),
    ("tls-seed-elsewhere", f"{KEY} +cf ca.pem +rs seed.bin +wf new.bin SCP ct.dcm", "TLS"),
    ("tls-seed-elsewhere-anonymous", "+tla +cf ca.pem +rs seed.bin +wf new.bin SCP ct.dcm",
     ANYBODY),
    ("tls-seed-written-alone", f"{KEY} +cf ca.pem +ws SCP ct.dcm", "TLS"),
    ("tls-seed-elsewhere-alone", f"{KEY} +cf ca.pem +wf new.bin SCP ct.dcm", "TLS"),
]  # fmt: skip
PROFILES = {"+py": "py", "+px": "px", "+pz": "pz", "+pa": "pa", "+pn": "pn"}
NEWER = {
    "-vc": "tls-verify-certificate",
    "+pg": "tls-profile-8996",
    "+pm": "tls-profile-8996-modified",
    "+pb": "tls-profile-basic",
    "--no-sni": "tls-no-server-name",
    "--request-sni peer.example": "tls-server-name",
    "+dp dh.pem": "tls-dh-parameters",
}


def pairs() -> Iterator[Pair]:
    """Yield the pairs."""
    for name, line, *receiver in ROWS:
        yield Pair("storescu", name, line, *receiver)
    prompted = f"{LOCKED} +ps +cf ca.pem SCP ct.dcm"
    yield Pair("storescu", "tls-prompt", prompted, "TLS", stdin=f"{PASSWORD}\n")
    for option, name in PROFILES.items():
        for receiver, suffix in ((ANYBODY, ""), ("TLS 1.2 for anybody", "-1.2")):
            line = f"+tla +cf ca.pem {option} SCP ct.dcm"
            yield Pair("storescu", f"tls-profile-{name}{suffix}", line, receiver)
    yield Pair("storescu", "tls-profiles", "+cc", newer="+ph")
    yield Pair("storescu", "tls-profiles-with-files", "+cc SCP ct.dcm", newer="--list-profiles")
    for option, name in NEWER.items():
        for receiver, suffix in ((ANYBODY, ""), ("TLS 1.2 for anybody", "-1.2")):
            line = "+tla +cf ca.pem SCP ct.dcm"
            yield Pair("storescu", name + suffix, line, receiver, newer=option, also=("dh.pem",))
