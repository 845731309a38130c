"""The options that decide what data sets are converted to, and how well."""

from __future__ import annotations

from fastsend.cli.option import Argument, Option

DECOMPRESSION = (
    Option(
        "-dn",
        "--decompress-never",
        "never decompress compressed data sets",
        field="decompress",
        value="never",
        group="decompression",
        known="dcmsend",
    ),
    Option(
        "+dls",
        "--decompress-lossless",
        "only decompress lossless compression",
        field="decompress",
        value="lossless",
        group="decompression",
        known="dcmsend",
    ),
    Option(
        "+dly",
        "--decompress-lossy",
        "decompress both lossy and lossless compression",
        field="decompress",
        value="lossy",
        group="decompression",
        known="dcmsend",
    ),
    Option(
        "",
        "--prefer",
        "among the accepted transfer syntaxes, use one that makes small data sets, or one that is "
        "fast to make",
        field="prefer",
        arguments=(Argument("what", "choice", choices=("small", "fast")),),
        without="neither",
        known="fastsend",
        not_in=("storescu", "dcmsend"),
    ),
    Option(
        "",
        "--threads",
        "decode and encode this many frames at the same time",
        field="threads",
        arguments=(Argument("number", "integer", 1, 1024),),
        without="one a processor",
        known="fastsend",
        not_in=("storescu",),
    ),
)

COMPRESSION = (
    Option(
        "+cl",
        "--compression-level",
        "compression level of deflate: 0=uncompressed, 1=fastest, 9=best compression",
        field="compression_level",
        arguments=(Argument("level", "integer", 0, 9),),
        needs_in=(("storescu", ("--propose-deflated", "--config-file")),),
    ),
    Option(
        "",
        "--jpeg-quality",
        "compress to JPEG lossy with this quality, as libjpeg counts it",
        field="quality.jpeg",
        arguments=(Argument("quality", "integer", 1, 100),),
        without="none",
        needs=("--propose-jpeg8", "--propose-jpeg12"),
        known="fastsend",
        not_in=("storescu", "dcmsend"),
    ),
    Option(
        "",
        "--near-lossless",
        "compress to JPEG-LS lossy with samples that differ by no more than this",
        field="quality.near",
        arguments=(Argument("difference", "integer", 1, 255),),
        without="none",
        needs=("--propose-jls-lossy",),
        known="fastsend",
        not_in=("storescu", "dcmsend"),
    ),
    Option(
        "",
        "--compression-ratio",
        "compress to JPEG 2000, High-Throughput JPEG 2000 or JPEG XL lossy, to frames that are "
        "this many times smaller than native ones",
        field="quality.ratio",
        arguments=(Argument("ratio", "decimal", 1, 1000),),
        without="none",
        needs=("--propose-j2k-lossy", "--propose-htj2k-lossy", "--propose-jxl-lossy"),
        known="fastsend",
        not_in=("storescu", "dcmsend"),
    ),
)

NEW_VRS = (
    Option(
        "+u",
        "--enable-new-vr",
        "enable support for new VRs (UN/UT)",
        field="new_vr",
        value=True,
        group="new VRs",
        known="storescu",
    ),
    Option(
        "-u",
        "--disable-new-vr",
        "disable support for new VRs, convert to OB",
        field="new_vr",
        value=False,
        group="new VRs",
        known="storescu",
    ),
)
