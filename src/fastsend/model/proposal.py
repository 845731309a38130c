"""What one association proposes, and what the peer made of it (PS3.8 9.3.2.2, 9.3.3.2)."""

from __future__ import annotations

from typing import NamedTuple


class InstanceKind(NamedTuple):
    """What decides the presentation context of an instance."""

    sop_class_uid: str
    transfer_syntax_uid: str


class PresentationContext(NamedTuple):
    """One proposed context: an abstract syntax and its transfer syntaxes in order."""

    context_id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


class Proposal(NamedTuple):
    """The contexts of one association and the run of instances that it carries.

    `first` and `end` are positions in the list of instances, half open. `context_ids` gives the
    contexts that were made for each kind (its index in the list of kinds), in the order in which
    they were thought of. Kinds that no context can be proposed for (``-nip``) are in
    `rejected_kinds`.
    """

    contexts: tuple[PresentationContext, ...]
    first: int
    end: int
    context_ids: dict[int, tuple[int, ...]]
    rejected_kinds: frozenset[int]


class AcceptedContext(NamedTuple):
    """One context that the peer accepted, with the one transfer syntax that it chose."""

    context_id: int
    abstract_syntax: str
    transfer_syntax_uid: str


class RefusedContext(NamedTuple):
    """One context that the peer refused, with the Result/Reason of PS3.8 Table 9-18.

    `result` is 1 (user rejection), 2 (no reason), 3 (abstract syntax not supported) or 4 (transfer
    syntaxes not supported).
    """

    context_id: int
    result: int
