"""PNG pictures lose what they tell and keep what they show."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags

from intake.metadata import png as subject
from intake.metadata.cleaner import Cleaner, CleaningError
from intake.metadata.png import SIGNATURE
from tests.intake.metadata.pictures import CANARY, animated, chunk, clean, feed, pixels, png, said

RAW = png(3)
CLEANED = clean(RAW)
HEADER_END = len(SIGNATURE) + 25
KINDS = [b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf", b"prVt", b"sPLT", b"hIST", b"caNv", b"iDOT", b"vpAg"]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1"])
def test_every_planted_word_is_gone_and_no_pixel_changes(mode: str) -> None:
    raw = png(mode=mode)
    cleaned = clean(raw)
    assert raw.count(CANARY.encode()) >= 4
    assert CANARY.encode() not in cleaned
    assert not any(kind in cleaned for kind in KINDS)
    assert said(cleaned) == {}
    assert pixels(cleaned) == pixels(raw)


@pytest.mark.parametrize("side", range(1, 9))
def test_the_orientation_survives_alone(side: int) -> None:
    assert said(clean(png(side))) == ({} if side == 1 else {int(ExifTags.Base.Orientation): side})


def test_an_animation_plays_on() -> None:
    raw = animated("PNG")
    cleaned = clean(raw)
    assert len(pixels(raw)) == 3
    assert pixels(cleaned) == pixels(raw)
    assert CANARY.encode() in raw
    assert CANARY.encode() not in cleaned


@pytest.mark.parametrize("kind", KINDS)
def test_chunks_that_do_not_make_the_picture_are_dropped(kind: bytes) -> None:
    planted = CLEANED[:HEADER_END] + chunk(kind, CANARY.encode()) + CLEANED[HEADER_END:]
    assert clean(planted) == CLEANED


def test_a_large_exif_chunk_is_dropped_unread() -> None:
    planted = CLEANED[:HEADER_END] + chunk(b"eXIf", bytes(300_000)) + CLEANED[HEADER_END:]
    assert clean(planted) == CLEANED


def test_what_follows_the_end_is_gone() -> None:
    assert clean(CLEANED + CANARY.encode()) == CLEANED


def test_a_cleaned_picture_is_not_changed_again() -> None:
    assert clean(CLEANED) == CLEANED


@settings(max_examples=60)
@given(st.lists(st.integers(0, len(RAW)), max_size=12))
def test_how_the_network_cuts_a_picture_does_not_matter(pieces: list[int]) -> None:
    assert clean(RAW, pieces) == CLEANED


def test_one_byte_at_a_time_is_the_same() -> None:
    raw = animated("PNG")
    assert clean(raw, range(1, len(raw))) == clean(raw)


@given(st.integers(0, len(CLEANED) - 1))
def test_a_picture_cut_anywhere_is_refused(at: int) -> None:
    with pytest.raises(CleaningError):
        feed(Cleaner(subject.clean()), CLEANED[:at])


@pytest.mark.parametrize(
    "chunks",
    [
        chunk(b"IDAT", b"x"),
        chunk(b"IHDR", bytes(12)),
        chunk(b"IHDR", bytes(13)) + chunk(b"IEND", b""),
        chunk(b"IHDR", bytes(13)) + chunk(b"IHDR", bytes(13)),
        chunk(b"IHDR", bytes(13)) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"x"),
        chunk(b"IHDR", bytes(13)) + chunk(b"CgBI", b"x"),
        chunk(b"IHDR", bytes(13)) + chunk(b"ID\0T", b"x"),
        b"\xff\xff\xff\xffIHDR",
    ],
)
def test_what_is_no_picture_is_refused_in_plain_words(chunks: bytes) -> None:
    with pytest.raises(CleaningError) as caught:
        feed(Cleaner(subject.clean()), SIGNATURE + chunks)
    assert len(caught.value.reason.split()) > 3


@settings(max_examples=300)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_cleaned_or_refused(data: bytes, started: bool) -> None:
    head = CLEANED[:HEADER_END] if started else b""
    try:
        cleaned = feed(Cleaner(subject.clean()), head + data)
    except CleaningError:
        return
    assert cleaned.startswith(SIGNATURE)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(RAW) - 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_damaged_picture_is_cleaned_or_refused(changes: list[tuple[int, int]]) -> None:
    raw = bytearray(RAW)
    for at, value in changes:
        raw[at] = value
    try:
        cleaned = feed(Cleaner(subject.clean()), bytes(raw))
    except CleaningError:
        return
    assert feed(Cleaner(subject.clean()), cleaned) == cleaned
