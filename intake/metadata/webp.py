"""WebP (RFC 9649): sizes stand in front, so what is hidden is blanked in place and the length stays."""

from __future__ import annotations

from intake.metadata import orientation
from intake.metadata.cleaner import MAX_TAKEN, Blank, CleaningError, Copy, Part, Program, Put, Take

_PICTURES = frozenset({b"VP8 ", b"VP8L"})
_TOP = _PICTURES | {b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
_IN_FRAME = _PICTURES | {b"ALPH"}
_HEAD_SIZE = 8
_EXTENDED_SIZE = 10
_FRAME_HEAD_SIZE = 16
_XMP_FLAG = 0x04
# Readers skip chunks they do not know (section 2.7.1.6).
_NOTHING = b"JUNK"
_EXIF_PREFIX = b"Exif\0\0"  # some writers put it before the TIFF block, as in JPEG


def clean() -> Program:
    """Keeps picture, colour profile, animation, orientation; blanks the rest, drops what follows the end."""
    head = yield Take(12)
    if head[:4] != b"RIFF" or head[8:] != b"WEBP":
        raise CleaningError("the file is not a WebP picture")
    yield Put(head)
    left = int.from_bytes(head[4:8], "little") - 4
    pictured = False
    while left > 0:
        kind, size, padded = yield from _chunk_head(left)
        left -= _HEAD_SIZE + padded
        if kind == b"VP8X":
            yield from _extended(size, padded)
        elif kind == b"EXIF":
            yield from _exif(size, padded)
        elif kind == b"ANMF":
            yield from _frame(size, padded)
        else:
            yield from _chunk(kind, size, padded, _TOP)
        pictured = pictured or kind in _PICTURES or kind == b"ANMF"
    if not pictured:
        raise CleaningError("the file holds no picture")


def _chunk_head(left: int) -> Part[tuple[bytes, int, int]]:
    """Kind, size, and size with padding of the next chunk, which must fit into `left` bytes."""
    if left < _HEAD_SIZE:
        raise CleaningError("the picture is damaged")
    head = yield Take(_HEAD_SIZE)
    size = int.from_bytes(head[4:], "little")
    padded = size + size % 2
    if _HEAD_SIZE + padded > left:
        raise CleaningError("the picture is damaged")
    return head[:4], size, padded


def _chunk(kind: bytes, size: int, padded: int, known: frozenset[bytes]) -> Program:
    yield _head(kind if kind in known else _NOTHING, size)
    yield Copy(size) if kind in known else Blank(size)
    yield Blank(padded - size)


def _extended(size: int, padded: int) -> Program:
    if size != _EXTENDED_SIZE:
        raise CleaningError("the picture is damaged")
    data = yield Take(size)
    yield _head(b"VP8X", size)
    # The Exif flag stays: the chunk may follow, and then holds the orientation only.
    yield Put(bytes((data[0] & ~_XMP_FLAG,)) + data[1:])
    yield Blank(padded - size)


def _exif(size: int, padded: int) -> Program:
    data = yield Take(min(size, MAX_TAKEN))
    kept = orientation.block(orientation.find(data.removeprefix(_EXIF_PREFIX)))
    # A chunk too short for the block cannot have stated an orientation.
    fits = len(kept) <= size
    yield _head(b"EXIF" if fits else _NOTHING, size)
    yield Put(kept.ljust(len(data), b"\0") if fits else bytes(len(data)))
    yield Blank(padded - len(data))


def _frame(size: int, padded: int) -> Program:
    if size < _FRAME_HEAD_SIZE:
        raise CleaningError("the picture is damaged")
    yield _head(b"ANMF", size)
    yield Copy(_FRAME_HEAD_SIZE)
    left = size - _FRAME_HEAD_SIZE
    while left > 0:
        kind, inner, inner_padded = yield from _chunk_head(left)
        left -= _HEAD_SIZE + inner_padded
        yield from _chunk(kind, inner, inner_padded, _IN_FRAME)
    yield Blank(padded - size)


def _head(kind: bytes, size: int) -> Put:
    return Put(kind + size.to_bytes(4, "little"))
