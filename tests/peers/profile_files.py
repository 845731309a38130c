"""Configuration files with association profiles, right ones and wrong ones."""

from __future__ import annotations

CT = "1.2.840.10008.5.1.4.1.1.2"

SYNTAXES = """
[[TransferSyntaxes]]
[Native]
TransferSyntax1 = LittleEndianExplicit
TransferSyntax2 = LittleEndianImplicit
[JPEG]
TransferSyntax1 = JPEGBaseline
"""
CONTEXTS = """
[[PresentationContexts]]
[All]
PresentationContext1 = CTImageStorage\\Native
PresentationContext2 = MRImageStorage\\JPEG
PresentationContext3 = MRImageStorage\\Native
"""
PROFILE = """
[[Profiles]]
[P]
PresentationContexts = All
"""
PLAIN = SYNTAXES + CONTEXTS + PROFILE


def roles(*lines: str, profile: str = "") -> str:
    text = "\n".join(("[[SCPSCURoleSelection]]", "[R]", *lines))
    return f"{SYNTAXES}{CONTEXTS}\n{text}\n{PROFILE}SCPSCURoleSelection = R\n{profile}"


def extended(*lines: str) -> str:
    text = "\n".join(("[[ExtendedNegotiation]]", "[E]", *lines))
    return f"{SYNTAXES}{CONTEXTS}\n{text}\n{PROFILE}ExtendedNegotiation = E\n"


def contexts(*lines: str) -> str:
    text = "\n".join(("[[PresentationContexts]]", "[All]", *lines))
    return f"{SYNTAXES}{text}\n{PROFILE}"


def syntaxes(*lines: str) -> str:
    text = "\n".join(("[[TransferSyntaxes]]", "[Native]", *lines))
    only = "[[PresentationContexts]]\n[All]\nPresentationContext1 = CTImageStorage\\native"
    return f"{text}\n{only}\n{PROFILE}"


