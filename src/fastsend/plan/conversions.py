"""What can be made of a data set, and at which price: from its transfer syntax to an accepted one.

Everything goes through the native form: what is stored is decoded to it, and what is sent is
encoded from it. Each half may be missing something, which is then told in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from fastsend.model.transfer_syntax import (
    NATIVE_TRANSFER_SYNTAXES,
    TRANSFER_SYNTAXES,
    transfer_syntax_name,
)

if TYPE_CHECKING:
    from fastsend.model.transfer_syntax import Coding
    from fastsend.plan.policy import Policy

Conversion = Literal["as_stored", "re_encode", "convert"]
"""What happens to a data set between the file and the peer.

``as_stored``: nothing. ``re_encode``: the same Data Elements in another native transfer syntax
(PS3.5 A.1, A.2, A.3). ``convert``: its Pixel Data is decoded or encoded, or all of it is inflated
or deflated; also, between equal or native syntaxes, where ``-u`` changes its VRs or identifiers are
invented.
"""

_JPEG = "1.2.840.10008.1.2.4."

_LOSSY_ENCODERS: dict[str, tuple[Literal["jpeg", "near", "ratio"], str, str]] = {
    _JPEG + "50": ("jpeg", "--propose-jpeg8", "--jpeg-quality"),
    _JPEG + "51": ("jpeg", "--propose-jpeg12", "--jpeg-quality"),
    _JPEG + "81": ("near", "--propose-jls-lossy", "--near-lossless"),
    _JPEG + "91": ("ratio", "--propose-j2k-lossy", "--compression-ratio"),
    _JPEG + "112": ("ratio", "--propose-jxl-lossy", "--compression-ratio"),
    _JPEG + "203": ("ratio", "--propose-htj2k-lossy", "--compression-ratio"),
}
"""The field of `Quality` that says how lossy, and the options for the proposal and for it."""

_DEFLATED_JPIP = (_JPEG + "95", _JPEG + "205")
"""The data set is deflated, and nothing here takes it for that."""

_LIBRARIES = "--list-decoders -v names the libraries"


class Step(NamedTuple):
    """A conversion that can be done."""

    conversion: Conversion
    lossy: bool
    """True where it compresses with loss, so that the instance becomes another one."""


class Obstacle(NamedTuple):
    """A conversion that cannot be done."""

    missing: str
    """Why, in words for the user."""


def coding_of(transfer_syntax_uid: str) -> Coding:
    """Return how a transfer syntax encodes Pixel Data; of unknown ones it is ``other``."""
    syntax = TRANSFER_SYNTAXES.get(transfer_syntax_uid)
    return "other" if syntax is None else syntax.coding


def conversion(stored: str, sent: str, policy: Policy) -> Step | Obstacle:
    """Return what makes a data set of the syntax `stored` one of the syntax `sent`."""
    if stored == sent:
        if policy.invents and not _can_be_edited(sent):
            name = transfer_syntax_name(sent)
            return Obstacle(f"fastsend cannot replace identifiers in {name}")
        edited = policy.invents or _loses_vrs(sent, policy)
        return Step("convert" if edited else "as_stored", lossy=False)
    missing = _missing_to_decode(stored, policy) or _missing_to_encode(sent, policy)
    if missing:
        return Obstacle(missing)
    native = stored in NATIVE_TRANSFER_SYNTAXES and sent in NATIVE_TRANSFER_SYNTAXES
    if native and not (policy.invents or _loses_vrs(sent, policy)):
        return Step("re_encode", lossy=False)
    return Step("convert", lossy=coding_of(sent) == "lossy")


def _can_be_edited(transfer_syntax_uid: str) -> bool:
    """Return whether it is certain how the Data Elements around the pixels are encoded."""
    coding = coding_of(transfer_syntax_uid)
    return coding not in ("real_time", "other") and transfer_syntax_uid not in _DEFLATED_JPIP


def _loses_vrs(transfer_syntax_uid: str, policy: Policy) -> bool:
    """Return True where ``-u`` asks for other VRs, and they are in the data set as it is sent."""
    syntax = TRANSFER_SYNTAXES.get(transfer_syntax_uid)
    if policy.new_vr or syntax is None or syntax.implicit_vr:
        return False
    # A deflated data set without pixels, or none that is known, is passed on as it is.
    return syntax.coding not in ("jpip", "real_time", "other")


def _missing_to_decode(stored: str, policy: Policy) -> str:
    """Say what keeps data sets of a syntax from becoming native; "" where nothing does."""
    name = transfer_syntax_name(stored)
    match coding_of(stored):
        case "native":
            return ""
        case "deflated":
            return f"-dn forbids inflating {name}" if policy.decompress == "never" else ""
        case "big_endian_pixels":
            return "" if stored in policy.decodable else f"fastsend does not convert {name}"
        case "lossless" | "encapsulated_uncompressed" | "lossy" as coding:
            if stored not in policy.decodable:
                return f"there is no decoder for {name} ({_LIBRARIES})"
            if policy.decompress == "never":
                return f"-dn forbids decompressing {name}"
            if coding == "lossy" and policy.decompress != "lossy":
                return f"only +dly allows decompressing {name}, which may have lost information"
            return ""
        case "video":
            return f"video ({name}) is never converted"
        case "jpip":
            return f"{name} has its pixels on a server, not in the file"
        case _:
            return f"fastsend does not convert {name}"


def _missing_to_encode(sent: str, policy: Policy) -> str:
    """Say what keeps native data sets from becoming ones of a syntax; "" where nothing does."""
    name = transfer_syntax_name(sent)
    coding = coding_of(sent)
    if coding in ("native", "deflated"):
        return ""
    if coding not in ("lossless", "encapsulated_uncompressed", "lossy"):
        return f"fastsend does not convert to {name}"
    if coding == "lossy" and sent not in _LOSSY_ENCODERS:
        return f"fastsend does not compress to {name}"
    if sent not in policy.encodable:
        return f"there is no encoder for {name} ({_LIBRARIES})"
    if coding == "lossy":
        field, propose, quality = _LOSSY_ENCODERS[sent]
        if sent != policy.proposed:
            return f"compressing to {name} loses information; only {propose} asks for it"
        if getattr(policy.quality, field) is None:
            return f"compressing to {name} needs {quality}"
    return ""
