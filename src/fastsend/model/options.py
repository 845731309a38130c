"""What a run is asked to do: one immutable value, made by the command line or by a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from fastsend.model.invention import Invention
from fastsend.model.pixels import Quality
from fastsend.model.user_identity import UserIdentity

if TYPE_CHECKING:
    from fastsend.model.association_profile import AssociationProfile
    from fastsend.model.tls import Tls

FileFormat = Literal["any", "file", "data_set"]
Decompress = Literal["never", "lossless", "lossy"]
Prefer = Literal["small", "fast"]
Compat = Literal["storescu", "dcmsend"]
IPVersion = Literal["any", "auto", "4", "6"]


class SendOptions(NamedTuple):
    """Everything that decides how instances are sent.

    Times are in seconds, None is without limit; PDU lengths are in bytes and leave out the six
    bytes of the PDU header (PS3.8 D.1).
    """

    peer: str
    port: int
    paths: tuple[str, ...]

    compat: Compat | None = None
    """The program of DCMTK whose ways are followed to the letter: what is scanned, proposed and
    converted, where a run halts, and how it ends. None: fastsend's own."""

    calling_ae_title: str = "FASTSEND"
    called_ae_title: str = "ANY-SCP"

    file_format: FileFormat = "any"
    read_dicomdir: bool = False
    """``+rd``: a DICOMDIR stands for the files that its records name."""
    scan_directories: bool = False
    """``+sd``: directories are scanned as DCMTK does, below the first level only with `recurse`."""
    scan_pattern: str | None = None
    recurse: bool | None = None
    """None: recurse unless `scan_directories` was given."""
    halt: bool = True
    check_uids: bool = True
    rename: bool = False
    """``+rn``: the name of each processed file gets a suffix that says what became of it."""
    repeat: int = 1
    """How often each file is sent, in a row."""
    uid_padding: bool = False
    """``-up``: no warning of UIDs that are padded with spaces, and sent without them."""

    decompress: Decompress = "lossless"
    """What may be decompressed for a peer that does not take it as it is (``-dn +dls +dly``)."""
    proposed: str | None = None
    """The transfer syntax of ``-x...``, to propose and to prefer; a native one comes first among
    the native ones. None (``-x=``): propose what the files need."""
    required: bool = False
    """``-R``: propose the SOP classes of the files only, as is always done but by storescu."""
    combine: bool = False
    """``+C``: propose it in one context with the native ones."""
    prefer: Prefer | None = None
    """How to choose among the accepted syntaxes; see `fastsend.plan.routes`."""
    quality: Quality = Quality()
    """For proposed syntaxes that lose information; without it nothing is compressed to them."""
    compression_level: int = 6
    """Of deflate: 0 is uncompressed, 1 the fastest, 9 the smallest."""
    new_vr: bool = True
    """False (``-u``): the VRs that came after 1993 are sent as OB."""
    invention: Invention = Invention()
    """Which identifiers are replaced by new ones (``+II +IR +IS +IP``)."""
    dictionaries: tuple[str, ...] = ()
    """Files in DCMTK's format (``DCMDICTPATH``), of which later ones come first, with the VRs of
    elements that are re-encoded from Implicit VR."""
    threads: int | None = None
    """Frames that are decoded or encoded at the same time; None: one a processor."""

    multiple_associations: bool = True
    """False (``-ma``): one association has to do, and another one is never made."""
    associations: int | None = None
    """How many associations send at the same time; None (``auto``): as many as help. See
    `parallel_associations`."""
    async_window: int = 1
    """How many requests may wait for their responses on one association, where the peer agrees
    (PS3.7 D.3.3.3); 1 is the synchronous mode, in which nothing is proposed."""
    ordered: bool = False
    """``--ordered``: the instances of a series go on one association, in the order of the input."""
    illegal_proposals: bool = True
    """False (``-nip``): propose no context without the default transfer syntax."""
    association_profile: AssociationProfile | None = None
    """``-xf``: propose this, whatever the files are, and nothing of the above."""
    user_identity: UserIdentity = UserIdentity()
    """Who the calling side says it is; nobody unless it has a credential."""
    ip_version: IPVersion = "any"
    """Which addresses of the peer are tried: all of them with those of IPv4 first, all in the
    order of the system's resolver (``auto``), or those of one version."""
    abort: bool = False
    """``--abort``: end each association with A-ABORT where A-RELEASE-RQ would stand."""

    connection_timeout: float | None = None
    acse_timeout: float | None = 30.0
    dimse_timeout: float | None = None
    socket_timeout: float | None = 60.0
    max_pdu_length: int = 16384
    max_send_pdu_length: int | None = None
    limit: float | None = None
    """Bytes a second over all associations (``--limit``), PDU headers and commands counted."""

    tls: Tls | None = None
    """None: the connection is plain TCP."""


def proposed_operations(options: SendOptions) -> int:
    """Return how many operations to propose as outstanding at the same time (PS3.7 D.3.3.3).

    1, which means that nothing is proposed, with `SendOptions.compat`: DCMTK knows no others.
    """
    return options.async_window if options.compat is None else 1


def parallel_associations(options: SendOptions) -> int | None:
    """Return how many associations may send at the same time; None: as many as help.

    One with `SendOptions.compat` and ``-ma``: there is no second one beside it.
    """
    if options.compat is not None or not options.multiple_associations:
        return 1
    return options.associations
