"""Which pairs of SOP class and transfer syntax may be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastsend.model.options import SendOptions

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
_STANDARD = "1.2.840.10008."
_STORAGE = "1.2.840.10008.5.1.4.1.1."

# Storage SOP classes of PS3.6 Table A-1 outside the usual root; dcmsend takes the same.
_OTHER_STORAGE = frozenset(
    {
        "1.2.840.10008.5.1.1.27",  # Stored Print Storage (retired)
        "1.2.840.10008.5.1.1.29",  # Hardcopy Grayscale Image Storage (retired)
        "1.2.840.10008.5.1.1.30",  # Hardcopy Color Image Storage (retired)
        "1.2.840.10008.5.1.4.34.1",  # RT Beams Delivery Instruction Storage - Trial (retired)
        "1.2.840.10008.5.1.4.34.7",  # RT Beams Delivery Instruction Storage
        "1.2.840.10008.5.1.4.34.10",  # RT Brachy Application Setup Delivery Instruction Storage
        "1.2.840.10008.5.1.4.38.1",  # Hanging Protocol Storage
        "1.2.840.10008.5.1.4.39.1",  # Color Palette Storage
        "1.2.840.10008.5.1.4.43.1",  # Generic Implant Template Storage
        "1.2.840.10008.5.1.4.44.1",  # Implant Assembly Template Storage
        "1.2.840.10008.5.1.4.45.1",  # Implant Template Group Storage
    }
)


class KindRefusal(NamedTuple):
    """Why files of a kind are left out."""

    reason: str
    is_instance: bool
    """False for what was never meant to be sent."""


def refusal(
    sop_class_uid: str, transfer_syntax_uid: str, *, check_uids: bool
) -> KindRefusal | None:
    """Return why instances of a kind are not sent; None where they are.

    Parameters
    ----------
    sop_class_uid, transfer_syntax_uid : str
        The kind.
    check_uids : bool
        Refuse standard SOP classes that are no storage classes, as dcmsend does, and transfer
        syntaxes under the Standard's root that the Standard does not have. Private ones of both
        pass.
    """
    if sop_class_uid == MEDIA_STORAGE_DIRECTORY:
        return KindRefusal("a DICOMDIR, not an instance", is_instance=False)
    if not check_uids:
        return None
    if sop_class_uid.startswith(_STANDARD) and not (
        sop_class_uid.startswith(_STORAGE) or sop_class_uid in _OTHER_STORAGE
    ):
        return KindRefusal(f"SOP class {sop_class_uid} is no storage class", is_instance=True)
    if transfer_syntax_uid.startswith(_STANDARD) and transfer_syntax_uid not in TRANSFER_SYNTAXES:
        return KindRefusal(f"unknown transfer syntax {transfer_syntax_uid}", is_instance=True)
    return None


def storescu_refusal(sop_class_uid: str) -> KindRefusal | None:
    """Return why storescu proposes no context for a SOP class that it found in a file (``-R``).

    It knows the Standard's storage classes and no others.
    """
    if sop_class_uid.startswith(_STORAGE) or sop_class_uid in _OTHER_STORAGE:
        return None
    return KindRefusal(f"SOP class {sop_class_uid} is no storage class", is_instance=True)


def judge_of(options: SendOptions) -> KindJudge:
    """Return what says which kinds a run sends."""
    if options.compat != "storescu":
        return KindJudge(check_uids=options.check_uids)
    if options.required:
        return KindJudge(lambda sop_class_uid, _: storescu_refusal(sop_class_uid))
    return KindJudge(lambda *_: None)


class KindJudge:
    """`refusal` for the compiled scanner: a number that stands for each refusal.

    Parameters
    ----------
    refuse : callable, optional
        Says of a SOP class and a transfer syntax why they are refused, instead of `refusal`.
    check_uids : bool
        As for `refusal`.
    """

    def __init__(
        self,
        refuse: Callable[[str, str], KindRefusal | None] | None = None,
        *,
        check_uids: bool = True,
    ) -> None:
        self._refuse = refuse or (lambda *kind: refusal(*kind, check_uids=check_uids))
        self._numbers: dict[tuple[str, str], int] = {}
        self._refusals: list[KindRefusal] = []

    def __call__(self, sop_class_uid: str, transfer_syntax_uid: str) -> int:
        """Return 0 where the kind may be sent, else the number of its refusal."""
        kind = (sop_class_uid, transfer_syntax_uid)
        number = self._numbers.get(kind)
        if number is None:
            refused = self._refuse(*kind)
            if refused is not None:
                self._refusals.append(refused)
            number = self._numbers[kind] = len(self._refusals) if refused else 0
        return number

    def refusal(self, number: int) -> KindRefusal:
        """Return the refusal that a number stands for."""
        return self._refusals[number - 1]
