"""How an instance is marked whose pixels went through lossy compression.

PS3.3 C.7.6.1.1.2 to C.7.6.1.1.5 say what (General Image Module). Elements and codes are those that
DCMTK writes, but items and values of earlier steps are kept.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from fastsend._native import recode
from fastsend.convert import attributes
from fastsend.convert.elements import ElementEncoder, merge_edits, text_values
from fastsend.convert.refusal import AttributeRefusedError
from fastsend.convert.tags import (
    CODE_MEANING,
    CODE_VALUE,
    CODING_SCHEME_DESIGNATOR,
    DERIVATION_CODE_SEQUENCE,
    DERIVATION_DESCRIPTION,
    IMAGE_TYPE,
    LARGEST_IMAGE_PIXEL_VALUE,
    LOSSY_IMAGE_COMPRESSION,
    LOSSY_IMAGE_COMPRESSION_METHOD,
    LOSSY_IMAGE_COMPRESSION_RATIO,
    PURPOSE_OF_REFERENCE_CODE_SEQUENCE,
    REFERENCED_SOP_CLASS_UID,
    REFERENCED_SOP_INSTANCE_UID,
    SMALLEST_IMAGE_PIXEL_VALUE,
    SOP_CLASS_UID,
    SOP_INSTANCE_UID,
    SOURCE_IMAGE_SEQUENCE,
)
from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from fastsend.convert.elements import Edit

_OVERLAY_BITS_ALLOCATED: Final = 0x60000100
_OVERLAY_GROUPS: Final = range(0, 0x20, 2)

TAGS: Final = tuple(
    sorted(
        {
            *attributes.TAGS,
            IMAGE_TYPE,
            SOP_CLASS_UID,
            SOP_INSTANCE_UID,
            DERIVATION_DESCRIPTION,
            SOURCE_IMAGE_SEQUENCE,
            DERIVATION_CODE_SEQUENCE,
            LOSSY_IMAGE_COMPRESSION_RATIO,
            LOSSY_IMAGE_COMPRESSION_METHOD,
            *(_OVERLAY_BITS_ALLOCATED + (group << 16) for group in _OVERLAY_GROUPS),
        }
    )
)
"""What `part10.find_elements` has to look for where the next step is lossy."""

_LONGEST_DERIVATION_DESCRIPTION: Final = 1024
"""Characters of VR ST (PS3.5 6.2)."""

_JPEG_SYNTAXES: Final = "1.2.840.10008.1.2.4."
_METHODS: Final = {
    **dict.fromkeys(("50", "51", "53", "55"), ("ISO_10918_1", "JPEG")),
    "81": ("ISO_14495_1", "JPEG-LS near-lossless"),
    **dict.fromkeys(("91", "93"), ("ISO_15444_1", "JPEG 2000")),
    "203": ("ISO_15444_15", "High-Throughput JPEG 2000"),
    "112": ("ISO_18181_1", "JPEG XL"),
}

_ALWAYS_LOSSY: Final = frozenset(_JPEG_SYNTAXES + end for end in ("50", "51", "53", "55", "81"))


class LossyStep(NamedTuple):
    """One lossy compression of an instance."""

    transfer_syntax_uid: str
    ratio: float
    """Length of the native frames to that of the codestreams, or an approximation."""
    sop_instance_uid: str
    """The new one."""


def is_lossy_syntax(transfer_syntax_uid: str) -> bool:
    """Return whether the transfer syntax alone says that pixels were lost.

    The other syntaxes that allow loss also allow none, and then only a decoder can tell.
    """
    return transfer_syntax_uid in _ALWAYS_LOSSY


@cache
def _run() -> UUID:
    """Return a UUID that is another one in each process."""
    import uuid

    return uuid.uuid4()


def new_sop_instance_uid(path: bytes, sop_instance_uid: str) -> str:
    """Return a UID derived from a UUID (PS3.5 B.2), for what an instance becomes.

    It is the same whenever the same file is sent in one run: a second attempt, after an association
    was lost, must not leave two instances at the peer.

    Parameters
    ----------
    path : bytes
        The file.
    sop_instance_uid : str
        What the instance is called in it.
    """
    import uuid

    name = f"{sop_instance_uid}\n{path.hex()}"
    return f"2.25.{uuid.uuid5(_run(), name).int}"


def edits(
    found: Mapping[int, tuple[str, bytes]],
    step: LossyStep,
    *,
    from_syntax: str,
    dictionary: recode.Dictionary | None = None,
) -> list[Edit]:
    """Return the edits that mark an instance as derived by lossy compression.

    Parameters
    ----------
    found : mapping
        Tag to VR and value, of those of `TAGS` that the data set has.
    step : LossyStep
        What was done.
    from_syntax : str
        The transfer syntax that the data set is in.
    dictionary : Dictionary, optional
        Of VRs beyond those of the Standard, for the items of sequences that stay.

    Returns
    -------
    list of Edit
        In the order of tags, to be merged behind those of `attributes.edits_to_encapsulated`.

    Raises
    ------
    AttributeRefusedError
        Where overlays are in bits of the pixels (PS3.3 C.9.2, retired), which would be lost; where
        there is no SOP Instance UID to name as the source.
    """
    _refuse_overlays_in_pixels(found)
    encoder = ElementEncoder(step.transfer_syntax_uid)
    method, name = _METHODS[step.transfer_syntax_uid.removeprefix(_JPEG_SYNTAXES)]
    ratio = f"{step.ratio:.5g}"

    def values(tag: int) -> list[bytes]:
        return text_values(found.get(tag, ("", b""))[1])

    def text(tag: int, vr: str, parts: Iterable[bytes]) -> Edit:
        return tag, encoder.element(tag, vr, b"\\".join(parts)), False

    def sequence(tag: int, item: bytes) -> Edit:
        before = _earlier_items(found, tag, from_syntax, step.transfer_syntax_uid, dictionary)
        return tag, encoder.sequence(tag, item, before=before), False

    description = f"Lossy compression with {name}, compression ratio {ratio}".encode()
    description = _with_earlier(description, found.get(DERIVATION_DESCRIPTION, ("", b""))[1])
    return merge_edits(
        [
            text(IMAGE_TYPE, "CS", [b"DERIVED", *values(IMAGE_TYPE)[1:]]),
            text(SOP_INSTANCE_UID, "UI", [step.sop_instance_uid.encode()]),
            (
                DERIVATION_DESCRIPTION,
                encoder.element(DERIVATION_DESCRIPTION, "ST", description),
                False,
            ),
            sequence(SOURCE_IMAGE_SEQUENCE, _source_item(found, encoder)),
            sequence(
                DERIVATION_CODE_SEQUENCE, _code(encoder, b"113040", b"DCM", b"Lossy Compression")
            ),
            # They are of the pixels before.
            (SMALLEST_IMAGE_PIXEL_VALUE, b"", True),
            (LARGEST_IMAGE_PIXEL_VALUE, b"", True),
            text(LOSSY_IMAGE_COMPRESSION, "CS", [b"01"]),
            text(
                LOSSY_IMAGE_COMPRESSION_RATIO,
                "DS",
                [*values(LOSSY_IMAGE_COMPRESSION_RATIO), ratio.encode()],
            ),
            text(
                LOSSY_IMAGE_COMPRESSION_METHOD,
                "CS",
                [*values(LOSSY_IMAGE_COMPRESSION_METHOD), method.encode()],
            ),
        ]
    )


def _refuse_overlays_in_pixels(found: Mapping[int, tuple[str, bytes]]) -> None:
    """Refuse overlays that have more than 1 bit allocated: those are in the pixels."""
    for group in _OVERLAY_GROUPS:
        tag = _OVERLAY_BITS_ALLOCATED + (group << 16)
        value = found.get(tag, ("", b""))[1]
        if value not in (b"", b"\1\0", b"\0\1"):
            raise AttributeRefusedError("an overlay in the pixels would be lost", tag)


def _with_earlier(description: bytes, earlier: bytes) -> bytes:
    """Return a Derivation Description with the earlier one behind it, in brackets as DCMTK does.

    What does not fit is cut, but not within characters of more than one byte.
    """
    earlier = earlier.strip(b" \0")
    if not earlier:
        return description
    room = _LONGEST_DERIVATION_DESCRIPTION - len(description) - 3
    if len(earlier) > room:
        earlier = earlier[:room] if earlier.isascii() else b"..."
    return description + b" [" + earlier + b"]"


def _source_item(found: Mapping[int, tuple[str, bytes]], encoder: ElementEncoder) -> bytes:
    """Return the item that names the instance before (CID 7202)."""
    purpose = _code(encoder, b"121320", b"DCM", b"Uncompressed predecessor")
    uids = []
    for tag in (SOP_CLASS_UID, SOP_INSTANCE_UID):
        uid = found.get(tag, ("", b""))[1].strip(b" \0")
        if not uid:
            raise AttributeRefusedError("a UID is missing", tag)
        uids.append(uid)
    return b"".join(
        (
            encoder.element(REFERENCED_SOP_CLASS_UID, "UI", uids[0]),
            encoder.element(REFERENCED_SOP_INSTANCE_UID, "UI", uids[1]),
            encoder.sequence(PURPOSE_OF_REFERENCE_CODE_SEQUENCE, purpose),
        )
    )


def _code(encoder: ElementEncoder, value: bytes, scheme: bytes, meaning: bytes) -> bytes:
    """Return the elements of a code (PS3.3 8.1, CID 7203 for derivations)."""
    return b"".join(
        (
            encoder.element(CODE_VALUE, "SH", value),
            encoder.element(CODING_SCHEME_DESIGNATOR, "SH", scheme),
            encoder.element(CODE_MEANING, "LO", meaning),
        )
    )


def _earlier_items(
    found: Mapping[int, tuple[str, bytes]],
    tag: int,
    from_syntax: str,
    to_syntax: str,
    dictionary: recode.Dictionary | None,
) -> bytes:
    """Return the items that a sequence has already, encoded for the output.

    They are dropped, as DCMTK always does, where they are not plain to read.
    """
    vr, items = found.get(tag, ("", b""))
    source = ElementEncoder(from_syntax)
    if not items or vr not in ("", "SQ"):
        return b""
    element = source.element(tag, "SQ", items)
    before, after = _native_syntax(source), _native_syntax(ElementEncoder(to_syntax))
    other = IMPLICIT_VR_LITTLE_ENDIAN if before == after else after
    try:
        encoded = recode.to_bytes(element, before, other, dictionary=dictionary)
    except recode.RecodeError:
        return b""
    return items if before == after else encoded[12:]


def _native_syntax(encoder: ElementEncoder) -> str:
    if encoder.big_endian:
        return EXPLICIT_VR_BIG_ENDIAN
    return IMPLICIT_VR_LITTLE_ENDIAN if encoder.implicit_vr else EXPLICIT_VR_LITTLE_ENDIAN
