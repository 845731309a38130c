"""Routes in the form that the socket loop takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastsend.model.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
from fastsend.plan.routes import NoRoute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastsend.model.proposal import InstanceKind
    from fastsend.plan.routes import Routes

_RECODE_SYNTAXES = (
    IMPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
)
"""In the order of `enum recode_syntax`."""
_WAYS = {"as_stored": 0, "re_encode": 1, "convert": 2}
"""As `enum wire_way` numbers them."""
_NOT_SENT = bytes(4)
_FOREIGN = bytes((0, 3, 0, 0))
"""Nothing was proposed for the kind, and so the run ends before it."""


def encoded_routes(kinds: Sequence[InstanceKind], routes: Mapping[int, Routes | NoRoute]) -> bytes:
    """Return the routes of all kinds for `fastsend._native.wire.Queue.set_routes`."""
    encoded = bytearray()
    for kind, (_, transfer_syntax_uid) in enumerate(kinds):
        ways = routes.get(kind)
        if ways is None:
            encoded += _FOREIGN
        elif isinstance(ways, NoRoute):
            encoded += _NOT_SENT
        else:
            way = _WAYS[ways[0].conversion]
            syntaxes = (transfer_syntax_uid, ways[0].transfer_syntax_uid) if way == 1 else ()
            numbers = [_RECODE_SYNTAXES.index(uid) for uid in syntaxes] or [0, 0]
            encoded += bytes((ways[0].context_id, way, *numbers))
    return bytes(encoded)
