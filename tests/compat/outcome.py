"""What a sender did, as far as it is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from compat.tls_receiver import Handshake


class Context(NamedTuple):
    """A proposed presentation context."""

    context_id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


class Stored(NamedTuple):
    """A C-STORE-RQ that arrived as a whole."""

    context_id: int
    transfer_syntax_uid: str
    command: dict[int, bytes]
    """Values by element number of group 0000, with their padding."""
    data_set: bytes


class Association(NamedTuple):
    """One connection; None in place of what did not come."""

    titles: tuple[str, str] | None
    """Called and calling, without blanks around them."""
    contexts: tuple[Context, ...]
    user_items: tuple[tuple[int, bytes], ...]
    """All sub-items of the user information but for the names of the implementation."""
    stores: tuple[Stored, ...]
    unfinished: bool
    """A further request had begun."""
    longest_pdu: int
    """The longest P-DATA-TF PDU, in bytes without its header; 0 where there is none."""
    end: str
    violations: tuple[str, ...]


class Outcome(NamedTuple):
    """What was seen of one run."""

    exit_code: int
    associations: tuple[Association, ...]
    handshakes: tuple[Handshake, ...]
    """Of a receiver behind TLS, for each connection."""
    files: tuple[str, ...]
    """Names of what is in the folder of the run at its end, and was not or is no more as it was."""
    gone: tuple[str, ...]
    """Inputs that are not there any more."""
    report: str | None
    """What dcmsend writes for +crf, but for the time and the port."""
    reports_error: bool
    """A line of standard error begins as errors do: ``E: ``, ``F: ``, ``error: ``."""
    writes_stdout: bool
    stderr: str
    """For whoever reads the failure; not compared."""
