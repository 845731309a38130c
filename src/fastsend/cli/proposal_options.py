"""The options that propose a transfer syntax: storescu's ``-x...``, and what DCMTK lacks."""

from __future__ import annotations

from fastsend.cli.option import Known, Option

_NATIVE = "1.2.840.10008.1.2"
_PIXELS = "1.2.840.10008.1.2.4."


def _propose(
    short: str, long: str, uid: str | None, meaning: str, known: Known = "storescu"
) -> Option:
    return Option(
        short,
        long,
        f"propose {meaning}",
        field="proposed",
        value=uid,
        group="proposal",
        known=known,
        # Neither of the two encodes pixels.
        not_in=("storescu", "dcmsend"),
    )


def _and_native(short: str, long: str, uid: str, meaning: str, known: Known = "storescu") -> Option:
    return _propose(short, long, uid, f"{meaning} TS and all uncompressed ones", known)


PROPOSALS = (
    _propose(
        "-x=",
        "--propose-uncompr",
        None,
        "what the files need; uncompressed TS in one presentation context",
    ),
    _propose(
        "-xe",
        "--propose-little",
        f"{_NATIVE}.1",
        "all uncompressed TS, explicit VR little endian first",
    ),
    _propose(
        "-xb", "--propose-big", f"{_NATIVE}.2", "all uncompressed TS, explicit VR big endian first"
    ),
    _propose("-xi", "--propose-implicit", _NATIVE, "implicit VR little endian TS only"),
    _and_native("-xs", "--propose-lossless", f"{_PIXELS}70", "JPEG lossless"),
    _and_native("-xy", "--propose-jpeg8", f"{_PIXELS}50", "JPEG lossy (8 bit data)"),
    _and_native("-xx", "--propose-jpeg12", f"{_PIXELS}51", "JPEG lossy (12 bit data)"),
    _and_native("-xv", "--propose-j2k-lossless", f"{_PIXELS}90", "JPEG 2000 lossless"),
    _and_native("-xw", "--propose-j2k-lossy", f"{_PIXELS}91", "JPEG 2000 lossy"),
    _and_native("-xt", "--propose-jls-lossless", f"{_PIXELS}80", "JPEG-LS lossless"),
    _and_native("-xu", "--propose-jls-lossy", f"{_PIXELS}81", "JPEG-LS lossy"),
    _propose("-xm", "--propose-mpeg2", f"{_PIXELS}100", "MPEG2 Main Profile @ Main Level TS"),
    _propose("-xh", "--propose-mpeg2-high", f"{_PIXELS}101", "MPEG2 Main Profile @ High Level TS"),
    _propose("-xn", "--propose-mpeg4", f"{_PIXELS}102", "MPEG4 AVC/H.264 HP / Level 4.1 TS"),
    _propose("-xl", "--propose-mpeg4-bd", f"{_PIXELS}103", "MPEG4 AVC/H.264 BD-compatible TS"),
    _propose(
        "-x2", "--propose-mpeg4-2-2d", f"{_PIXELS}104", "MPEG4 AVC/H.264 HP / Level 4.2 TS (2D)"
    ),
    _propose(
        "-x3", "--propose-mpeg4-2-3d", f"{_PIXELS}105", "MPEG4 AVC/H.264 HP / Level 4.2 TS (3D)"
    ),
    _propose(
        "-xo", "--propose-mpeg4-2-st", f"{_PIXELS}106", "MPEG4 AVC/H.264 Stereo / Level 4.2 TS"
    ),
    _propose("-x4", "--propose-hevc", f"{_PIXELS}107", "HEVC/H.265 Main Profile / Level 5.1 TS"),
    _propose(
        "-x5", "--propose-hevc10", f"{_PIXELS}108", "HEVC/H.265 Main 10 Profile / Level 5.1 TS"
    ),
    _and_native("-xr", "--propose-rle", f"{_NATIVE}.5", "RLE lossless"),
    _and_native("-xd", "--propose-deflated", f"{_NATIVE}.1.99", "deflated expl. VR little endian"),
    _and_native(
        "", "--propose-deflated-frame", f"{_NATIVE}.8.1", "deflated image frame", "fastsend"
    ),
    _and_native(
        "",
        "--propose-htj2k-lossless",
        f"{_PIXELS}201",
        "High-Throughput JPEG 2000 lossless",
        "fastsend",
    ),
    _and_native(
        "",
        "--propose-htj2k-rpcl",
        f"{_PIXELS}202",
        "High-Throughput JPEG 2000 lossless (RPCL)",
        "fastsend",
    ),
    _and_native(
        "", "--propose-htj2k-lossy", f"{_PIXELS}203", "High-Throughput JPEG 2000 lossy", "fastsend"
    ),
    _and_native("", "--propose-jxl-lossless", f"{_PIXELS}110", "JPEG XL lossless", "fastsend"),
    _and_native("", "--propose-jxl-lossy", f"{_PIXELS}112", "JPEG XL lossy", "fastsend"),
    Option(
        "-R",
        "--required",
        "propose only required presentation contexts, as is always done but by storescu",
        field="required",
        value=True,
        known="storescu",
    ),
    Option(
        "+C",
        "--combine",
        "combine the proposed transfer syntax and the uncompressed ones in one presentation "
        "context: the peer chooses",
        field="combine",
        value=True,
        known="storescu",
    ),
)

NOT_WITH_PROFILE = (
    *(option.long for option in PROPOSALS if option.value is not None),
    "--required",
    # dcmsend's, which has no profiles: what they propose is their affair.
    "--no-illegal-proposal",
)
"""What a profile decides, or stands for already; ``-x=`` asks for nothing."""
