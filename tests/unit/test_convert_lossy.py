"""How lossy compression marks an instance (PS3.3 C.7.6.1.1.5)."""

from __future__ import annotations

import pytest
from pydicom import Dataset, Sequence
from pydicom.uid import UID

from fastsend.convert import attributes, lossy
from fastsend.convert.lossy import LossyStep, is_lossy_syntax, new_sop_instance_uid
from fastsend.convert.refusal import AttributeRefusedError
from reference.data_set_bytes import EXPLICIT_LE, SYNTAXES
from reference.pixel_attributes import edited, found_in

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
JPEG = "1.2.840.10008.1.2.4."
STEP = LossyStep(JPEG + "50", 14.2338, "2.25.1234")


def code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def original(**changes: object) -> Dataset:
    made = Dataset()
    made.SOPClassUID = SECONDARY_CAPTURE
    made.SOPInstanceUID = "1.2.3.4"
    for keyword, value in changes.items():
        setattr(made, keyword, value)
    return made


def marked(made: Dataset, step: LossyStep = STEP, syntax: str = EXPLICIT_LE) -> Dataset:
    edits = lossy.edits(found_in(made, syntax, lossy.TAGS), step, from_syntax=syntax)
    assert [edit[0] for edit in edits] == sorted({edit[0] for edit in edits})
    return edited(made, edits, EXPLICIT_LE)


def test_the_tags_ascend_and_hold_those_of_a_lossless_step() -> None:
    assert list(lossy.TAGS) == sorted(set(lossy.TAGS))
    assert set(attributes.TAGS) < set(lossy.TAGS)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_an_original_becomes_derived(syntax: str) -> None:
    result = marked(original(ImageType=["ORIGINAL", "PRIMARY", "AXIAL"]), syntax=syntax)
    assert result.ImageType == ["DERIVED", "PRIMARY", "AXIAL"]
    assert result.SOPClassUID == SECONDARY_CAPTURE
    assert result.SOPInstanceUID == "2.25.1234"
    assert result.DerivationDescription == "Lossy compression with JPEG, compression ratio 14.234"
    (source,) = result.SourceImageSequence
    assert source.ReferencedSOPClassUID == SECONDARY_CAPTURE
    assert source.ReferencedSOPInstanceUID == "1.2.3.4"
    assert list(source.PurposeOfReferenceCodeSequence) == [
        code("121320", "Uncompressed predecessor")
    ]
    assert list(result.DerivationCodeSequence) == [code("113040", "Lossy Compression")]
    assert result.LossyImageCompression == "01"
    assert result.LossyImageCompressionRatio == 14.234
    assert result.LossyImageCompressionMethod == "ISO_10918_1"


@pytest.mark.parametrize("image_type", [None, "", "ORIGINAL", "DERIVED"])
def test_image_type_of_one_value_or_none(image_type: str | None) -> None:
    made = original() if image_type is None else original(ImageType=image_type)
    assert marked(made).ImageType == "DERIVED"


@pytest.mark.parametrize(
    ("end", "method"),
    [
        ("50", "ISO_10918_1"),
        ("51", "ISO_10918_1"),
        ("81", "ISO_14495_1"),
        ("91", "ISO_15444_1"),
        ("203", "ISO_15444_15"),
        ("112", "ISO_18181_1"),
    ],
)
def test_the_method_is_the_standard_of_the_codestream(end: str, method: str) -> None:
    result = marked(original(), STEP._replace(transfer_syntax_uid=JPEG + end))
    assert result.LossyImageCompressionMethod == method


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_earlier_steps_are_kept(syntax: str) -> None:
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = "1.2.3", "1.2.3.9"
    source.PurposeOfReferenceCodeSequence = Sequence([code("121322", "Source")])
    made = original(
        ImageType=["DERIVED", "SECONDARY"],
        DerivationDescription="Filtered",
        SourceImageSequence=Sequence([source]),
        DerivationCodeSequence=Sequence([code("113043", "One"), code("113076", "Two")]),
        LossyImageCompression="01",
        LossyImageCompressionRatio=["7.5", "3"],
        LossyImageCompressionMethod=["ISO_15444_1", "ISO_14495_1"],
    )
    result = marked(made, syntax=syntax)
    assert result.ImageType == ["DERIVED", "SECONDARY"]
    assert result.DerivationDescription == (
        "Lossy compression with JPEG, compression ratio 14.234 [Filtered]"
    )
    assert result.SourceImageSequence[0] == source
    assert result.SourceImageSequence[1].ReferencedSOPInstanceUID == "1.2.3.4"
    codes = [item.CodeValue for item in result.DerivationCodeSequence]
    assert codes == ["113043", "113076", "113040"]
    assert result.LossyImageCompressionRatio == [7.5, 3, 14.234]
    assert result.LossyImageCompressionMethod == ["ISO_15444_1", "ISO_14495_1", "ISO_10918_1"]


