"""Streams that hand out little at a time are read as if they did not."""

from __future__ import annotations

from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from crypto.streams import peek, read_up_to


class Trickle(BytesIO):
    """Gives at most three bytes a read."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(3 if size is None or size < 0 else min(3, size))


@given(st.binary(max_size=50), st.integers(1, 60))
def test_all_that_was_asked_for_is_read(data: bytes, size: int) -> None:
    source = Trickle(data)
    assert read_up_to(source, size) == data[:size]
    assert read_up_to(source, 60) == data[size:]


@given(st.binary(max_size=50), st.integers(1, 60))
def test_what_was_peeked_at_is_still_read(data: bytes, size: int) -> None:
    start, rejoined = peek(Trickle(data), size)
    assert start == data[:size]
    assert rejoined.read() == data


def test_lines_cross_the_end_of_what_was_peeked_at() -> None:
    _, rejoined = peek(Trickle(b"first line\nsecond\n"), 4)
    assert [rejoined.readline(), rejoined.readline(), rejoined.readline()] == [
        b"first line\n",
        b"second\n",
        b"",
    ]
