"""Presentation contexts in words."""

from fastsend.model.proposal import PresentationContext
from fastsend.report.contexts import context_lines

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"


def test_context_lines() -> None:
    contexts = [
        (PresentationContext(1, CT, (EXPLICIT, IMPLICIT)), IMPLICIT),
        (PresentationContext(3, "1.2.3.4", ("1.2.3.5",)), None),
    ]
    assert list(context_lines(contexts)) == [
        "Presentation Contexts:",
        "  Context ID:        1 (Accepted)",
        f"    Abstract Syntax: CT Image Storage ({CT})",
        "    Proposed Transfer Syntax(es):",
        f"      Explicit VR Little Endian ({EXPLICIT})",
        f"      Implicit VR Little Endian ({IMPLICIT})",
        f"    Accepted Transfer Syntax: Implicit VR Little Endian ({IMPLICIT})",
        "  Context ID:        3 (Refused)",
        "    Abstract Syntax: 1.2.3.4",
        "    Proposed Transfer Syntax(es):",
        "      1.2.3.5",
    ]


def test_what_is_no_uid_raises_nothing() -> None:
    lines = list(context_lines([(PresentationContext(1, "\x1b" * 70, ("",)), "")]))
    assert "    Abstract Syntax: " + "\x1b" * 70 in lines
