"""What DCMTK's senders propose for small files, and what fastsend plans for the same."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID

from fastsend.model.proposal import InstanceKind, Proposal
from fastsend.plan.contexts import propose_all
from peers.programs import require_program
from peers.recording_scp import RecordingSCP

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fastsend.plan.policy import Policy

IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
GE_PRIVATE = "1.2.840.113619.5.2"

Contexts = list[tuple[int, str, tuple[str, ...]]]


class SmallFiles:
    """Makes files without pixels in `folder`, one for each SOP class and transfer syntax."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[str, str], Path] = {}

    def __call__(self, sop_class_uid: str, transfer_syntax_uid: str) -> Path:
        number = len(self._made)
        path = self._folder / f"{number}.dcm"
        path = self._made.setdefault((sop_class_uid, transfer_syntax_uid), path)
        if not path.exists():
            sop_instance_uid = f"1.2.826.0.1.3680043.10.999.{number + 1}"
            _write(path, sop_class_uid, sop_instance_uid, transfer_syntax_uid)
        return path


def _write(path: Path, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> None:
    data_set = Dataset()
    data_set.SOPClassUID = sop_class_uid
    data_set.SOPInstanceUID = sop_instance_uid
    data_set.PatientID = "PLAN"
    data_set.preamble = bytes(128)
    meta = data_set.file_meta = FileMetaDataset()
    meta.FileMetaInformationGroupLength = 0
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(sop_instance_uid)
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dcmwrite(
        path,
        data_set,
        implicit_vr=transfer_syntax_uid in (IMPLICIT, GE_PRIVATE),
        little_endian=transfer_syntax_uid != BIG_ENDIAN,
        # pydicom does not know all of the syntaxes.
        force_encoding=True,
    )


class Run(NamedTuple):
    """What a sender did."""

    exit_code: int
    contexts: list[Contexts]
    """Of each association."""
    stored: int


def run_sender(program: str, paths: Sequence[Path], *options: str) -> Run:
    """Run a sender of DCMTK and return what it proposed on each association."""
    with RecordingSCP() as scp:
        command = [
            str(require_program(program)), *options, "127.0.0.1", str(scp.port), *map(str, paths)
        ]  # fmt: skip
        # Without Nagle's algorithm, which would cost 40 ms an instance.
        environment = {**os.environ, "TCP_NODELAY": "1"}
        process = subprocess.run(
            command, env=environment, capture_output=True, timeout=100, check=False
        )
        associations = scp.finished(0)
    contexts = []
    for association in associations:
        assert association.request is not None
        contexts.append([(*context,) for context in association.request.contexts])
    return Run(process.returncode, contexts, sum(len(one.stores) for one in associations))


def plan(pairs: Sequence[tuple[str, str]], policy: Policy, **options: bool) -> list[Proposal]:
    """Return fastsend's proposals for files of these SOP classes and transfer syntaxes."""
    kinds = [InstanceKind(*pair) for pair in dict.fromkeys(pairs)]
    column = [kinds.index(InstanceKind(*pair)) for pair in pairs]
    return list(propose_all(kinds, column, policy, **options))


def contexts_of(proposals: Sequence[Proposal]) -> list[Contexts]:
    """Return the contexts of the associations; a proposal without any makes no association."""
    return [
        [(one.context_id, one.abstract_syntax, one.transfer_syntaxes) for one in proposal.contexts]
        for proposal in proposals
        if proposal.contexts
    ]
