"""What the environment adds to a command line."""

import os

import pytest

from fastsend.cli.environment import with_environment
from fastsend.model.options import SendOptions

OPTIONS = SendOptions("peer", 104, ("file",))


@pytest.mark.parametrize("environment", [{}, {"DCMDICTPATH": ""}, {"PATH": "/bin"}])
def test_nothing_is_added(environment: dict[str, str]) -> None:
    assert with_environment(OPTIONS, environment) is OPTIONS


@pytest.mark.parametrize(
    ("named", "paths"),
    [
        (["one.dic"], ("one.dic",)),
        (["/a b/one.dic", "two.dic"], ("/a b/one.dic", "two.dic")),
        (["", "one.dic", "", "two.dic", ""], ("one.dic", "two.dic")),
        (["", ""], ()),
    ],
)
def test_dictionaries(named: list[str], paths: tuple[str, ...]) -> None:
    found = with_environment(OPTIONS, {"DCMDICTPATH": os.pathsep.join(named)})
    assert found == OPTIONS._replace(dictionaries=paths)
