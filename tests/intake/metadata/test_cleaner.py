"""The pump under the cleaners: each step, in any pieces, in little memory."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from intake.metadata.cleaner import (
    FREE_STEPS,
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
from intake.metadata.media import HEAD_SIZE, MediaType, cleaner_for, sniff
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


COMMENT = b"\xff\xfe\x00\x02"
SCAN = b"\xff\xda\x00\x02"


@pytest.mark.parametrize(
    ("head", "crumb"),
    [
        (b"\xff\xd8", COMMENT),
        (b"\xff\xd8" + SCAN, b"\xff\x00"),
        (b"\xff\xd8" + SCAN, b"\xff"),
        (png()[:33], chunk(b"IDAT", b"")),
        (b"RIFF\xff\xff\xff\x00WEBP", b"VP8 \x00\x00\x00\x00"),
    ],
    ids=["comments", "stuffed bytes", "fill bytes", "chunks", "riff chunks"],
)
def test_a_file_of_nothing_but_crumbs_is_refused_soon(head: bytes, crumb: bytes) -> None:
    """Each crumb costs a step of Python: megabytes of them would stop everybody else's reports (T8)."""
    cleaner = cleaner_for(sniff((head + crumb * HEAD_SIZE)[:HEAD_SIZE]))
    assert cleaner is not None
    cleaner.feed(head)
    with pytest.raises(CleaningError, match="too many small parts"):
        cleaner.feed(crumb * (2 * FREE_STEPS))


def test_the_noisiest_photo_is_not_taken_for_crumbs() -> None:
    noise = Image.effect_noise((900, 900), 120).convert("RGB")
    file = io.BytesIO()
    noise.save(file, format="JPEG", quality=95, restart_marker_blocks=1)
    cleaner = cleaner_for(MediaType.JPEG)
    assert cleaner is not None
    assert len(feed(cleaner, file.getvalue())) > 400_000
