"""What follows from several options together."""

from __future__ import annotations

import pytest

from fastsend.model.options import SendOptions, parallel_associations, proposed_operations

PLAIN = SendOptions("pacs", 104, ("f",))


@pytest.mark.parametrize(
    ("options", "most"),
    [
        (PLAIN, None),
        (PLAIN._replace(associations=1), 1),
        (PLAIN._replace(associations=64), 64),
        (PLAIN._replace(multiple_associations=False), 1),
        (PLAIN._replace(compat="storescu"), 1),
        (PLAIN._replace(compat="dcmsend"), 1),
        (PLAIN._replace(compat="dcmsend", associations=4), 1),
    ],
)
def test_associations_at_the_same_time(options: SendOptions, most: int | None) -> None:
    assert parallel_associations(options) == most


@pytest.mark.parametrize(
    ("options", "operations"),
    [
        (PLAIN, 1),
        (PLAIN._replace(async_window=65535), 65535),
        (PLAIN._replace(async_window=16, compat="dcmsend"), 1),
    ],
)
def test_operations_to_propose(options: SendOptions, operations: int) -> None:
    assert proposed_operations(options) == operations
