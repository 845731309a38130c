"""Configuration files that nobody wrote: they are read, or refused in words."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from fastsend.errors import ConfigurationFileError
from fastsend.plan.association_profile import read_association_profile
from fastsend.plan.configuration_file import read_groups

PIECES = [
    *("[", "[[", "]", "]]", "=", "\\", "#", " ", "\t", "\n", "\r\n", "\n\n", "\0", "\xe9"),
    *("TransferSyntaxes", "PresentationContexts", "SCPSCURoleSelection", "ExtendedNegotiation"),
    *("Profiles", "TransferSyntax1", "PresentationContext1", "Role1", "ExtendedNegotiation1"),
    *("LittleEndianImplicit", "CTImageStorage", "1.2.3", "SCU", "BOTH", "0a", "A", "B", "P"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text(max_size=100)


@given(TEXTS)
def test_any_text_has_groups(text: str) -> None:
    lines = text.count("\n") + text.count("\r") + 1
    for group in read_groups(text):
        assert 1 <= group.line <= lines
        for section in group.sections:
            assert group.line <= section.line <= lines
            for entry in section.entries:
                assert section.line <= entry.line <= lines
                assert not entry.value.startswith((" ", "\t", "\n"))
                assert not entry.value.endswith("\n")


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.text("xyz01 \\", max_size=9)), max_size=9))
def test_what_is_written_is_read(entries: list[tuple[str, str]]) -> None:
    text = "[[G]]\n[S]\n" + "".join(f"{key} = {value}\n" for key, value in entries)
    (group,) = read_groups(text)
    (section,) = group.sections
    assert [(entry.key, entry.value) for entry in section.entries] == [
        (key, value.lstrip(" ")) for key, value in entries
    ]


@given(TEXTS)
def test_any_file_is_read_or_refused(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "x.cfg")
        path.write_bytes(text.encode())
        with suppress(ConfigurationFileError):
            profile = read_association_profile(str(path), "P")
            assert 1 <= len(profile.contexts) <= 128
