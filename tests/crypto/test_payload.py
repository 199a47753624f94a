"""The payload: sealed as it arrives, opened chunk by chunk, and refused wherever it was touched."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import PayloadError
from crypto.payload import CHUNK_SIZE, PayloadWriter, open_payload, plaintext_size, sealed_size

KEY = bytes(range(32))
EDGES = sorted({max(0, chunks * CHUNK_SIZE + d) for chunks in range(4) for d in (-1, 0, 1)})
SEALED_CHUNK = CHUNK_SIZE + 16


def text(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def sealed(plain: bytes) -> bytes:
    writer = PayloadWriter(KEY)
    return writer.update(plain) + writer.finish()


def opened(data: bytes) -> bytes:
    return b"".join(open_payload(KEY, BytesIO(data)))


def reference(plain: bytes) -> bytes:
    """The whole payload in one go, straight from the specification."""
    chunks = [plain[at : at + CHUNK_SIZE] for at in range(0, len(plain), CHUNK_SIZE)] or [b""]
    nonces = [number.to_bytes(11, "big") + b"\x00" for number in range(len(chunks))]
    nonces[-1] = nonces[-1][:-1] + b"\x01"
    return b"".join(ChaCha20Poly1305(KEY).encrypt(n, c, None) for n, c in zip(nonces, chunks, strict=True))


@pytest.mark.parametrize("size", EDGES)
def test_chunk_edges_follow_the_specification(size: int) -> None:
    plain = text(size)
    assert sealed(plain) == reference(plain)
    assert opened(reference(plain)) == plain
    assert sealed_size(size) == len(reference(plain))
    assert plaintext_size(len(reference(plain))) == size


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from([0, 1, 15, 1000, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 150_000]), max_size=6
    )
)
def test_the_sizes_of_the_pushes_do_not_matter(sizes: list[int]) -> None:
    plain = text(sum(sizes))
    writer = PayloadWriter(KEY)
    out, at = b"", 0
    for size in sizes:
        out += writer.update(plain[at : at + size])
        at += size
    assert out + writer.finish() == reference(plain)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([0, 1, CHUNK_SIZE, CHUNK_SIZE + 1]), st.data())
def test_a_flipped_bit_is_refused_and_nothing_false_comes_out(size: int, data: st.DataObject) -> None:
    plain = text(size)
    changed = bytearray(sealed(plain))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    released = []
    with pytest.raises(PayloadError):
        for chunk in open_payload(KEY, BytesIO(bytes(changed))):
            released.append(chunk)
    assert plain.startswith(b"".join(released))


@pytest.mark.parametrize("size", [0, 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE])
@pytest.mark.parametrize("cut", [1, 16, 17, SEALED_CHUNK])
def test_a_cut_payload_is_refused(size: int, cut: int) -> None:
    with pytest.raises(PayloadError):
        opened(sealed(text(size))[:-cut])


@pytest.mark.parametrize("size", EDGES)
@pytest.mark.parametrize("extra", [1, 16, SEALED_CHUNK])
def test_data_after_the_final_chunk_is_refused(size: int, extra: int) -> None:
    with pytest.raises(PayloadError):
        opened(sealed(text(size)) + bytes(extra))


def test_chunks_in_another_order_are_refused() -> None:
    data = sealed(text(3 * CHUNK_SIZE))
    first, second, third = (data[at : at + SEALED_CHUNK] for at in range(0, len(data), SEALED_CHUNK))
    for order in ([second, first, third], [first, first, third], [first, third]):
        with pytest.raises(PayloadError):
            opened(b"".join(order))


def test_an_empty_final_chunk_after_a_full_one_is_refused() -> None:
    cipher = ChaCha20Poly1305(KEY)
    full = cipher.encrypt(bytes(12), bytes(CHUNK_SIZE), None)
    empty = cipher.encrypt(bytes(10) + b"\x01\x01", b"", None)
    with pytest.raises(PayloadError, match="empty"):
        opened(full + empty)


def test_a_source_that_gives_little_at_a_time_is_read_to_its_end() -> None:
    class Pipe(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(1000, size or 0))

    plain = text(2 * CHUNK_SIZE + 5)
    assert b"".join(open_payload(KEY, Pipe(sealed(plain)))) == plain


@given(st.binary(max_size=200))
def test_no_bytes_bring_out_another_error(data: bytes) -> None:
    with pytest.raises(PayloadError):
        opened(data)


def test_a_finished_payload_takes_nothing_more() -> None:
    writer = PayloadWriter(KEY)
    writer.finish()
    with pytest.raises(PayloadError):
        writer.update(b"more")
    with pytest.raises(PayloadError):
        writer.finish()


@pytest.mark.parametrize("size", [-1, 0, 15, SEALED_CHUNK + 1, SEALED_CHUNK + 16])
def test_a_size_that_no_payload_has_is_refused(size: int) -> None:
    with pytest.raises(PayloadError):
        plaintext_size(size)
