"""WebP pictures lose what they tell and keep what they show, at the same length."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags

from intake.metadata import webp as subject
from intake.metadata.cleaner import Cleaner, CleaningError
from tests.intake.metadata.pictures import CANARY, animated, clean, feed, pixels, said, webp

RAW = webp(6)
CLEANED = clean(RAW)
ORIENTATION = int(ExifTags.Base.Orientation)


def part(kind: bytes, data: bytes) -> bytes:
    return kind + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2)


def riff(chunks: bytes) -> bytes:
    return b"RIFF" + (len(chunks) + 4).to_bytes(4, "little") + b"WEBP" + chunks


@pytest.mark.parametrize("raw", [webp(), webp(lossless=True), animated("WEBP")])
def test_every_planted_word_is_gone_and_no_pixel_changes(raw: bytes) -> None:
    cleaned = clean(raw)
    assert raw.count(CANARY.encode()) >= 3
    assert CANARY.encode() not in cleaned
    assert b"XMP " not in cleaned
    assert len(cleaned) == len(raw)
    assert pixels(cleaned) == pixels(raw)


@pytest.mark.parametrize("side", range(1, 9))
def test_the_orientation_survives_alone(side: int) -> None:
    assert said(clean(webp(side))) == {ORIENTATION: side}


def test_an_exif_block_with_the_prefix_of_jpeg_is_understood() -> None:
    at = RAW.index(b"EXIF") + 8
    size = int.from_bytes(RAW[at - 4 : at], "little")
    prefixed = RAW[: at - 8] + part(b"EXIF", b"Exif\0\0" + RAW[at : at + size].removeprefix(b"Exif\0\0"))
    rest = RAW[at + size + size % 2 :]
    body = prefixed[12:] + rest
    assert said(clean(riff(body))) == {ORIENTATION: 6}


@pytest.mark.parametrize("kind", [b"XMP ", b"EXIF", b"JUNK", b"abcd", b"\0\0\0\0"])
@pytest.mark.parametrize("size", [0, 1, 25, 26, 200_000])
def test_chunks_that_do_not_make_the_picture_are_blanked(kind: bytes, size: int) -> None:
    planted = (CANARY.encode() * (size // len(CANARY) + 1))[:size]
    cleaned = clean(riff(RAW[12:] + part(kind, planted)))
    assert CANARY.encode() not in cleaned
    assert len(cleaned) == len(RAW) + 8 + size + size % 2
    assert pixels(cleaned) == pixels(RAW)


def test_words_inside_a_frame_of_an_animation_are_blanked() -> None:
    raw = animated("WEBP")
    at = raw.index(b"ANMF")
    size = int.from_bytes(raw[at + 4 : at + 8], "little")
    frame = raw[at + 8 : at + 8 + size + size % 2] + part(b"note", CANARY.encode())
    planted = riff(raw[12:at] + part(b"ANMF", frame) + raw[at + 8 + size + size % 2 :])
    cleaned = clean(planted)
    assert b"note" not in cleaned
    assert CANARY.encode() not in cleaned
    assert pixels(cleaned) == pixels(raw)


def test_padding_bytes_carry_nothing() -> None:
    odd = riff(RAW[12:] + b"JUNK" + (1).to_bytes(4, "little") + b"\0Z")
    assert clean(odd)[-1:] == b"\0"


def test_what_follows_the_end_is_gone() -> None:
    assert clean(CLEANED + CANARY.encode()) == CLEANED


def test_a_cleaned_picture_is_not_changed_again() -> None:
    assert clean(CLEANED) == CLEANED


@settings(max_examples=60)
@given(st.lists(st.integers(0, len(RAW)), max_size=12))
def test_how_the_network_cuts_a_picture_does_not_matter(pieces: list[int]) -> None:
    assert clean(RAW, pieces) == CLEANED


def test_one_byte_at_a_time_is_the_same() -> None:
    raw = animated("WEBP")
    assert clean(raw, range(1, len(raw))) == clean(raw)


@given(st.integers(0, len(CLEANED) - 1))
def test_a_picture_cut_anywhere_is_refused(at: int) -> None:
    with pytest.raises(CleaningError):
        feed(Cleaner(subject.clean()), CLEANED[:at])


@pytest.mark.parametrize(
    "data",
    [
        b"RIFX" + RAW[4:],
        riff(b""),
        riff(part(b"EXIF", b"x")),
        riff(part(b"VP8X", b"x" * 9)),
        riff(part(b"ANMF", b"x" * 15)),
        riff(part(b"ANMF", b"x" * 20)),
        riff(b"VP8 \xff\xff\xff\xff"),
        b"RIFF\x03\0\0\0WEBP",
    ],
)
def test_what_is_no_picture_is_refused_in_plain_words(data: bytes) -> None:
    with pytest.raises(CleaningError) as caught:
        feed(Cleaner(subject.clean()), data)
    assert len(caught.value.reason.split()) > 3


@settings(max_examples=300)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_cleaned_or_refused(data: bytes, started: bool) -> None:
    try:
        cleaned = feed(Cleaner(subject.clean()), riff(data) if started else data)
    except CleaningError:
        return
    assert len(cleaned) == int.from_bytes(cleaned[4:8], "little") + 8


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
