"""The transfer syntaxes of the Standard (PS3.6 Table A-1) and what planning must know of them."""

from __future__ import annotations

from typing import Literal, NamedTuple

Coding = Literal[
    "native",  # the three uncompressed syntaxes, convertible into each other without loss
    "deflated",  # the whole data set is one deflate stream (PS3.5 A.5)
    "encapsulated_uncompressed",  # native frames in pixel fragments
    "big_endian_pixels",  # little endian but for the Pixel Data: a private syntax of GE
    "lossless",  # encapsulated, and the syntax itself rules out loss
    "lossy",  # encapsulated, lossy or possibly lossy
    "video",  # encapsulated MPEG2, MPEG-4 or HEVC bit stream, lossy
    "jpip",  # a URL in the place of the pixels (PS3.5 A.6, A.7)
    "real_time",  # RTP streams (PS3.22), never stored
    "other",  # retired, and not a way to encode a data set for C-STORE
]


class TransferSyntax(NamedTuple):
    """One row of PS3.6 Table A-1."""

    uid: str
    name: str
    """As in the table, without its remarks on defaults and retirement."""
    coding: Coding
    retired: bool = False
    implicit_vr: bool = False
    big_endian: bool = False


IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
"""The DICOM default transfer syntax (PS3.5 10.1)."""
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"

