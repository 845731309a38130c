"""The TLS Secure Transport Connection Profiles (PS3.15 Annex B) and the suites of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fastsend.model.tls import Profile

_ECDHE = (
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
)
_BCP195 = (
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
)
_TRIPLE_DES = "TLS_RSA_WITH_3DES_EDE_CBC_SHA"


class ProfileRules(NamedTuple):
    """What a profile asks for, as DCMTK understands it."""

    name: str
    suites: tuple[str, ...]
    """To propose, the preferred ones first."""
    optional: tuple[str, ...] = ()
    """Proposed last, where OpenSSL has them."""
    oldest_is_tls_1_2: bool = True
    allows_tls_1_3: bool = True
    further_suites: bool = True
    """Whether ``+cs`` may add to it."""
    security_level: int = 0
    """OpenSSL's: 2 refuses RSA keys below 2048 bits and certificates signed with SHA-1. DCMTK
    takes any of them in the older profiles."""
    retired: bool = True


PROFILES: dict[Profile, ProfileRules] = {
    "rfc8996": ProfileRules(
        "BCP 195 RFC 8996 TLS Profile", _ECDHE, security_level=2, retired=False
    ),
    "rfc8996-mod": ProfileRules(
        "Modified BCP 195 RFC 8996 TLS Profile",
        (
            *_ECDHE,
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
        ),
        optional=(
            "TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384",
        ),
        further_suites=False,
        security_level=2,
        retired=False,
    ),
    "bcp195-nd": ProfileRules("Non-downgrading BCP 195 TLS Profile", _BCP195),
    "bcp195": ProfileRules(
        "BCP 195 TLS Profile",
        (*_BCP195, "TLS_RSA_WITH_AES_128_CBC_SHA"),
        optional=(_TRIPLE_DES,),
        oldest_is_tls_1_2=False,
    ),
    "bcp195-ex": ProfileRules(
        "Extended BCP 195 TLS Profile",
        (
            *_BCP195,
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ),
        allows_tls_1_3=False,
        further_suites=False,
    ),
    "basic": ProfileRules(
        "Basic TLS Secure Transport Connection Profile",
        (_TRIPLE_DES,),
        oldest_is_tls_1_2=False,
        allows_tls_1_3=False,
    ),
    "aes": ProfileRules(
        "AES TLS Secure Transport Connection Profile",
        ("TLS_RSA_WITH_AES_128_CBC_SHA",),
        optional=(_TRIPLE_DES,),
        oldest_is_tls_1_2=False,
        allows_tls_1_3=False,
    ),
    "null": ProfileRules(
        "Authenticated unencrypted communication",
        ("TLS_RSA_WITH_NULL_SHA",),
        oldest_is_tls_1_2=False,
        allows_tls_1_3=False,
    ),
}
"""In the order of the options."""


def listing() -> str:
    """Return what ``--list-profiles`` prints, in DCMTK's form."""
    import ssl

    from fastsend.association.tls_ciphers import supported_cipher_suites
    from fastsend.model.tls import Tls

    supported = set(supported_cipher_suites())
    default = Tls().profile
    lines = [
        f"Cryptographic algorithms implemented by: {ssl.OPENSSL_VERSION}",
        "",
        "Supported TLS Secure Transport Connection Profiles are:",
    ]
    for profile, rules in PROFILES.items():
        if supported.issuperset(rules.suites):
            mark = " (default)" if profile == default else " (retired)" if rules.retired else ""
            lines.append(f"- {rules.name}{mark}")
    return "\n".join(lines) + "\n"


def cipher_listing() -> str:
    """Return what ``--list-ciphers`` prints, in DCMTK's form."""
    from fastsend.association.tls_ciphers import supported_cipher_suites

    lines = ["Supported TLS ciphersuites are:"]
    lines += [f"  {suite}" for suite in supported_cipher_suites()]
    return "\n".join(lines) + "\n"
