"""The pump under the cleaners: each step, in any pieces, in little memory."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.metadata.cleaner import (
    MAX_TAKEN,
    Blank,
    Cleaner,
    CleaningError,
    Copy,
    CopyUntil,
    Drop,
    Program,
    Put,
    Take,
)
from intake.metadata.media import MediaType, cleaner_for
from tests.intake.metadata.pictures import chunk, feed, png


def every_step() -> Program:
    taken = yield Take(3)
    yield Put(taken[::-1])
    yield Take(0)
    yield Copy(2)
    yield Drop(2)
    yield Blank(2)
    yield CopyUntil(ord("."))
    yield Copy(0)
    yield Put(b"!")


@given(st.lists(st.integers(0, 16), max_size=8))
def test_every_step_does_what_it_says(pieces: list[int]) -> None:
    assert feed(Cleaner(every_step()), b"abcdefghijk.more", pieces) == b"cbade\0\0jk!"


def test_a_program_without_a_step_keeps_nothing() -> None:
    def nothing() -> Program:
        yield from ()

    assert feed(Cleaner(nothing()), b"abc") == b""


@given(st.integers(0, 11))
def test_an_unfinished_program_is_a_cut_file(size: int) -> None:
    with pytest.raises(CleaningError, match="cut off"):
        feed(Cleaner(every_step()), b"abcdefghijk"[:size])


def test_no_program_takes_more_than_it_may() -> None:
    def greedy() -> Program:
        yield Put(b"")
        yield Take(MAX_TAKEN + 1)

    with pytest.raises(CleaningError, match="too long"):
        feed(Cleaner(greedy()), b"")


def test_memory_does_not_grow_with_the_file() -> None:
    block = chunk(b"IDAT", bytes(60_000)) + chunk(b"tEXt", bytes(5_000))
    head, tail = png()[:33], chunk(b"IEND", b"")
    cleaner = cleaner_for(MediaType.PNG)
    assert cleaner is not None
    cleaner.feed(head)
    tracemalloc.start()
    try:
        out = sum(len(cleaner.feed(block)) for _ in range(500))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    cleaner.feed(tail)
    assert cleaner.finish() == b""
    assert out == 500 * 60_012
    assert peak < 4 * len(block)
