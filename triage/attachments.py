"""Reporters' files in the register: age files in rows of at most 1 MiB, never opened onto disk."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from crypto import age
from crypto.errors import AgeError
from crypto.hybrid import HybridIdentity, HybridRecipient
from crypto.parts import FileMetadata
from triage import tables
from triage.errors import RegisterError
from triage.register import Register, reading

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK_SIZE = 1024 * 1024
# No header that our own form makes comes near it.
_HEADER_ROOM = 64 * 1024


def adopt(connection: Connection, message_id: bytes, attachment_id: bytes) -> None:
    """Move the chunks of a waiting message to the attachment of its entry."""
    waiting = tables.waiting_chunk
    rows = select(bindparam("new_id", attachment_id), waiting.c.number, waiting.c.sealed)
    connection.execute(
        insert(tables.attachment).from_select(
            ["id", "number", "sealed"], rows.where(waiting.c.message_id == message_id)
        )
    )
    connection.execute(delete(waiting).where(waiting.c.message_id == message_id))


def rename(connection: Connection, old_id: bytes, new_id: bytes) -> None:
    """Follow an entry to its id in the next generation."""
    rows = tables.attachment
    connection.execute(update(rows).where(rows.c.id == old_id).values(id=new_id))


def rewrap(
    connection: Connection,
    attachment_id: bytes,
    identities: Sequence[HybridIdentity],
    recipient: HybridRecipient,
) -> bool:
    """Seal the header to another recipient; False, and nothing changed, if the file does not open."""
    rows, head, taken = tables.attachment, b"", []
    for number in _numbers(connection, attachment_id):
        head += _chunk(connection, attachment_id, number)
        taken.append(number)
        if len(head) >= _HEADER_ROOM:
            break
    try:
        head = age.rewrap(head, identities, [recipient])
    except AgeError:
        return False
    connection.execute(delete(rows).where(rows.c.id == attachment_id, rows.c.number.in_(taken)))
    # A header never grows by it, so the pieces find room under the numbers that were taken.
    for number, at in zip(taken, range(0, len(head), CHUNK_SIZE), strict=False):
        piece = head[at : at + CHUNK_SIZE]
        connection.execute(insert(rows).values(id=attachment_id, number=number, sealed=piece))
    return True


def is_sound(
    connection: Connection, attachment_id: bytes, identity: HybridIdentity, promised: FileMetadata
) -> bool:
    """Whether the bytes have the size and hash that the reporter signed."""
    rows = (_chunk(connection, attachment_id, number) for number in _numbers(connection, attachment_id))
    digest, size = hashlib.sha256(), 0
    try:
        for part in _opened(rows, identity, promised.size):
            digest.update(part)
            size += len(part)
    except AgeError:
        return False
    return size == promised.size and digest.digest() == promised.sha256


def read_file(
    register: Register, attachment_id: bytes, identity: HybridIdentity, size: int
) -> Iterator[bytes]:
    """The file without its padding, piece by piece; RegisterError if it does not open."""
    with reading(register) as connection:
        numbers = _numbers(connection, attachment_id)
    try:
        yield from _opened(_rows(register, attachment_id, numbers), identity, size)
    except AgeError:
        raise RegisterError("this file does not open: it is damaged, or was never whole") from None


def _opened(rows: Iterable[bytes], identity: HybridIdentity, size: int) -> Iterator[bytes]:
    stream = io.BufferedReader(_RowStream(rows), CHUNK_SIZE)
    left = size
    # To the end even when the size is reached: padding is authenticated too.
    for part in age.open_chunks(stream, [identity]):
        if left:
            yield part[:left]
        left -= min(left, len(part))


def _rows(register: Register, attachment_id: bytes, numbers: Sequence[int]) -> Iterator[bytes]:
    # A transaction for each row: a slow download must not keep the register from being written.
    for number in numbers:
        with reading(register) as connection:
            yield _chunk(connection, attachment_id, number)


def _numbers(connection: Connection, attachment_id: bytes) -> list[int]:
    rows = tables.attachment
    query = select(rows.c.number).where(rows.c.id == attachment_id).order_by(rows.c.number)
    return list(connection.scalars(query))


def _chunk(connection: Connection, attachment_id: bytes, number: int) -> bytes:
    rows = tables.attachment
    query = select(rows.c.sealed).where(rows.c.id == attachment_id, rows.c.number == number)
    return bytes(connection.execute(query).scalar() or b"")


class _RowStream(io.RawIOBase):
    """Rows as one stream, one row in memory at a time."""

    def __init__(self, rows: Iterable[bytes]) -> None:
        self._rows = iter(rows)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        if not self._left:
            self._left = next(self._rows, b"")
        data, self._left = self._left[: len(view)], self._left[len(view) :]
        view[: len(data)] = data
        return len(data)
