"""A file is sealed as it arrives; opened, it is what was sent, cleaned and padded."""

from __future__ import annotations

import hashlib
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.age import open_sealed
from crypto.padding import file_size
from intake.metadata.cleaner import CleaningError
from intake.metadata.media import MediaType
from intake.sealed_file import CHUNK_SIZE, FileSealer, SealedFile
from tests.intake.edge import IDENTITY
from tests.intake.metadata.pictures import CANARY, clean, jpeg


def seal(data: bytes, pieces: int = 1, *, keep_hidden: bool = False) -> SealedFile:
    sealer = FileSealer(IDENTITY.recipient, keep_hidden=keep_hidden)
    step = max(1, len(data) // pieces)
    for at in range(0, len(data), step):
        sealer.update(data[at : at + step])
    return sealer.finish("name.bin")


def opened(sealed: SealedFile) -> bytes:
    return open_sealed(b"".join(sealed.chunks), (IDENTITY,))


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=5000), st.integers(1, 40))
def test_what_is_opened_is_what_was_sent_and_zeros(data: bytes, pieces: int) -> None:
    sealed = seal(data, pieces, keep_hidden=True)
    plain = opened(sealed)
    assert plain == data.ljust(file_size(len(data)), b"\0")
    assert (sealed.size, sealed.sha256) == (len(data), hashlib.sha256(data).digest())


@pytest.mark.parametrize("size", [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3_000_000])
def test_chunks_are_full_but_the_last(size: int) -> None:
    sealed = seal(bytes(size), 7)
    assert all(len(chunk) == CHUNK_SIZE for chunk in sealed.chunks[:-1])
    assert 0 < len(sealed.chunks[-1]) <= CHUNK_SIZE
    assert opened(sealed) == bytes(file_size(size))


def test_a_photo_is_cleaned_before_it_is_counted() -> None:
    sealed = seal(jpeg(6), 9)
    cleaned = clean(jpeg(6))
    assert (sealed.media_type, sealed.cleaned) == (MediaType.JPEG, True)
    assert (sealed.size, sealed.sha256) == (len(cleaned), hashlib.sha256(cleaned).digest())
    assert opened(sealed).startswith(cleaned)


def test_hidden_data_stays_if_the_reporter_wants_it() -> None:
    sealed = seal(jpeg(6), 9, keep_hidden=True)
    assert (sealed.media_type, sealed.cleaned) == (MediaType.JPEG, False)
    assert opened(sealed).startswith(jpeg(6))


def test_a_type_that_cannot_be_cleaned_goes_as_it_is_and_says_so() -> None:
    sealed = seal(b"%PDF-1.7 " + CANARY.encode(), 3)
    assert (sealed.media_type, sealed.cleaned) == (MediaType.PDF, False)
    assert CANARY.encode() in opened(sealed)


@pytest.mark.parametrize("damaged", [jpeg(6)[:-9], jpeg(6)[:3] + b"\0" + jpeg(6)[3:], b"\xff\xd8\xff"])
def test_a_damaged_photo_is_not_passed_as_clean(damaged: bytes) -> None:
    with pytest.raises(CleaningError):
        seal(damaged, 3)


def test_sealed_files_of_like_sizes_have_one_size() -> None:
    sizes = {sum(map(len, seal(bytes(size)).chunks)) for size in range(1, 1025, 64)}
    assert len(sizes) == 1


def test_nothing_of_a_file_is_shown() -> None:
    text = repr(seal(CANARY.encode()))
    assert CANARY not in text
    assert "name.bin" not in text


def test_plain_bytes_do_not_gather_in_memory() -> None:
    sealer = FileSealer(IDENTITY.recipient, keep_hidden=False)
    block = bytes(64 * 1024)
    tracemalloc.start()
    try:
        for _ in range(256):
            sealer.update(block)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The sealed bytes themselves are 16 MiB; besides them a chunk and what is in hand.
    assert peak < 256 * len(block) + 4 * CHUNK_SIZE
