import typing

import pytest
from pydicom._uid_dict import UID_dictionary

from fastsend.model.transfer_syntax import (
    NATIVE_TRANSFER_SYNTAXES,
    TRANSFER_SYNTAXES,
    Coding,
    transfer_syntax_name,
)

OF_PYDICOM = {uid: row for uid, row in UID_dictionary.items() if row[1] == "Transfer Syntax"}

# PS3.6 2024e and later, which pydicom 3.0 does not have yet.
NEWER = {
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
}
GE_PRIVATE = "1.2.840.113619.5.2"
J = "1.2.840.10008.1.2.4."


@pytest.mark.parametrize("uid", OF_PYDICOM)
def test_names_and_retirement_are_those_of_pydicom(uid: str) -> None:
    name, _, _, retired, _ = OF_PYDICOM[uid]
    syntax = TRANSFER_SYNTAXES[uid]
    assert syntax.uid == uid
    # The Standard writes "Process 2 & 4".
    assert syntax.name.replace(" & ", " and ") == name
    assert syntax.retired == (retired == "Retired")


def test_nothing_else_is_there() -> None:
    assert set(TRANSFER_SYNTAXES) == set(OF_PYDICOM) | set(NEWER) | {GE_PRIVATE}
    assert {uid: TRANSFER_SYNTAXES[uid].name for uid in NEWER} == NEWER


def test_codings() -> None:
    by_coding: dict[str, set[str]] = {coding: set() for coding in typing.get_args(Coding)}
    for uid, syntax in TRANSFER_SYNTAXES.items():
        by_coding[syntax.coding].add(uid)
    lossy = {J + str(n) for n in (*range(50, 57), *range(59, 65), 81, 91, 93, 111, 112, 203)}
    lossless = {J + str(n) for n in (57, 58, 65, 66, 70, 80, 90, 92, 110, 201, 202)}
    video = {J + str(n) for n in range(100, 109)} | {J + f"{n}.1" for n in range(100, 107)}
    assert by_coding == {
        "native": {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"},
        "deflated": {"1.2.840.10008.1.2.1.99"},
        "encapsulated_uncompressed": {"1.2.840.10008.1.2.1.98"},
        "big_endian_pixels": {GE_PRIVATE},
        "lossless": lossless | {"1.2.840.10008.1.2.5", "1.2.840.10008.1.2.8.1"},
        "lossy": lossy,
        "video": video,
        "jpip": {J + "94", J + "95", J + "204", J + "205"},
        "real_time": {f"1.2.840.10008.1.2.7.{n}" for n in (1, 2, 3)},
        "other": {"1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2", "1.2.840.10008.1.20"},
    }


def test_native_syntaxes() -> None:
    native = {uid for uid, syntax in TRANSFER_SYNTAXES.items() if syntax.coding == "native"}
    assert set(NATIVE_TRANSFER_SYNTAXES) == native
    assert len(NATIVE_TRANSFER_SYNTAXES) == len(native)


def test_byte_order_and_vr() -> None:
    implicit = {uid for uid, syntax in TRANSFER_SYNTAXES.items() if syntax.implicit_vr}
    big_endian = {uid for uid, syntax in TRANSFER_SYNTAXES.items() if syntax.big_endian}
    assert implicit == {"1.2.840.10008.1.2", "1.2.840.10008.1.20", GE_PRIVATE}
    assert big_endian == {"1.2.840.10008.1.2.2"}


def test_name_of_an_unknown_syntax_is_its_uid() -> None:
    assert transfer_syntax_name("1.2.840.10008.1.2.5") == "RLE Lossless"
    assert transfer_syntax_name("1.2.3.4") == "1.2.3.4"
