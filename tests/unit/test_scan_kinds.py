from __future__ import annotations

import pytest
from pydicom._uid_dict import UID_dictionary

from fastsend.scan.kinds import KindJudge, refusal

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DICOMDIR = "1.2.840.10008.1.3.10"
# As the "Storage" of their names says, but not classes of the Storage Service Class (PS3.4 B.5).
NO_STORAGE_CLASS = {DICOMDIR, "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.2"}


@pytest.mark.parametrize(
    "sop_class",
    [
        uid
        for uid, (name, kind, *_) in UID_dictionary.items()
        if kind == "SOP Class" and "Storage" in name and uid not in NO_STORAGE_CLASS
    ],
)
def test_storage_classes_of_the_standard_pass(sop_class: str) -> None:
    assert refusal(sop_class, EXPLICIT, check_uids=True) is None


@pytest.mark.parametrize(
    "sop_class",
    [
        "1.2.3",
        "1.2.840.113619.4.26",
        "1.2.840.10008.5.1.4.1.1.99.1",  # of a later edition
        "1.2.840.100089",  # a root of its own
    ],
)
def test_private_and_later_classes_pass(sop_class: str) -> None:
    assert refusal(sop_class, EXPLICIT, check_uids=True) is None


@pytest.mark.parametrize(
    "sop_class",
    [
        "1.2.840.10008.1.1",  # Verification
        "1.2.840.10008.5.1.4.1.2.1.1",  # Patient Root Query/Retrieve - FIND
        "1.2.840.10008.5.1.4.31",  # Modality Worklist - FIND
        "1.2.840.10008.1.20.1",
        EXPLICIT,
        "1.2.840.10008.999",
    ],
)
def test_other_standard_uids_are_refused(sop_class: str) -> None:
    refused = refusal(sop_class, EXPLICIT, check_uids=True)

    assert refused is not None
    assert sop_class in refused.reason
    assert refused.is_instance
    assert refusal(sop_class, EXPLICIT, check_uids=False) is None


@pytest.mark.parametrize(
    ("transfer_syntax", "passes"),
    [
        ("1.2.840.10008.1.2", True),
        ("1.2.840.10008.1.2.4.201", True),  # HTJ2K, which dcmsend 3.6.7 does not know
        ("1.2.840.113619.5.2", True),
        ("1.2.3", True),
        ("1.2.840.10008.1.2.4.999", False),
        (CT, False),
    ],
)
def test_transfer_syntaxes(transfer_syntax: str, passes: bool) -> None:
    refused = refusal(CT, transfer_syntax, check_uids=True)

    assert (refused is None) is passes
    assert refused is None or transfer_syntax in refused.reason
    assert refusal(CT, transfer_syntax, check_uids=False) is None


@pytest.mark.parametrize("check_uids", [True, False])
def test_a_dicomdir_is_never_sent(check_uids: bool) -> None:
    refused = refusal(DICOMDIR, EXPLICIT, check_uids=check_uids)

    assert refused == ("a DICOMDIR, not an instance", False)


def test_the_judge_numbers_refusals() -> None:
    judge = KindJudge(check_uids=True)

    assert judge(CT, EXPLICIT) == 0
    first, second = judge("1.2.840.10008.1.1", EXPLICIT), judge(DICOMDIR, EXPLICIT)
    assert first != second
    assert 0 not in {first, second}
    assert judge("1.2.840.10008.1.1", EXPLICIT) == first
    assert judge.refusal(second).reason == "a DICOMDIR, not an instance"
    assert "1.2.840.10008.1.1" in judge.refusal(first).reason
