"""Pairs of storescu about presentation contexts, transfer syntaxes and profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compat.pair import Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

NATIVE = ("-x=", "-xe", "-xb", "-xi")
COMPRESSED = {
    "-xs": "sc_lossless.dcm",
    "-xy": "sc_jpeg.dcm",
    "-xx": "sc_jpeg12.dcm",
    "-xv": "mr_j2k.dcm",
    "-xw": "sc_j2k_lossy.dcm",
    "-xt": "mr_jls.dcm",
    "-xu": "sc_jls_lossy.dcm",
    "-xr": "mr_rle.dcm",
    "-xd": "deflated.dcm",
}
VIDEO = {
    "-xm": "mpeg2.dcm",
    "-xh": "mpeg2_high.dcm",
    "-xn": "mpeg4.dcm",
    "-xl": "mpeg4_bd.dcm",
    "-x2": "mpeg4_2d.dcm",
    "-x3": "mpeg4_3d.dcm",
    "-xo": "mpeg4_stereo.dcm",
    "-x4": "hevc.dcm",
    "-x5": "hevc10.dcm",
}
ROWS = [
    # What is accepted, and what then becomes of each kind of file
    ("default", "SCP ct.dcm"),
    ("default-many-files", "SCP ct.dcm mr_implicit.dcm mr_big.dcm sr.dcm plan.dcm dose_big.dcm"),
    ("default-last", "SCP ct.dcm mr_big.dcm mr_implicit.dcm", "accepts the last"),
    ("default-implicit", "SCP ct.dcm mr.dcm sr.dcm", "only implicit"),
    ("default-big-endian", "SCP ct.dcm mr_implicit.dcm", "only big endian"),
    ("default-explicit", "SCP mr_implicit.dcm us_big.dcm plan.dcm", "only explicit"),
    ("default-big-or-implicit", "SCP ct.dcm mr_implicit.dcm", "big endian or implicit"),
    ("default-compressed", "SCP sc_lossless.dcm ct.dcm"),
    ("default-compressed-no-halt", "-nh SCP sc_lossless.dcm ct.dcm mr_rle.dcm mr.dcm"),
    ("default-deflated-file", "SCP deflated.dcm"),
    ("default-not-in-the-list", "SCP seg.dcm ct.dcm"),
    ("default-not-in-the-list-no-halt", "-nh SCP seg.dcm ct.dcm"),
    ("default-private-class", "SCP private_class.dcm"),
    ("default-refused-class", "-nh SCP ct.dcm mr.dcm", "refuses CT"),
    ("default-ignored-class", "SCP mr.dcm ct.dcm", "ignores CT"),
    ("default-all-refused", "SCP ct.dcm", "refuses all"),
    ("default-all-refused-no-halt", "-nh SCP ct.dcm", "refuses all for no reason"),
    ("odd-length", "SCP sc_odd.dcm", "only implicit"),
    ("private-elements", "SCP private.dcm", "only explicit"),
    # Only what is needed
    ("required", "-R SCP ct.dcm mr.dcm ct2.dcm"),
    ("required-not-in-the-list", "-R SCP seg.dcm"),
    ("required-private-class", "-R SCP private_class.dcm ct.dcm"),
    ("required-verification", "-R SCP verification.dcm ct.dcm"),
    ("required-verification-no-halt", "-R -nh SCP verification.dcm ct.dcm"),
    ("required-unreadable", "-R SCP text.txt ct.dcm"),
    ("required-unreadable-no-halt", "-R -nh SCP text.txt ct.dcm"),
    ("required-compressed", "-R SCP mr_rle.dcm"),
    ("required-combined", "-R +C SCP ct.dcm mr.dcm"),
    ("required-combined-last", "-R +C -xs SCP ct.dcm sc_lossless.dcm", "accepts the last"),
    ("required-other-meta", "-R SCP other_meta.dcm"),
    ("required-many", "-R -nh +sd SCP many"),
    ("combined", "+C SCP ct.dcm"),
    ("combined-implicit", "+C SCP ct.dcm", "only implicit"),
    ("combined-lossless", "-xs +C SCP sc_lossless.dcm ct.dcm"),
    ("combined-only-implicit", "-xi +C SCP ct.dcm"),
    # The rightmost of those that exclude each other
    ("rightmost-proposal", "-xs -xr -xe SCP ct.dcm"),
    ("option-after-files", "SCP sc_j2k_lossy.dcm -xw"),
    # A native file where something compressed is proposed, and the other way round
    ("lossless-native-file", "-xs SCP ct.dcm"),
    ("lossless-or-implicit", "-xs -nh SCP sc_lossless.dcm ct.dcm", "JPEG lossless or implicit"),
    ("lossless-refused", "-xs SCP sc_lossless.dcm", "only implicit"),
    ("rle-refused-no-halt", "-xr -nh SCP mr_rle.dcm mr.dcm", "only explicit"),
    ("jpeg-of-another-kind", "-xy -nh SCP sc_lossless.dcm sc_jpeg.dcm", "accepts all"),
    # Deflating
    ("deflate-native", "-xd SCP ct.dcm mr_implicit.dcm mr_big.dcm"),
    ("deflate-only", "-xd SCP ct.dcm", "only deflated"),
    ("deflate-level-0", "-xd +cl 0 SCP ct.dcm", "only deflated"),
    ("deflate-level-9", "-xd +cl 9 SCP ct.dcm sr.dcm"),
    ("deflate-level-10", "-xd +cl 10 SCP ct.dcm"),
    ("deflate-level-alone", "+cl 9 SCP ct.dcm"),
    ("deflate-combined", "-xd +C SCP ct.dcm deflated.dcm", "accepts the last"),
    ("deflated-to-native", "-xd SCP deflated.dcm", "only implicit"),
    # Value representations after 1993
    ("new-vrs", "+u SCP new_vrs.dcm"),
    ("new-vrs-by-default", "-R SCP new_vrs.dcm"),
    ("no-new-vrs", "-u SCP new_vrs.dcm"),
    ("no-new-vrs-implicit", "-u -R SCP new_vrs.dcm", "only implicit"),
    ("no-new-vrs-big-endian", "-u -R SCP new_vrs.dcm", "only big endian"),
    ("new-vrs-rightmost", "-u +u -R SCP new_vrs.dcm", "only big endian"),
    # Profiles
    ("profile", "-xf profiles.cfg Plain SCP ct.dcm mr_implicit.dcm"),
    ("profile-symbolic", "-xf profiles.cfg Symbolic SCP sc_lossless.dcm mr.dcm"),
    ("profile-roles", "-xf profiles.cfg Roles SCP ct.dcm"),
    ("profile-extended", "-xf profiles.cfg Extended SCP ct.dcm"),
    ("profile-extended-colons", "-xf colons.cfg Extended SCP ct.dcm"),
    ("profile-all", "-xf profiles.cfg All SCP ct.dcm"),
    ("profile-of-dcmtk", "-xf /etc/dcmtk/storescu.cfg Default SCP ct.dcm sc_lossless.dcm"),
    ("profile-deflating", "-xf profiles.cfg Deflated +cl 3 SCP ct.dcm"),
    ("profile-other-case", "-xf profiles.cfg pLaIn SCP ct.dcm"),
    ("profile-without-class", "-xf profiles.cfg Plain SCP sr.dcm"),
    ("profile-gap", "-xf profiles.cfg Gap SCP ct.dcm mr.dcm"),
    ("profile-unknown", "-xf profiles.cfg Nobody SCP ct.dcm"),
    ("profile-incomplete", "-xf broken.cfg Default SCP ct.dcm"),
    ("profile-no-file", "-xf missing.cfg Default SCP ct.dcm"),
    ("profile-with-proposal", "-xf profiles.cfg Plain -xs SCP ct.dcm"),
    ("profile-with-required", "-xf profiles.cfg Plain -R SCP ct.dcm"),
    ("profile-with-combined", "-xf profiles.cfg Plain +C SCP ct.dcm"),
]


def pairs() -> Iterator[Pair]:
    """Yield the pairs."""
    for name, line, *receiver in ROWS:
        yield Pair("storescu", name, line, *receiver)
    for option in NATIVE:
        name = {"-x=": "uncompressed", "-xe": "little", "-xb": "big", "-xi": "implicit"}[option]
        yield Pair("storescu", f"propose-{name}", f"{option} SCP ct.dcm mr_big.dcm mr_implicit.dcm")
        yield Pair("storescu", f"propose-{name}-required", f"{option} -R SCP ct.dcm plan.dcm")
    for option, file in COMPRESSED.items():
        name = option[1:]
        yield Pair("storescu", f"propose-{name}", f"{option} SCP {file}")
        yield Pair("storescu", f"propose-{name}-required", f"-R {option} SCP {file} ct.dcm")
    for option, file in VIDEO.items():
        name = option[1:]
        yield Pair("storescu", f"propose-{name}", f"{option} SCP {file}")
        yield Pair("storescu", f"propose-{name}-required", f"{option} -R -nh SCP ct.dcm {file}")
