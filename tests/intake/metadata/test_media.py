"""A file is what its first bytes say, whatever it is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.metadata.media import CLEANABLE, HEAD_SIZE, MediaType, cleanable, cleaner_for, sniff
from tests.intake.metadata.pictures import PHOTOS, animated, jpeg, png, webp


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (jpeg(), MediaType.JPEG),
        (png(), MediaType.PNG),
        (animated("WEBP"), MediaType.WEBP),
        (webp(), MediaType.WEBP),
        ((PHOTOS / "sample.heif").read_bytes(), MediaType.HEIC),
        ((PHOTOS / "sample.tiff").read_bytes(), MediaType.TIFF),
        (b"%PDF-1.7", MediaType.PDF),
        (b"PK\x03\x04word", MediaType.ZIP),
        (b"\0\0\0\x20ftypisom", MediaType.MP4),
        (b"\0\0\0\x20ftypqt  ", MediaType.QUICKTIME),
        (b"\0\0\0\x20ftypM4A ", MediaType.M4A),
        (b"\0\0\0\x20ftyp3gp5", MediaType.THREE_GPP),
        (b"OggS\0", MediaType.OGG),
        (b"#!AMR\n", MediaType.AMR),
        (b"RIFF\0\0\0\0WAVE", MediaType.WAV),
        (b"RIFF\0\0\0\0AVI ", MediaType.UNKNOWN),
        (b"GIF89a", MediaType.GIF),
        (b"hello", MediaType.UNKNOWN),
        (b"", MediaType.UNKNOWN),
    ],
)
def test_the_first_bytes_decide(data: bytes, media: MediaType) -> None:
    assert sniff(data[:HEAD_SIZE]) is media


@given(st.binary(max_size=HEAD_SIZE))
def test_any_head_has_a_type(head: bytes) -> None:
    assert isinstance(sniff(head), MediaType)


@pytest.mark.parametrize("media", MediaType)
def test_what_is_called_cleanable_has_a_cleaner(media: MediaType) -> None:
    assert cleanable(media) == (media in CLEANABLE) == (cleaner_for(media) is not None)
