"""The comparison sees what it is there for: two runs of DCMTK's programs, alike and not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from compat.differences import ASPECTS, differences
from compat.inputs import make_inputs
from compat.matrix import BY_ID
from compat.run_program import dcmtk_command, run_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from compat.outcome import Outcome

pytestmark = pytest.mark.peer("storescu", "dcmsend", "openssl")

UNLIKE = [
    ("storescu-default", "storescu-out-of-resources", {"exit code"}),
    ("storescu-default", "storescu-nobody-listens", {"exit code", "associations", "messages"}),
    ("storescu-default", "storescu-titles", {"titles"}),
    ("storescu-propose-xs-required", "storescu-required-combined-last", {"contexts", "end"}),
    ("storescu-default", "storescu-user", {"user information"}),
    ("storescu-profile", "storescu-profile-roles", {"user information"}),
    ("storescu-default", "storescu-repeat", {"instances"}),
    ("storescu-default", "storescu-scan", {"instances"}),
    ("storescu-same-file-twice", "storescu-rightmost-proposal", {"instances"}),
    ("storescu-read-file", "storescu-same-file-twice", set()),
    ("storescu-same-file-twice", "storescu-coerces", {"instances"}),
    ("storescu-new-vrs-rightmost", "storescu-no-new-vrs-big-endian", {"data set"}),
    ("storescu-default", "storescu-max-send-pdu", {"PDU length"}),
    ("storescu-default", "storescu-abort", {"end"}),
    ("storescu-tls-profile-py", "storescu-tls-profile-px", {"TLS offer"}),
    ("storescu-tls-profile-py", "storescu-tls-profile-py-1.2", {"TLS"}),
    ("storescu-default", "storescu-rename", {"files"}),
    ("dcmsend-report-warnings", "dcmsend-report-failures", {"report"}),
    ("storescu-no-files", "storescu-help", {"exit code", "messages", "standard output"}),
]


@pytest.fixture(scope="module")
def run_dcmtk(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcome]:
    folder = tmp_path_factory.mktemp("differences")
    inputs = folder / "inputs"
    inputs.mkdir()
    make_inputs(inputs)

    def run(name: str) -> Outcome:
        pair = BY_ID[name]
        return run_program(dcmtk_command(pair), pair, inputs, folder / name)

    return run


@pytest.mark.parametrize(("one", "other", "expected"), UNLIKE)
def test_what_is_unlike(
    one: str, other: str, expected: set[str], run_dcmtk: Callable[[str], Outcome]
) -> None:
    found = {difference.aspect for difference in differences(run_dcmtk(one), run_dcmtk(other))}
    assert expected <= found
    assert expected or not found


def test_these_are_nearly_all_aspects() -> None:
    seen = set().union(*(expected for _, _, expected in UNLIKE))
    # The first needs another sender, and DCMTK's do nothing that is not allowed here.
    assert set(ASPECTS) - seen == {"command", "violations"}


@pytest.mark.parametrize("name", ["storescu-default-many-files", "storescu-invent-study"])
def test_what_is_alike(name: str, run_dcmtk: Callable[[str], Outcome]) -> None:
    pair = BY_ID[name]
    assert differences(run_dcmtk(name), run_dcmtk(name), invents=pair.invents) == []


def test_invented_values_are_compared_by_where_they_repeat(
    run_dcmtk: Callable[[str], Outcome],
) -> None:
    one, other = run_dcmtk("storescu-invent-series"), run_dcmtk("storescu-invent-study")
    assert [d.aspect for d in differences(one, other, invents=True)] == ["data set"]
