"""Presentation contexts in words (``+v``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.model.transfer_syntax import transfer_syntax_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastsend.model.proposal import PresentationContext


def context_lines(contexts: Sequence[tuple[PresentationContext, str | None]]) -> Iterator[str]:
    """Yield what DCMTK's senders show of each context: what was proposed, what became of it."""
    yield "Presentation Contexts:"
    for context, accepted in contexts:
        outcome = "Refused" if accepted is None else "Accepted"
        yield f"  Context ID:        {context.context_id} ({outcome})"
        yield f"    Abstract Syntax: {_sop_class(context.abstract_syntax)}"
        yield "    Proposed Transfer Syntax(es):"
        for syntax in context.transfer_syntaxes:
            yield f"      {_transfer_syntax(syntax)}"
        if accepted is not None:
            yield f"    Accepted Transfer Syntax: {_transfer_syntax(accepted)}"


def _sop_class(uid: str) -> str:
    # Loaded with pynetdicom by now.
    from pydicom import config
    from pydicom.uid import UID

    return _named(UID(uid, config.IGNORE).name, uid)


def _transfer_syntax(uid: str) -> str:
    return _named(transfer_syntax_name(uid), uid)


def _named(name: str, uid: str) -> str:
    return uid if name == uid else f"{name} ({uid})"
