"""Whatever a worker says is a message of the protocol, or a MessageError."""

from __future__ import annotations

import contextlib
import json
import struct

from hypothesis import given
from hypothesis import strategies as st

from fastsend.codecs import messages
from fastsend.codecs.job import FrameResult
from fastsend.codecs.messages import MessageError, MessageReader

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes(pieces):
    reader = MessageReader()
    with contextlib.suppress(MessageError):
        for piece in pieces:
            for message in reader.feed(piece):
                assert isinstance(message, dict)


@given(st.lists(st.dictionaries(st.text(max_size=8), JSON, max_size=4), max_size=6), st.data())
def test_any_messages_in_any_pieces(sent, data):
    stream = b"".join(map(messages.encode, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    reader = MessageReader()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:end])
    assert json.dumps(found) == json.dumps(sent)  # texts: a NaN equals nothing


@given(st.binary(max_size=40))
def test_any_text_in_a_frame(text):
    with contextlib.suppress(MessageError):
        (message,) = MessageReader().feed(struct.pack("<I", len(text)) + text)
        assert isinstance(message, dict)


@given(JSON | st.tuples(JSON, JSON, JSON, JSON).map(list), st.integers(0, 1 << 40))
def test_any_result(values, longest):
    with contextlib.suppress(MessageError):
        result = messages.decode_result(values, longest)
        assert isinstance(result, FrameResult)
        assert type(result.length) is int
        assert 0 <= result.length <= longest
        assert result.codec.isprintable()
        assert result.photometric_interpretation.isprintable()
