"""Identifiers that are invented for the instances of a run, as storescu's ``+II`` does it.

Elements are replaced where the data set has them, none is added, and sequences stay as they are.
Nothing is kept of what was invented: it follows from the run and the instance's place in it, so
that an instance that is sent again after a lost association is the same one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from fastsend._native import part10
from fastsend.convert.elements import ElementEncoder
from fastsend.convert.refusal import AttributeRefusedError
from fastsend.convert.tags import (
    INSTANCE_NUMBER,
    PATIENT_ID,
    PATIENT_NAME,
    SERIES_INSTANCE_UID,
    SERIES_NUMBER,
    SOP_INSTANCE_UID,
    STUDY_ID,
    STUDY_INSTANCE_UID,
)
from fastsend.model.invention import IMAGES_PER_SERIES, SERIES_PER_STUDY, STUDIES_PER_PATIENT
from fastsend.model.transfer_syntax import TRANSFER_SYNTAXES

if TYPE_CHECKING:
    import uuid

    from fastsend.convert.elements import Edit
    from fastsend.convert.source import Source
    from fastsend.model.invention import Invention

ELEMENTS: Final = (
    (SOP_INSTANCE_UID, "UI", "SOP Instance UID"),
    (PATIENT_NAME, "PN", "Patient's Name"),
    (PATIENT_ID, "LO", "Patient ID"),
    (STUDY_INSTANCE_UID, "UI", "Study Instance UID"),
    (SERIES_INSTANCE_UID, "UI", "Series Instance UID"),
    (STUDY_ID, "SH", "Study ID"),
    (SERIES_NUMBER, "IS", "Series Number"),
    (INSTANCE_NUMBER, "IS", "Instance Number"),
)
"""Tag, VR (PS3.6 6) and name of what is replaced, in the order of tags."""

_LONGEST_VALUE: Final = 0xFFFF
"""Bytes; nothing here has longer ones with a VR of 16-bit length (PS3.5 7.1.2)."""

_STUDY_ID_DIGITS: Final = 12
"""What is left of the 16 characters of VR SH (PS3.5 6.2) behind ``SID_``."""


class Identity(NamedTuple):
    """What one instance is called instead."""

    sop_instance_uid: str
    patient_name: str
    patient_id: str
    study_instance_uid: str
    series_instance_uid: str
    study_id: str
    series_number: str
    instance_number: str


class Inventor(NamedTuple):
    """Invents the identifiers of one run; `inventor` makes one.

    UIDs are derived from UUIDs (PS3.5 B.2), which come from a random one of the run: no other run
    and no other process makes the same.
    """

    run: uuid.UUID
    seconds: int
    """Since 1970, in names and identifiers, as storescu has them."""
    images_per_series: int
    series_per_study: int
    studies_per_patient: int

    def counters(self, position: int) -> tuple[int, int, int, int]:
        """Return the numbers of patient, study, series and image.

        Parameters
        ----------
        position : int
            How many instances of the run come before.

        Returns
        -------
        tuple of int
            As storescu counts: images from 0; the first series and study of a run are 0, and
            those that begin a new study or patient go on with the number that was next, so that
            after the first one they run from 1 to their most.
        """
        series, image = divmod(position, self.images_per_series)
        study = series // self.series_per_study
        return (
            study // self.studies_per_patient,
            _number(study, self.studies_per_patient),
            _number(series, self.series_per_study),
            image,
        )

    def identity(self, position: int) -> Identity:
        """Return what the instance at a place of the run is called."""
        series = position // self.images_per_series
        study = series // self.series_per_study
        patient, study_number, series_number, image = self.counters(position)
        # Study IDs are short; patients of two runs must not become one.
        who = f"{self.seconds}{self.run.int % 10**6:06d}{patient}"
        return Identity(
            sop_instance_uid=self._uid("instance", position),
            patient_name=f"OFFIS^TEST_PN_{who}",
            patient_id=f"PID_{who}",
            study_instance_uid=self._uid("study", study),
            series_instance_uid=self._uid("series", series),
            study_id=f"SID_{f'{self.seconds}{study_number}'[-_STUDY_ID_DIGITS:]}",
            series_number=str(series_number),
            instance_number=str(image),
        )

    def _uid(self, level: str, number: int) -> str:
        import uuid

        return f"2.25.{uuid.uuid5(self.run, f'{level} {number}').int}"


def inventor(invention: Invention) -> Inventor:
    """Return the inventor of a new run."""
    import time
    import uuid

    return Inventor(
        uuid.uuid4(),
        int(time.time()),
        invention.images_per_series or IMAGES_PER_SERIES,
        invention.series_per_study or SERIES_PER_STUDY,
        invention.studies_per_patient or STUDIES_PER_PATIENT,
    )


def _number(ordinal: int, most: int) -> int:
    """Return what storescu's counter shows of the series or study with this number in the run."""
    return (ordinal - 1) % most + 1 if ordinal else 0


def missing_elements(source: Source) -> list[str]:
    """Return which of the elements a data set lacks, as name and tag.

    Raises
    ------
    AttributeRefusedError
        Where it has no SOP Instance UID: the request would name another instance than it holds.
    part10.DataSetError
        Where it cannot be read.
    """
    encoding = TRANSFER_SYNTAXES[source.encoding]
    found, _ = part10.find_elements(
        source.fd,
        source.offset,
        source.length,
        tuple(tag for tag, *_ in ELEMENTS),
        implicit_vr=encoding.implicit_vr,
        big_endian=encoding.big_endian,
        longest_value=_LONGEST_VALUE,
    )
    if SOP_INSTANCE_UID not in found:
        raise AttributeRefusedError("there is no SOP Instance UID to replace", SOP_INSTANCE_UID)
    return [
        f"{name} ({tag >> 16:04x},{tag & 0xFFFF:04x})"
        for tag, _, name in ELEMENTS
        if tag not in found
    ]


def edits(identity: Identity, transfer_syntax_uid: str) -> list[Edit]:
    """Return the edits that give a data set its new identifiers, for the syntax it is sent in."""
    encoder = ElementEncoder(transfer_syntax_uid)
    return [
        (tag, encoder.element(tag, vr, value.encode()), True)
        for (tag, vr, _), value in zip(ELEMENTS, identity, strict=True)
    ]
