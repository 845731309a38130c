"""The shared memory of frames."""

from __future__ import annotations

import mmap
import os
import threading

import pytest

from fastsend.codecs.frame_memory import FrameMemory, PoolClosedError
from fastsend.codecs.job import CodecError

SIZE = 1 << 20


@pytest.fixture
def memory():
    made = FrameMemory(SIZE)
    yield made
    made.close()


def test_input_and_output_have_the_sizes_asked_for_and_are_apart(memory):
    block = memory.reserve(100, 1000)
    assert (len(block.input), len(block.output)) == (100, 1000)
    block.input[:] = b"i" * 100
    block.output[:] = b"o" * 1000
    assert bytes(block.input) == b"i" * 100
    assert block.offset + 100 <= block.output_offset


def test_another_mapping_of_the_file_sees_the_same_bytes(memory):
    memory.reserve(5, 5)
    block = memory.reserve(3, 4)
    block.input[:] = b"abc"
    block.output[:] = b"defg"
    with mmap.mmap(memory.fd, SIZE) as other:
        assert other[block.offset : block.offset + 3] == b"abc"
        assert other[block.output_offset : block.output_offset + 4] == b"defg"


def test_blocks_do_not_overlap(memory):
    blocks = [memory.reserve(70, 130) for _ in range(100)]
    for number, block in enumerate(blocks):
        block.input[:] = bytes([number]) * 70
        block.output[:] = bytes([100 + number]) * 130
    for number, block in enumerate(blocks):
        assert bytes(block.input) == bytes([number]) * 70
        assert bytes(block.output) == bytes([100 + number]) * 130


def test_memory_is_used_again_in_any_order_of_release(memory):
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)):
        blocks = [memory.try_reserve(0, SIZE // 4) for _ in range(4)]
        assert memory.try_reserve(0, 64) is None
        for index in order:
            blocks[index].release()
    whole = memory.try_reserve(SIZE // 2, SIZE // 2)
    assert whole is not None
    whole.release()


def test_the_views_of_a_released_block_are_gone(memory):
    block = memory.reserve(8, 8)
    output = block.output
    block.release()
    with pytest.raises(ValueError, match="released"):
        output[0]
    block.release()  # once more changes nothing
    first, second = memory.reserve(0, SIZE // 2), memory.reserve(0, SIZE // 2)
    assert {first.offset, second.offset} == {0, SIZE // 2}


def test_reserve_waits_for_a_release(memory):
    block = memory.reserve(SIZE // 2, SIZE // 2)
    got = []
    thread = threading.Thread(target=lambda: got.append(memory.reserve(10, 10)))
    thread.start()
    assert memory.try_reserve(1, 1) is None
    block.release()
    thread.join()
    assert len(got[0].input) == 10


def test_who_asks_first_is_served_first(memory):
    blocks = [memory.reserve(0, SIZE // 2) for _ in range(2)]
    served = []

    def ask(name: str, size: int) -> None:
        block = memory.reserve(0, size)
        served.append(name)
        block.release()

    large = threading.Thread(target=ask, args=("large", SIZE))
    large.start()
    while not memory._waiting:
        pass
    blocks.pop().release()
    # There is room for a small one now, but the large one would never get its turn.
    assert memory.try_reserve(0, 64) is None
    small = threading.Thread(target=ask, args=("small", 64))
    small.start()
    while len(memory._waiting) < 2:
        pass
    blocks.pop().release()
    large.join()
    small.join()
    assert served == ["large", "small"]


def test_a_block_with_a_job_is_kept_until_the_job_is_done(memory):
    block = memory.reserve(0, SIZE)
    memory.job_started(block)
    block.release()
    assert memory.try_reserve(0, 64) is None
    block.output[0] = 1  # the codec still writes
    memory.job_ended(block)
    assert memory.try_reserve(0, SIZE) is not None


def test_a_released_block_takes_no_job(memory):
    block = memory.reserve(1, 1)
    block.release()
    with pytest.raises(ValueError, match="released"):
        memory.job_started(block)


class TestLargeBlock:
    def test_is_mapped_behind_the_shared_part(self, memory):
        block = memory.reserve(SIZE, 3 * SIZE)
        assert block.offset == SIZE
        block.output[-1] = 7
        block.input[:3] = b"abc"
        length = block.output_offset + 3 * SIZE - SIZE
        with mmap.mmap(memory.fd, length, offset=SIZE) as other:
            assert other[:3] == b"abc"
            assert other[block.output_offset - SIZE + 3 * SIZE - 1] == 7

    def test_is_alone(self, memory):
        small = memory.reserve(1, 1)
        assert memory.try_reserve(SIZE, SIZE) is None
        small.release()
        large = memory.try_reserve(SIZE, SIZE)
        assert large is not None
        assert memory.try_reserve(1, 1) is None
        large.release()
        assert memory.try_reserve(1, 1) is not None

    @pytest.mark.skipif(not hasattr(mmap, "MADV_REMOVE"), reason="the system cannot free pages")
    def test_gives_its_pages_back(self, memory):
        before = os.fstat(memory.fd).st_blocks
        large = memory.reserve(0, 8 * SIZE)
        large.output[:] = b"x" * (8 * SIZE)
        assert os.fstat(memory.fd).st_blocks * 512 >= 8 * SIZE
        large.release()
        assert os.fstat(memory.fd).st_blocks == before

    def test_beyond_two_gibibytes_is_refused(self, memory):
        with pytest.raises(CodecError, match="too large"):
            memory.reserve(1 << 30, (1 << 30) + 1)
        with pytest.raises(CodecError, match="too large"):
            memory.try_reserve(0, 1 << 62)


def test_negative_sizes_are_refused(memory):
    with pytest.raises(ValueError, match="negative"):
        memory.reserve(-1, 10)


def test_nothing_at_all_can_be_reserved(memory):
    block = memory.reserve(0, 0)
    assert (len(block.input), len(block.output)) == (0, 0)
    block.release()
    assert memory.try_reserve(0, SIZE) is not None


class TestEnd:
    def test_closing_ends_waiting(self, memory):
        memory.reserve(0, SIZE)
        errors = []

        def wait() -> None:
            try:
                memory.reserve(0, SIZE)
            except PoolClosedError as error:
                errors.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        while not memory._waiting:
            pass
        memory.close()
        thread.join()
        assert errors
        with pytest.raises(PoolClosedError):
            memory.try_reserve(1, 1)

    def test_cancelling_ends_waiting(self, memory):
        block = memory.reserve(0, SIZE)
        with pytest.raises(PoolClosedError):
            memory.reserve(0, 1, lambda: True)
        block.release()
        assert memory.try_reserve(0, 1) is not None  # nobody waits in front any more

    def test_what_was_reserved_stays_readable(self, memory):
        block = memory.reserve(4, 4)
        block.output[:] = b"kept"
        memory.close()
        assert bytes(block.output) == b"kept"
        block.release()
        assert memory._mapping.closed

    def test_a_view_that_is_left_does_no_harm(self, memory):
        block = memory.reserve(4, 4)
        left = block.output[1:]
        block.release()
        memory.close()
        assert len(left) == 3
