"""The shared memory of frames against a plain list of intervals."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from fastsend.codecs.frame_memory import FrameMemory

SIZE = 1 << 16

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, SIZE // 3), st.integers(0, SIZE // 2)),
        st.integers(0, 50),  # release one of those there are
    ),
    max_size=60,
)


@given(ACTIONS)
def test_blocks_are_apart_and_all_comes_back(actions):
    memory = FrameMemory(SIZE)
    blocks = []
    try:
        for action in actions:
            if isinstance(action, tuple):
                block = memory.try_reserve(*action)
                if block is not None:
                    assert (len(block.input), len(block.output)) == action
                    assert block.offset + action[0] <= block.output_offset
                    blocks.append(block)
                else:
                    assert blocks  # an empty memory has room for the largest there is here
            elif blocks:
                blocks.pop(action % len(blocks)).release()
            extents = sorted((b.offset, b.output_offset + len(b.output)) for b in blocks)
            within = [end for _, end in extents if end > SIZE]
            assert not within
            for (_, end), (start, _) in itertools.pairwise(extents):
                assert end <= start
        while blocks:
            blocks.pop().release()
        assert memory.try_reserve(0, SIZE) is not None
    finally:
        memory.close()
