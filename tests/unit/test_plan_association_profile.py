"""Association profiles: values and errors; tests/peers compares what is proposed with storescu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fastsend.errors import ConfigurationFileError
from fastsend.model.association_profile import (
    AssociationProfile,
    ExtendedNegotiation,
    RoleSelection,
)
from fastsend.model.proposal import PresentationContext
from fastsend.plan.association_profile import read_association_profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"

WHOLE = f"""\
[[TransferSyntaxes]]
[Native]
TransferSyntax1 = LittleEndianExplicit
TransferSyntax2 = {LEI}
[[PresentationContexts]]
[Contexts]
PresentationContext1 = {CT}\\Native
PresentationContext2 = MRImageStorage\\native
[[SCPSCURoleSelection]]
[Roles]
Role1 = CTImageStorage\\both
Role2 = {MR}\\SCP
[[ExtendedNegotiation]]
[Extended]
ExtendedNegotiation1 = CTImageStorage\\02aF
[[Profiles]]
[Some One]
PresentationContexts = Contexts
SCPSCURoleSelection = Roles
ExtendedNegotiation = Extended
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., AssociationProfile]:
    def read_text(text: str, name: str = "someone") -> AssociationProfile:
        path = tmp_path / "some.cfg"
        path.write_text(text, encoding="utf-8")
        return read_association_profile(str(path), name)

    return read_text


def test_all_of_it(read: Callable[..., AssociationProfile]) -> None:
    assert read(WHOLE, " some ONE") == AssociationProfile(
        " some ONE",
        (PresentationContext(1, CT, (LEE, LEI)), PresentationContext(3, MR, (LEE, LEI))),
        (RoleSelection(CT, scu=True, scp=True), RoleSelection(MR, scu=False, scp=True)),
        (ExtendedNegotiation(CT, b"\x02\xaf"),),
    )


@pytest.mark.parametrize(
    ("right", "wrong", "line", "words"),
    [
        ("LittleEndianExplicit", "Hello", 3, "'Hello' is no transfer syntax"),
        ("LittleEndianExplicit", "JPEG2000 ", 3, "mind the blanks"),
        (LEI, "1.2." + "3" * 61, 4, "64 characters"),
        (f"{CT}\\N", "Hello\\N", 7, "'Hello' is no SOP class"),
        (f"{CT}\\Native", CT, 7, "backslash"),
        (f"{CT}\\Native", f"{CT}\\Hello", 7, "'Hello'"),
        ("both", "none", 11, "'none'"),
        (f"{MR}\\SCP", "CTImageStorage\\SCU", 12, "second role"),
        (f"{MR}\\SCP", "RTPlanStorage\\SCU", 19, "1.2.840.10008.5.1.4.1.1.481.5"),
        ("02aF", "02:aF", 15, "'02:aF'"),
        ("02aF", "0" * 2050, 15, "1023 bytes"),
        ("= Contexts", "= Hello", 18, "'Hello'"),
        ("= Roles", "= Hello", 19, "'Hello'"),
        ("= Extended", "= Hello", 20, "'Hello'"),
        ("PresentationContexts =", "Hello =", 17, "[SOMEONE] has no PresentationContexts"),
        ("[[Transfer", "[[Other", None, "[[TransferSyntaxes]]"),
        ("[[Presentation", "[[Other", None, "[[PresentationContexts]]"),
        ("[[Profiles", "[[Other", None, "[[Profiles]]"),
        ("[Some One]", "[Another]", None, "there are: ANOTHER"),
        ("MRImageStorage", "MR\xcdmageStorage\n  x", 8, "no SOP class"),
    ],
)
def test_errors_name_the_line(
    right: str, wrong: str, line: int | None, words: str, read: Callable[..., AssociationProfile]
) -> None:
    text = WHOLE.replace(right, wrong, 1)
    assert text != WHOLE
    with pytest.raises(ConfigurationFileError) as raised:
        read(text)
    message = str(raised.value)
    assert words in message
    assert "some.cfg" in message
    assert (", line " in message) == (line is not None)
    if line is not None:
        assert f"some.cfg, line {line}: " in message


def test_files_that_cannot_be_read(tmp_path: Path, read: Callable[..., AssociationProfile]) -> None:
    with pytest.raises(ConfigurationFileError, match="No such file"):
        read_association_profile(str(tmp_path / "none"), "x")
    with pytest.raises(ConfigurationFileError, match="irectory"):
        read_association_profile(str(tmp_path), "x")
    with pytest.raises(ConfigurationFileError, match="null byte"):
        read_association_profile("a\0b", "x")
    with pytest.raises(ConfigurationFileError, match="longer than"):
        read("#" * (1 << 22) + "\n")
