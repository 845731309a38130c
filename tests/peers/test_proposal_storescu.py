"""The proposals for ``-x...`` against the A-ASSOCIATE-RQs of the real storescu ``-R``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fastsend.cli.parser import parse
from fastsend.cli.proposal_options import PROPOSALS
from fastsend.plan.policy import Policy, policy_of
from peers.proposals import SmallFiles, contexts_of, plan, run_sender

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.peer("storescu")

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
LEI = "1.2.840.10008.1.2"
LEE = "1.2.840.10008.1.2.1"
BEE = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
JPEG_LS = "1.2.840.10008.1.2.4.80"

NATIVE = ["-xe", "-xb", "-xi"]
VIDEO = ["-xm", "-xh", "-xn", "-xl", "-x2", "-x3", "-xo", "-x4", "-x5"]
COMPRESSED = ["-xs", "-xy", "-xx", "-xv", "-xw", "-xt", "-xu", "-xr", "-xd"]


@pytest.fixture
def make_file(tmp_path: Path) -> SmallFiles:
    return SmallFiles(tmp_path)


def policy_for(*options: str) -> Policy:
    """Return what the command line of fastsend asks for with these options."""
    command = parse([*options, "peer", "104", "file"])
    assert command.options is not None
    return policy_of(command.options, decodable=frozenset(), encodable=frozenset())


def test_these_are_all_options() -> None:
    known = {option.short for option in PROPOSALS if option.known == "storescu"}
    assert known == {"-x=", *NATIVE, *VIDEO, *COMPRESSED, "-R", "+C"}


@pytest.mark.parametrize("option", NATIVE + COMPRESSED)
@pytest.mark.parametrize("combine", [(), ("+C",)])
def test_native_files(option: str, combine: tuple[str, ...], make_file: SmallFiles) -> None:
    pairs = [(CT, LEI), (MR, LEE), (CT, LEE), (MR, BEE)]
    paths = [make_file(*pair) for pair in pairs]
    run = run_sender("storescu", paths, "-R", option, *combine)
    assert run.contexts == contexts_of(plan(pairs, policy_for("-R", option, *combine)))


@pytest.mark.parametrize("option", COMPRESSED + VIDEO)
@pytest.mark.parametrize("combine", [(), ("+C",)])
def test_files_of_the_proposed_syntax(
    option: str, combine: tuple[str, ...], make_file: SmallFiles
) -> None:
    policy = policy_for(option, *combine)
    assert policy.proposed is not None
    pairs = [(CT, policy.proposed), (MR, policy.proposed)]
    paths = [make_file(*pair) for pair in pairs]
    run = run_sender("storescu", paths, "-R", "-nh", option, *combine)
    assert run.contexts == contexts_of(plan(pairs, policy))


def test_uncompressed_combined(make_file: SmallFiles) -> None:
    pairs = [(CT, LEI), (MR, LEE)]
    run = run_sender("storescu", [make_file(*pair) for pair in pairs], "-R", "-x=", "+C")
    assert run.contexts == contexts_of(plan(pairs, policy_for("-x=", "+C")))


def test_differences_on_purpose(make_file: SmallFiles) -> None:
    # Without a proposal there is one context with all native syntaxes, as dcmsend has it.
    run = run_sender("storescu", [make_file(CT, LEE)], "-R", "-x=")
    assert run.contexts == [[(1, CT, (LEE,)), (3, CT, (BEE, LEI))]]
    assert contexts_of(plan([(CT, LEE)], policy_for("-x="))) == [[(1, CT, (LEE, BEE, LEI))]]
    # The syntax of a file is proposed, be it one that storescu was not told of.
    run = run_sender("storescu", [make_file(CT, RLE)], "-R", "-xt", "-nh")
    assert run.contexts == [[(1, CT, (JPEG_LS,)), (3, CT, (LEE, BEE, LEI))]]
    assert contexts_of(plan([(CT, RLE)], policy_for("-xt"))) == [
        [*run.contexts[0], (5, CT, (RLE,))]
    ]
    # So are the native ones beside video, where a file has one of them.
    run = run_sender("storescu", [make_file(CT, LEE)], "-R", "-xm", "-nh")
    video = (1, CT, ("1.2.840.10008.1.2.4.100",))
    assert run.contexts == [[video]]
    assert contexts_of(plan([(CT, LEE)], policy_for("-xm"))) == [[video, (3, CT, (LEE, BEE, LEI))]]