CASES = {
    "plain": PLAIN,
    "dos line ends": PLAIN.replace("\n", "\r\n"),
    "old mac line ends": PLAIN.replace("\n", "\r"),
    "no line end": PLAIN.rstrip("\n"),
    "upper case": PLAIN.replace("[[", "[[ ").upper().replace("CTIMAGES", "CTImageS"),
    "case of keys": PLAIN.replace("TransferSyntax1", "TRANSFERSYNTAX1").replace("[P]", "[p]"),
    "blanks in names": PLAIN.replace("[All]", "[ A l\tl ]").replace("[[Prof", "[ [ P rof"),
    "blanks around": PLAIN.replace(" = ", "   =\t "),
    "no blanks around": PLAIN.replace(" = ", "="),
    "indented keys": PLAIN.replace("Presentation", "  Presentation"),
    "blank at the end of a UID": PLAIN.replace("JPEGBaseline", "JPEGBaseline "),
    "blank before the backslash": PLAIN.replace("\\", " \\"),
    "blank after the backslash": PLAIN.replace("\\", "\\ "),
    "reference with blanks": PLAIN.replace("= All", "= a L l "),
    "comment": PLAIN.replace("[JPEG]", "# [[Other]]\n#\n[JPEG]"),
    "comment that is indented": PLAIN.replace("[JPEG]", " # x\n[JPEG]"),
    "comment behind a value": PLAIN.replace("JPEGBaseline", "JPEGBaseline # x"),
    "comment behind a section": PLAIN.replace("[JPEG]", "[JPEG] # x"),
    "continued value": PLAIN.replace("= All", "= A\n ll"),
    "continued UID": PLAIN.replace("JPEGBaseline", "JPEG\n Baseline"),
    "empty lines": PLAIN.replace("\n", "\n\n\n"),
    "a line without =": PLAIN.replace("[JPEG]\n", "[JPEG]\nhello\n"),
    "a word before a group": "hello\n" + PLAIN,
    "a key before a group": "hello = 1\n" + PLAIN,
    "a key in no section": PLAIN.replace("[Native]", "x = 1\n[Native]"),
    "a section before a group": "[x]\ny = 1\n" + PLAIN,
    "other characters in names": PLAIN.replace("[All]", "[A.l+l]"),
    "other characters in references": PLAIN.replace("= All", "= A.l+l"),
    "NUL": PLAIN.replace("[All]", "[A\0ll]"),
    "three brackets": PLAIN.replace("[[Profiles]]", "[[[Profiles]]]"),
    "missing bracket": PLAIN.replace("[[Profiles]]", "[[Profiles]"),
    "group twice": PLAIN + "[[TransferSyntaxes]]\n[X]\nTransferSyntax1 = hello\n",
    "section twice": PLAIN.replace("[JPEG]", "[Native]\nTransferSyntax1 = JPEG2000\n[JPEG]"),
    "key twice": PLAIN.replace("TransferSyntax2", "TransferSyntax1 = JPEG2000\nTransferSyntax2"),
    "profile twice": PLAIN + "[p]\nPresentationContexts = All\n",
    "gap": syntaxes("TransferSyntax1 = JPEG2000", "TransferSyntax3 = RLELossless"),
    "not in order": syntaxes("TransferSyntax2 = JPEG2000", "TransferSyntax1 = RLELossless"),
    "leading zero": syntaxes("TransferSyntax1 = JPEG2000", "TransferSyntax02 = RLELossless"),
    "no first": syntaxes("TransferSyntax2 = JPEG2000"),
    "more than nine": syntaxes(
        *(f"TransferSyntax{n} = 1.2.840.10008.1.2.4.{50 + n}" for n in range(1, 12))
    ),
    "syntax twice": syntaxes("TransferSyntax1 = JPEG2000", "TransferSyntax2 = JPEG2000"),
    "byte order": syntaxes(
        "TransferSyntax1 = LocalEndianExplicit", "TransferSyntax2 = OppositeEndianExplicit"
    ),
    "case of symbols": syntaxes("TransferSyntax1 = jpeg2000"),
    "keyword of the Standard": syntaxes("TransferSyntax1 = JPEGBaseline8Bit"),
    "equals sign of dump2dcm": syntaxes("TransferSyntax1 = =JPEG2000"),
    "private UID": syntaxes("TransferSyntax1 = 1.3.6.1.4.1.5962.300.1"),
    "UID with a leading zero": syntaxes("TransferSyntax1 = 1.02.3"),
    "an empty component": syntaxes("TransferSyntax1 = 1..2"),
    "a point at the end": syntaxes("TransferSyntax1 = 1.2."),
    "only a point": syntaxes("TransferSyntax1 = ."),
    "an equals sign before a number": syntaxes("TransferSyntax1 = =1.2"),
    "a short UID": syntaxes("TransferSyntax1 = 0"),
    "64 characters": syntaxes("TransferSyntax1 = 1.2." + "3" * 60),
    "no UID": syntaxes("TransferSyntax1 = 1.2.x"),
    "no value": syntaxes("TransferSyntax1 ="),
    "a name that is no syntax": syntaxes("TransferSyntax1 = CTImageStorage"),
    "no backslash": contexts("PresentationContext1 = CTImageStorage"),
    "no list": contexts("PresentationContext1 = CTImageStorage\\"),
    "unknown list": contexts("PresentationContext1 = CTImageStorage\\Hello"),
    "unknown class": contexts("PresentationContext1 = Hello\\Native"),
    "a short class": contexts("PresentationContext1 = 1\\Native"),
    "not ASCII": PLAIN.replace("All", "\u017fA\xe9l\xa0l"),
    "numeric class": contexts(f"PresentationContext1 = {CT}\\Native"),
    "context twice": contexts(
        f"PresentationContext1 = {CT}\\Native", f"PresentationContext2 = {CT}\\Native"
    ),
    "128 contexts": contexts(
        *(f"PresentationContext{n} = {CT}.{n}\\Native" for n in range(1, 128)),
        f"PresentationContext128 = {CT}\\Native",
    ),
    "129 contexts": contexts(
        *(f"PresentationContext{n} = {CT}\\Native" for n in range(1, 130))
    ),
    "no contexts": contexts(),
    "no syntaxes": CONTEXTS + PROFILE,
    "no context group": SYNTAXES + PROFILE,
    "no profiles": SYNTAXES + CONTEXTS,
    "other profile": PLAIN.replace("[P]", "[Q]"),
    "broken other profile": PLAIN + "[Q]\nPresentationContexts = Hello\n",
    "profile without contexts": PLAIN.replace("PresentationContexts =", "Contexts ="),
    "empty file": "",
    "roles": roles("Role1 = CTImageStorage\\SCU", "Role2 = MRImageStorage\\both"),
    "role SCP": roles("Role1 = CTImageStorage\\SCP"),
    "role with a blank": roles("Role1 = CTImageStorage\\ SCP"),
    "no role": roles("Role1 = CTImageStorage\\"),
    "role twice": roles("Role1 = CTImageStorage\\SCU", "Role2 = CTImageStorage\\SCU"),
    "role of what is not proposed": roles("Role1 = RTPlanStorage\\SCU"),
    "role list that is empty": roles(),
    "role list that is not used": roles("Role1 = Hello\\SCU").replace(
        "SCPSCURoleSelection =", "x ="
    ),
    "extended": extended(
        "ExtendedNegotiation1 = MRImageStorage\\020003000000",
        "ExtendedNegotiation2 = CTImageStorage\\ffAa",
    ),
    "extended with colons": extended("ExtendedNegotiation1 = CTImageStorage\\02:00"),
    "extended with half a byte": extended("ExtendedNegotiation1 = CTImageStorage\\020"),
    "extended without a byte": extended("ExtendedNegotiation1 = CTImageStorage\\"),
    "extended twice": extended(
        "ExtendedNegotiation1 = CTImageStorage\\00", "ExtendedNegotiation2 = CTImageStorage\\00"
    ),
    "extended for what is not proposed": extended("ExtendedNegotiation1 = RTPlanStorage\\00"),
    "1023 bytes": extended("ExtendedNegotiation1 = CTImageStorage\\" + "ab" * 1023),
    "1024 bytes": extended("ExtendedNegotiation1 = CTImageStorage\\" + "ab" * 1024),
    "roles and extended": roles(
        "Role1 = CTImageStorage\\SCU",
        "[[ExtendedNegotiation]]",
        "[E]",
        "ExtendedNegotiation1 = CTImageStorage\\00",
        profile="ExtendedNegotiation = e\n",
    ),
}  # fmt: skip
