"""What the user and the installed codecs allow a plan to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastsend.model.pixels import Quality

if TYPE_CHECKING:
    from fastsend.model.association_profile import AssociationProfile
    from fastsend.model.options import Compat, Decompress, Prefer, SendOptions


class Policy(NamedTuple):
    """The rules for contexts and routes; the fields of `SendOptions` of the same names say more.

    `decodable` and `encodable` are the transfer syntaxes of encapsulated Pixel Data that can be
    turned into native ones and back on this machine. Deflated data sets need no library.
    """

    decompress: Decompress = "lossless"
    proposed: str | None = None
    combine: bool = False
    profile: AssociationProfile | None = None
    illegal_proposals: bool = True
    prefer: Prefer | None = None
    new_vr: bool = True
    invents: bool = False
    """True where every instance gets new identifiers, so that none goes as it is stored."""
    quality: Quality = Quality()
    decodable: frozenset[str] = frozenset()
    encodable: frozenset[str] = frozenset()
    compat: Compat | None = None
    required: bool = False


def policy_of(
    options: SendOptions, *, decodable: frozenset[str], encodable: frozenset[str]
) -> Policy:
    """Return the rules that hold for a run."""
    return Policy(
        decompress=options.decompress,
        proposed=options.proposed,
        combine=options.combine,
        profile=options.association_profile,
        illegal_proposals=options.illegal_proposals,
        prefer=options.prefer,
        new_vr=options.new_vr,
        invents=options.invention.asked,
        quality=options.quality,
        decodable=decodable,
        encodable=encodable,
        compat=options.compat,
        required=options.required,
    )
