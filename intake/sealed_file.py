"""Seal one file as it arrives: clean, hash, seal, pad; plain bytes live as long as their chunk (T2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from crypto.age import SealingWriter
from crypto.hybrid import HybridRecipient
from crypto.padding import file_size
from intake.metadata.cleaner import Cleaner
from intake.metadata.media import HEAD_SIZE, MediaType, cleaner_for, sniff

# Of what is stored in the drop (protocol.md §5).
CHUNK_SIZE = 1024 * 1024

_ZEROS = bytes(64 * 1024)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file, sealed in chunks of at most 1 MiB; size and hash are of what was sealed, before the padding."""

    name: str = field(repr=False)
    media_type: MediaType
    size: int
    sha256: bytes = field(repr=False)
    cleaned: bool
    chunks: tuple[bytes, ...] = field(repr=False)


class FileSealer:
    """Push a file in with `update`; `finish` gives it sealed. CleaningError comes out of both."""

    def __init__(self, recipient: HybridRecipient, *, keep_hidden: bool) -> None:
        self._writer = SealingWriter((recipient,))
        self._keep_hidden = keep_hidden
        self._media: MediaType | None = None
        self._cleaner: Cleaner | None = None
        self._head = bytearray()
        self._hash = hashlib.sha256()
        self._size = 0
        self._pending = bytearray()
        self._chunks: list[bytes] = []

    def update(self, data: bytes) -> None:
        """Take the next bytes of the file."""
        if self._media is not None:
            self._take(data)
            return
        self._head += data
        if len(self._head) >= HEAD_SIZE:
            self._begin()

    def finish(self, name: str) -> SealedFile:
        """Pad and close; the padding hides the true length, which stands in the message's sealed part."""
        media = self._begin() if self._media is None else self._media
        if self._cleaner is not None:
            self._seal(self._cleaner.finish())
        for at in range(self._size, file_size(self._size), len(_ZEROS)):
            self._keep(self._writer.update(_ZEROS[: file_size(self._size) - at]))
        self._keep(self._writer.finish())
        if self._pending:
            self._chunks.append(bytes(self._pending))
        return SealedFile(
            name=name,
            media_type=media,
            size=self._size,
            sha256=self._hash.digest(),
            cleaned=self._cleaner is not None,
            chunks=tuple(self._chunks),
        )

    def _begin(self) -> MediaType:
        head = bytes(self._head)
        self._head.clear()
        media = self._media = sniff(head[:HEAD_SIZE])
        self._cleaner = None if self._keep_hidden else cleaner_for(media)
        self._take(head)
        return media

    def _take(self, data: bytes) -> None:
        self._seal(data if self._cleaner is None else self._cleaner.feed(data))

    def _seal(self, data: bytes) -> None:
        self._size += len(data)
        self._hash.update(data)
        self._keep(self._writer.update(data))

    def _keep(self, sealed: bytes) -> None:
        self._pending += sealed
        while len(self._pending) >= CHUNK_SIZE:
            self._chunks.append(bytes(self._pending[:CHUNK_SIZE]))
            del self._pending[:CHUNK_SIZE]
