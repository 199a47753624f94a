"""JPEG photos lose what they tell and keep what they show."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from intake.metadata import jpeg as subject
from intake.metadata.cleaner import Cleaner, CleaningError
from intake.metadata.orientation import block
from tests.intake.metadata.pictures import (
    CANARY,
    GPS_PHOTOS,
    PHOTOS,
    clean,
    feed,
    jpeg,
    pixels,
    said,
    scene,
)

ORIENTATION = int(ExifTags.Base.Orientation)
CLEANED = clean(jpeg(6))


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2, "big") + data


def with_segment(marker: int, data: bytes) -> bytes:
    return CLEANED[:2] + segment(marker, data) + CLEANED[2:]


@pytest.mark.parametrize("name", GPS_PHOTOS)
def test_the_place_and_the_camera_leave_a_real_photo(name: str) -> None:
    raw = (PHOTOS / name).read_bytes()
    cleaned = clean(raw)
    assert any(word in raw for word in (b"NIKON", b"COOLPIX", b"GPS", b"Exif"))
    assert said(raw)
    assert said(cleaned) == {}
    for word in (b"NIKON", b"COOLPIX", b"Nikon", b"Exif", b"GPS", b"WGS", b"http", b"2008:"):
        assert word not in cleaned
    assert pixels(cleaned) == pixels(raw)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_every_planted_word_is_gone_and_no_pixel_changes(mode: str, *, progressive: bool) -> None:
    raw = jpeg(mode=mode, progressive=progressive)
    cleaned = clean(raw)
    assert raw.count(CANARY.encode()) >= 4
    assert CANARY.encode() not in cleaned
    assert said(cleaned) == {}
    assert pixels(cleaned) == pixels(raw)


@pytest.mark.parametrize("side", range(1, 9))
def test_the_orientation_survives_alone(side: int) -> None:
    found = said(clean(jpeg(side)))
    assert found == ({} if side == 1 else {ORIENTATION: side})


def test_the_colour_profile_survives() -> None:
    profile = b"profile" * 20_000  # more than one segment holds
    out = io.BytesIO()
    scene().save(out, "JPEG", icc_profile=profile)
    with Image.open(io.BytesIO(clean(out.getvalue()))) as picture:
        assert picture.info["icc_profile"] == profile


@pytest.mark.parametrize("marker", [*range(0xE0, 0xF0), 0xFE])
@pytest.mark.parametrize(
    "start", [b"", b"Exif\0\0", b"JFIF\0", b"http://ns.adobe.com/xap/1.0/\0", b"MPF\0", b"Ducky"]
)
def test_no_application_segment_carries_a_word(marker: int, start: bytes) -> None:
    assert CANARY.encode() not in clean(with_segment(marker, start + bytes(20) + CANARY.encode()))


def test_thumbnails_in_the_first_segment_are_gone() -> None:
    thumbnail = b"JFIF\0\1\2\1\0\x48\0\x48\2\2" + CANARY.encode() + b"\0"
    cleaned = clean(with_segment(0xE0, thumbnail))
    assert CANARY.encode() not in cleaned
    assert pixels(cleaned) == pixels(CLEANED)


@pytest.mark.parametrize("tail", [CANARY.encode(), jpeg(), b"\0" * 9 + CANARY.encode(), b"\xff\xd8\xff\xe1"])
def test_what_follows_the_end_is_gone(tail: bytes) -> None:
    # Phones keep second pictures and whole videos there.
    assert clean(CLEANED + tail) == CLEANED


def test_a_cleaned_photo_is_not_changed_again() -> None:
    assert clean(CLEANED) == CLEANED


def test_fill_bytes_before_markers_do_no_harm() -> None:
    filled = CLEANED[:2] + b"\xff\xff\xff" + CLEANED[2:-2] + b"\xff\xff" + CLEANED[-2:]
    assert clean(filled) == CLEANED


def test_only_the_first_exif_states_the_orientation() -> None:
    twice = (
        CLEANED[:2]
        + segment(0xE1, b"Exif\0\0" + block(3))
        + segment(0xE1, b"Exif\0\0" + block(8))
        + CLEANED[2:]
    )
    assert said(clean(twice))[ORIENTATION] == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, len(jpeg(6))), max_size=12))
def test_how_the_network_cuts_a_photo_does_not_matter(pieces: list[int]) -> None:
    assert clean(jpeg(6), pieces) == CLEANED


@pytest.mark.parametrize("progressive", [False, True])
def test_one_byte_at_a_time_is_the_same(*, progressive: bool) -> None:
    raw = jpeg(8, progressive=progressive)
    assert clean(raw, range(1, len(raw))) == clean(raw)


@settings(deadline=None)
@given(st.integers(0, len(CLEANED) - 1))
def test_a_photo_cut_anywhere_is_refused(at: int) -> None:
    with pytest.raises(CleaningError):
        feed(Cleaner(subject.clean()), CLEANED[:at])


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xd8",
        b"\xff\xd8\x00\x00",
        b"\xff\xd8\xff\xe1\x00\x01",
        b"\xff\xd8\xff\x02\x00\x04ab",
        b"\x89PNG",
    ],
)
def test_what_is_no_photo_is_refused_in_plain_words(data: bytes) -> None:
    with pytest.raises(CleaningError) as caught:
        feed(Cleaner(subject.clean()), data)
    assert caught.value.reason in str(caught.value)
    assert len(caught.value.reason.split()) > 3


@settings(max_examples=300)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_cleaned_or_refused(data: bytes, started: bool) -> None:
    try:
        cleaned = feed(Cleaner(subject.clean()), (b"\xff\xd8" if started else b"") + data)
    except CleaningError:
        return
    assert cleaned.startswith(b"\xff\xd8")
    assert cleaned.endswith(b"\xff\xd9")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_photo_is_cleaned_or_refused(data: st.DataObject) -> None:
    raw = bytearray(jpeg(6))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(2, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        cleaned = feed(Cleaner(subject.clean()), bytes(raw))
    except CleaningError:
        return
    assert feed(Cleaner(subject.clean()), cleaned) == cleaned
