"""The payload of an age file: ChaCha20-Poly1305 in STREAM, chunks of 64 KiB (C2SP age.md, "Payload")."""

from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from crypto.errors import PayloadError
from crypto.streams import read_up_to

CHUNK_SIZE = 64 * 1024
TAG_SIZE = 16
_SEALED_CHUNK_SIZE = CHUNK_SIZE + TAG_SIZE


def sealed_size(size: int) -> int:
    """Bytes that `size` bytes of plaintext become, without the nonce."""
    return size + TAG_SIZE * max(1, -(-size // CHUNK_SIZE))


def plaintext_size(size: int) -> int:
    """Bytes of plaintext in `size` sealed bytes, without the nonce; refuses sizes that no payload has."""
    plain = size - TAG_SIZE * -(-size // _SEALED_CHUNK_SIZE)
    if plain < 0 or sealed_size(plain) != size:
        raise PayloadError("no payload has this size")
    return plain


class PayloadWriter:
    """Seals a payload as it arrives; keeps at most one chunk of it in memory."""

    __slots__ = ("_cipher", "_counter", "_finished", "_pending")

    def __init__(self, key: bytes) -> None:
        self._cipher = ChaCha20Poly1305(key)
        self._counter = 0
        self._pending: bytes | bytearray = b""
        self._finished = False

    def update(self, data: bytes) -> bytes:
        """Take plaintext; return the sealed chunks that are now complete, perhaps none."""
        if self._finished:
            raise PayloadError("this payload is finished")
        sealed = []
        view = memoryview(data)
        # A full chunk waits until one more byte shows that it is not the last, whose nonce differs.
        if self._pending:
            view = self._fill_up(view)
            if not view:
                return b""
            sealed.append(self._seal(self._pending, last=False))
        whole = max(0, -(-len(view) // CHUNK_SIZE) - 1) * CHUNK_SIZE
        sealed += [self._seal(view[at : at + CHUNK_SIZE], last=False) for at in range(0, whole, CHUNK_SIZE)]
        rest = view[whole:]
        # What came as one chunk waits as it is: a copy costs a tenth of sealing it.
        self._pending = data if len(rest) == len(data) and isinstance(data, bytes) else bytearray(rest)
        return b"".join(sealed)

    def finish(self) -> bytes:
        """Return the final chunk; it is empty only if the whole payload is."""
        if self._finished:
            raise PayloadError("this payload is finished")
        self._finished = True
        sealed = self._seal(self._pending, last=True)
        self._pending = b""
        return sealed

    def _fill_up(self, view: memoryview) -> memoryview:
        """Complete the waiting chunk as far as the view reaches; the rest of the view."""
        room = CHUNK_SIZE - len(self._pending)
        if room:
            self._pending = bytearray(self._pending) if isinstance(self._pending, bytes) else self._pending
            self._pending += view[:room]
        return view[room:]

    def _seal(self, chunk: bytes | bytearray | memoryview, *, last: bool) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self._counter, last=last), chunk, None)
        self._counter += 1
        return sealed


def open_payload(key: bytes, source: BinaryIO) -> Iterator[bytes]:
    """Yield the authenticated chunks of a payload up to the end of `source`, in constant memory.

    Whoever consumes this must not rely on what was yielded until it ends without PayloadError.
    """
    cipher = ChaCha20Poly1305(key)
    counter = 0
    chunk = read_up_to(source, _SEALED_CHUNK_SIZE)
    while True:
        following = read_up_to(source, _SEALED_CHUNK_SIZE) if len(chunk) == _SEALED_CHUNK_SIZE else b""
        try:
            plain = cipher.decrypt(_nonce(counter, last=not following), chunk, None)
        except InvalidTag:
            if len(chunk) == _SEALED_CHUNK_SIZE:
                # The vectors want a sound full chunk with the wrong end released before the refusal.
                yield _open_other(cipher, counter, chunk, last=bool(following))
            raise PayloadError("the payload is altered, cut off, or followed by other data") from None
        if not following:
            if not plain and counter:
                raise PayloadError("the final chunk is empty")
            yield plain
            return
        yield plain
        chunk = following
        counter += 1


def _open_other(cipher: ChaCha20Poly1305, counter: int, chunk: bytes, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(counter, last=last), chunk, None)
    except InvalidTag:
        raise PayloadError("a chunk is altered or out of place") from None


def _nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
