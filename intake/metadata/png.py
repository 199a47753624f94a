"""PNG (W3C PNG, third edition) and APNG: chunks that make the picture pass, all others stay behind."""

from __future__ import annotations

import zlib

from intake.metadata import orientation
from intake.metadata.cleaner import MAX_TAKEN, CleaningError, Copy, Drop, Program, Put, Take

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_APPEARANCE = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"cICP"})
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
_KEPT = _CRITICAL | _APPEARANCE | _ANIMATION
_HEADER_SIZE = 13
_CRC_SIZE = 4
_MAX_SIZE = 2**31 - 1
_LOWER_CASE = 0x20


def clean() -> Program:
    """Keeps picture, colours, animation, orientation; drops texts, times, Exif, what follows the end."""
    if (yield Take(len(SIGNATURE))) != SIGNATURE:
        raise CleaningError("the file is not a PNG picture")
    yield Put(SIGNATURE)
    kind, pictured = b"", False
    while kind != b"IEND":
        first = not kind
        head = yield Take(8)
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        _check(size, kind, first=first)
        if kind in _KEPT:
            yield Put(head)
            yield Copy(size + _CRC_SIZE)
        elif kind == b"eXIf" and size <= MAX_TAKEN:
            yield from _orientation(size)
        else:
            yield Drop(size + _CRC_SIZE)
        pictured = pictured or kind == b"IDAT"
    if not pictured:
        raise CleaningError("the file holds no picture")


def _check(size: int, kind: bytes, *, first: bool) -> None:
    if size > _MAX_SIZE or not kind.isalpha():
        raise CleaningError("the picture is damaged")
    if first != (kind == b"IHDR") or (first and size != _HEADER_SIZE) or (kind == b"IEND" and size):
        raise CleaningError("the picture is damaged")
    # An upper-case first letter says: whoever does not know this chunk cannot show the picture (section 5.4).
    if not kind[0] & _LOWER_CASE and kind not in _CRITICAL:
        raise CleaningError("a part of the picture is of no known kind")


def _orientation(size: int) -> Program:
    side = orientation.find((yield Take(size)))
    yield Drop(_CRC_SIZE)
    if side != orientation.UPRIGHT:
        data = b"eXIf" + orientation.block(side)
        yield Put((len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big"))