NATIVE_TRANSFER_SYNTAXES = (
    EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
"""In the order in which dcmsend and storescu propose them."""

_JPEG = "1.2.840.10008.1.2.4."

_TABLE = (
    TransferSyntax(
        IMPLICIT_VR_LITTLE_ENDIAN, "Implicit VR Little Endian", "native", implicit_vr=True
    ),
    TransferSyntax(EXPLICIT_VR_LITTLE_ENDIAN, "Explicit VR Little Endian", "native"),
    TransferSyntax(
        "1.2.840.10008.1.2.1.98",
        "Encapsulated Uncompressed Explicit VR Little Endian",
        "encapsulated_uncompressed",
    ),
    TransferSyntax("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", "deflated"),
    TransferSyntax(
        EXPLICIT_VR_BIG_ENDIAN, "Explicit VR Big Endian", "native", retired=True, big_endian=True
    ),
    # JPEG (ISO/IEC 10918-1).
    TransferSyntax(_JPEG + "50", "JPEG Baseline (Process 1)", "lossy"),
    TransferSyntax(_JPEG + "51", "JPEG Extended (Process 2 & 4)", "lossy"),
    TransferSyntax(_JPEG + "52", "JPEG Extended (Process 3 & 5)", "lossy", retired=True),
    TransferSyntax(
        _JPEG + "53",
        "JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8)",
        "lossy",
        retired=True,
    ),
    TransferSyntax(
        _JPEG + "54",
        "JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9)",
        "lossy",
        retired=True,
    ),
    TransferSyntax(
        _JPEG + "55",
        "JPEG Full Progression, Non-Hierarchical (Process 10 & 12)",
        "lossy",
        retired=True,
    ),
    TransferSyntax(
        _JPEG + "56",
        "JPEG Full Progression, Non-Hierarchical (Process 11 & 13)",
        "lossy",
        retired=True,
    ),
    TransferSyntax(_JPEG + "57", "JPEG Lossless, Non-Hierarchical (Process 14)", "lossless"),
    TransferSyntax(
        _JPEG + "58", "JPEG Lossless, Non-Hierarchical (Process 15)", "lossless", retired=True
    ),
    TransferSyntax(
        _JPEG + "59", "JPEG Extended, Hierarchical (Process 16 & 18)", "lossy", retired=True
    ),
    TransferSyntax(
        _JPEG + "60", "JPEG Extended, Hierarchical (Process 17 & 19)", "lossy", retired=True
    ),
    TransferSyntax(
        _JPEG + "61",
        "JPEG Spectral Selection, Hierarchical (Process 20 & 22)",
        "lossy",
        retired=True,
    ),
    TransferSyntax(
        _JPEG + "62",
        "JPEG Spectral Selection, Hierarchical (Process 21 & 23)",
        "lossy",
        retired=True,
    ),
    TransferSyntax(
        _JPEG + "63",
        "JPEG Full Progression, Hierarchical (Process 24 & 26)",
        "lossy",
        retired=True,
    ),
    TransferSyntax(
        _JPEG + "64",
        "JPEG Full Progression, Hierarchical (Process 25 & 27)",
        "lossy",
        retired=True,
    ),
    TransferSyntax(
        _JPEG + "65", "JPEG Lossless, Hierarchical (Process 28)", "lossless", retired=True
    ),
    TransferSyntax(
        _JPEG + "66", "JPEG Lossless, Hierarchical (Process 29)", "lossless", retired=True
    ),
    TransferSyntax(
        _JPEG + "70",
        "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
        "lossless",
    ),
    TransferSyntax(_JPEG + "80", "JPEG-LS Lossless Image Compression", "lossless"),
    TransferSyntax(_JPEG + "81", "JPEG-LS Lossy (Near-Lossless) Image Compression", "lossy"),
    # Those without "Lossless Only" may hold a lossless stream; only the stream itself says so.
    TransferSyntax(_JPEG + "90", "JPEG 2000 Image Compression (Lossless Only)", "lossless"),
    TransferSyntax(_JPEG + "91", "JPEG 2000 Image Compression", "lossy"),
    TransferSyntax(
        _JPEG + "92",
        "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)",
        "lossless",
    ),
    TransferSyntax(_JPEG + "93", "JPEG 2000 Part 2 Multi-component Image Compression", "lossy"),
    TransferSyntax(_JPEG + "94", "JPIP Referenced", "jpip"),
    TransferSyntax(_JPEG + "95", "JPIP Referenced Deflate", "jpip"),
    TransferSyntax(_JPEG + "100", "MPEG2 Main Profile / Main Level", "video"),
    TransferSyntax(_JPEG + "100.1", "Fragmentable MPEG2 Main Profile / Main Level", "video"),
    TransferSyntax(_JPEG + "101", "MPEG2 Main Profile / High Level", "video"),
    TransferSyntax(_JPEG + "101.1", "Fragmentable MPEG2 Main Profile / High Level", "video"),
    TransferSyntax(_JPEG + "102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", "video"),
    TransferSyntax(
        _JPEG + "102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1", "video"
    ),
    TransferSyntax(
        _JPEG + "103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", "video"
    ),
    TransferSyntax(
        _JPEG + "103.1",
        "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
        "video",
    ),
    TransferSyntax(
        _JPEG + "104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", "video"
    ),
    TransferSyntax(
        _JPEG + "104.1",
        "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
        "video",
    ),
    TransferSyntax(
        _JPEG + "105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", "video"
    ),
    TransferSyntax(
        _JPEG + "105.1",
        "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
        "video",
    ),
    TransferSyntax(_JPEG + "106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", "video"),
    TransferSyntax(
        _JPEG + "106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", "video"
    ),
    TransferSyntax(_JPEG + "107", "HEVC/H.265 Main Profile / Level 5.1", "video"),
    TransferSyntax(_JPEG + "108", "HEVC/H.265 Main 10 Profile / Level 5.1", "video"),
    TransferSyntax(_JPEG + "110", "JPEG XL Lossless", "lossless"),
    TransferSyntax(_JPEG + "111", "JPEG XL JPEG Recompression", "lossy"),
    TransferSyntax(_JPEG + "112", "JPEG XL", "lossy"),
    TransferSyntax(
        _JPEG + "201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)", "lossless"
    ),
    TransferSyntax(
        _JPEG + "202",
        "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
        "lossless",
    ),
    TransferSyntax(_JPEG + "203", "High-Throughput JPEG 2000 Image Compression", "lossy"),
    TransferSyntax(_JPEG + "204", "JPIP HTJ2K Referenced", "jpip"),
    TransferSyntax(_JPEG + "205", "JPIP HTJ2K Referenced Deflate", "jpip"),
    TransferSyntax("1.2.840.10008.1.2.5", "RLE Lossless", "lossless"),
    TransferSyntax("1.2.840.10008.1.2.6.1", "RFC 2557 MIME encapsulation", "other", retired=True),
    TransferSyntax("1.2.840.10008.1.2.6.2", "XML Encoding", "other", retired=True),
    TransferSyntax(
        "1.2.840.10008.1.2.7.1",
        "SMPTE ST 2110-20 Uncompressed Progressive Active Video",
        "real_time",
    ),
    TransferSyntax(
        "1.2.840.10008.1.2.7.2",
        "SMPTE ST 2110-20 Uncompressed Interlaced Active Video",
        "real_time",
    ),
    TransferSyntax("1.2.840.10008.1.2.7.3", "SMPTE ST 2110-30 PCM Digital Audio", "real_time"),
    TransferSyntax("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", "lossless"),
    TransferSyntax(
        "1.2.840.10008.1.20",
        "Papyrus 3 Implicit VR Little Endian",
        "other",
        retired=True,
        implicit_vr=True,
    ),
    # Not of the Standard, yet in archives since the 1990s and known to DCMTK.
    TransferSyntax(
        "1.2.840.113619.5.2",
        "Private GE Implicit VR Little Endian with big endian Pixel Data",
        "big_endian_pixels",
        implicit_vr=True,
    ),
)

TRANSFER_SYNTAXES: dict[str, TransferSyntax] = {row.uid: row for row in _TABLE}
"""Transfer syntaxes by UID: all of PS3.6 Table A-1, and one private one."""


def transfer_syntax_name(uid: str) -> str:
    """Return the name of a transfer syntax, or the UID itself where the Standard has none."""
    known = TRANSFER_SYNTAXES.get(uid)
    return uid if known is None else known.name
