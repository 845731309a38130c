"""What all associations of a run have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fastsend._native.part10 import InstanceTable
    from fastsend._native.recode import Dictionary
    from fastsend._native.wire import Cancel, Limit
    from fastsend.association.tls_context import SecureTransport
    from fastsend.model.options import SendOptions
    from fastsend.sender.ledger import Ledger


class Shared(NamedTuple):
    """Made once a run; its parts are for any thread."""

    options: SendOptions
    table: InstanceTable
    cancel: Cancel
    limit: Limit | None
    transport: SecureTransport | None
    ledger: Ledger
    dictionary: Dictionary | None = None
