"""Whatever a worker says is a message of the protocol, or a MessageError."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from fastsend.codecs import messages
from fastsend.codecs.job import FrameResult
from fastsend.codecs.messages import MessageError, MessageReader

MESSAGES = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=6)


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes(pieces):
    reader = MessageReader()
    found = 0
    with contextlib.suppress(MessageError):
        for piece in pieces:
            for kind, body in reader.feed(piece):
                assert 0 <= kind <= 255
                found += 5 + len(body)
    assert found <= sum(map(len, pieces))


@given(MESSAGES, st.data())
def test_any_messages_in_any_pieces(sent, data):
    stream = b"".join(messages.encode(kind, body) for kind, body in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    reader = MessageReader()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:end])
    assert found == sent


@given(st.binary(max_size=21), st.binary() | st.text().map(str.encode), st.integers(0, 1 << 40))
def test_any_result(numbers, names, longest):
    with contextlib.suppress(MessageError):
        result, seconds = messages.decode_result(numbers.ljust(21, b"\0") + names, longest)
        assert isinstance(result, FrameResult)
        assert type(result.length) is int
        assert 0 <= result.length <= longest
        assert type(result.lossy) is bool
        assert result.codec.isprintable()
        assert result.photometric_interpretation.isprintable()
        assert 0 <= seconds < 5000


@given(st.binary(max_size=60))
def test_any_text(body):
    text = messages.decode_error(body)
    assert text.isprintable()
    assert len(text) <= 400


@given(st.integers(0, 1 << 63), st.text(), st.text())
def test_any_result_of_a_codec_arrives_or_is_refused(number, interpretation, codec):
    sent = FrameResult(5, interpretation, codec)
    ((kind, body),) = MessageReader().feed(messages.encode_result(number, sent, 0.5))
    assert kind == messages.RESULT
    assert messages.answered_number(body) == number
    with contextlib.suppress(MessageError):
        result, _ = messages.decode_result(body, 5)
        assert result.codec == "".join(c if c.isprintable() else "?" for c in codec)