@pytest.mark.parametrize("items", [b"\0", b"\xfe\xff\x00\xe0\x10\0\0\0ab", b"no items at all!"])
def test_earlier_items_that_are_broken_are_replaced(items: bytes) -> None:
    found = found_in(original())
    found[0x00082112] = ("SQ", items)
    edits = lossy.edits(found, STEP, from_syntax=EXPLICIT_LE)
    assert len(edited(original(), edits, EXPLICIT_LE).SourceImageSequence) == 1


@pytest.mark.parametrize(
    ("earlier", "expected_end"),
    [("x" * 2000, "[" + "x" * 968 + "]"), ("", " 14.234"), ("\N{DEGREE SIGN}" * 600, " [...]")],
)
def test_the_description_keeps_within_its_length(earlier: str, expected_end: str) -> None:
    found = found_in(original())
    found[0x00082111] = ("ST", earlier.encode())
    edits = {edit[0]: edit[1] for edit in lossy.edits(found, STEP, from_syntax=EXPLICIT_LE)}
    value = edits[0x00082111][8:].decode().rstrip(" ")
    assert value.endswith(expected_end)
    assert len(value) <= 1024


@pytest.mark.parametrize(
    ("ratio", "text"), [(1 / 3, "0.33333"), (10.0, "10"), (123456.7, "1.2346e+05")]
)
def test_ratios_are_decimal_strings(ratio: float, text: str) -> None:
    result = marked(original(), STEP._replace(ratio=ratio))
    assert str(result["LossyImageCompressionRatio"].value.original_string) == text
    assert len(text) <= 16


def test_what_is_of_the_pixels_before_goes() -> None:
    made = original(SmallestImagePixelValue=None, LargestImagePixelValue=None)
    made.add_new(0x00280106, "US", 3)
    made.add_new(0x00280107, "US", 5)
    result = marked(made)
    assert "SmallestImagePixelValue" not in result
    assert "LargestImagePixelValue" not in result


@pytest.mark.parametrize("keyword", ["SOPClassUID", "SOPInstanceUID"])
def test_there_has_to_be_a_source(keyword: str) -> None:
    made = original()
    delattr(made, keyword)
    with pytest.raises(AttributeRefusedError, match="UID is missing"):
        marked(made)


@pytest.mark.parametrize("group", [0x6000, 0x6002, 0x601E])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_overlays_in_the_pixels_are_not_lost(group: int, syntax: str) -> None:
    made = original()
    made.add_new((group, 0x0100), "US", 1)
    marked(made, syntax=syntax)
    made.add_new((group, 0x0100), "US", 16)
    with pytest.raises(AttributeRefusedError, match="overlay") as caught:
        marked(made, syntax=syntax)
    assert caught.value.tag == group << 16 | 0x0100


def test_syntaxes_that_are_lossy_by_definition() -> None:
    ends = ("50", "51", "53", "55", "57", "70", "80", "81", "90", "91", "110", "112", "201", "203")
    lossy_ones = [end for end in ends if is_lossy_syntax(JPEG + end)]
    assert lossy_ones == ["50", "51", "53", "55", "81"]


def test_new_uids_are_uids() -> None:
    uids = {new_sop_instance_uid(b"%d.dcm" % (n % 10), f"1.2.{n // 10}") for n in range(100)}
    assert len(uids) == 100
    assert new_sop_instance_uid(b"3.dcm", "1.2.3") in uids  # a second attempt
    assert all(UID(uid).is_valid and len(uid) <= 64 for uid in uids)


def test_values_that_leave_no_room_for_another_are_refused() -> None:
    found = found_in(original())
    found[0x00282112] = ("DS", b"\\".join([b"7.5"] * 16383))
    with pytest.raises(AttributeRefusedError, match="too many"):
        lossy.edits(found, STEP, from_syntax=EXPLICIT_LE)
