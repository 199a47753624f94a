"""JPEG (ITU-T T.81, annex B): the picture passes as it is, what is said about it stays behind."""

from __future__ import annotations

from intake.metadata import orientation
from intake.metadata.cleaner import CleaningError, Copy, CopyUntil, Drop, Part, Program, Put, Take

_MARKER = 0xFF
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_COM = 0xFE
_JFIF_SIZE, _ADOBE_SIZE = 14, 12
_RESTARTS = range(0xD0, 0xD8)
# Frames (C0 to CF), tables and scan headers: what a decoder needs.
_PICTURE = frozenset({*range(0xC0, 0xD0), _SOS, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}) - {0xC8}

_EXIF = b"Exif\0\0"
_JFIF = b"JFIF\0"
_ICC = b"ICC_PROFILE\0"
_ADOBE = b"Adobe"


def clean() -> Program:
    """Keeps picture, colour profile and orientation; drops APPn, comments, thumbnails, what follows the end.

    Phones append whole videos and second pictures after the end of image (MPF, motion photos): they go too.
    """
    if (yield Take(2)) != bytes((_MARKER, _SOI)):
        raise CleaningError("the file is not a JPEG photo")
    yield Put(bytes((_MARKER, _SOI)))
    scanned = oriented = False
    marker = yield from _next_marker()
    while marker != _EOI:
        if _APP0 <= marker <= _APP15 or marker == _COM:
            oriented = yield from _said_about_it(marker, oriented=oriented)
        elif marker in _PICTURE:
            yield from _copy_segment(marker)
        else:
            raise CleaningError("a part of the photo is of no known kind")
        scanned = scanned or marker == _SOS
        marker = (yield from _scan()) if marker == _SOS else (yield from _next_marker())
    if not scanned:
        raise CleaningError("the file holds no picture")
    yield Put(bytes((_MARKER, _EOI)))


def _next_marker() -> Part[int]:
    if (yield Take(1))[0] != _MARKER:
        raise CleaningError("the photo is damaged")
    return (yield from _after_ff())


def _after_ff() -> Part[int]:
    # Any number of FF may fill the space before a marker (B.1.1.2); they are not kept.
    while (code := (yield Take(1))[0]) == _MARKER:
        pass
    return code


def _size() -> Part[int]:
    size = int.from_bytes((yield Take(2)), "big") - 2
    if size < 0:
        raise CleaningError("the photo is damaged")
    return size


def _copy_segment(marker: int) -> Program:
    size = yield from _size()
    yield Put(bytes((_MARKER, marker)) + (size + 2).to_bytes(2, "big"))
    yield Copy(size)


def _scan() -> Part[int]:
    """Entropy-coded data with its restarts, up to the next marker, which is returned (B.1.1.2)."""
    while True:
        yield CopyUntil(_MARKER)
        yield Drop(1)
        code = yield from _after_ff()
        if code and code not in _RESTARTS:
            return code
        yield Put(bytes((_MARKER, code)))


def _said_about_it(marker: int, *, oriented: bool) -> Part[bool]:
    """Keep of an APPn or comment what the picture needs; say whether the orientation was now seen."""
    segment = yield Take((yield from _size()))
    if marker == _APP0 and segment.startswith(_JFIF) and len(segment) >= _JFIF_SIZE:
        yield _segment(marker, segment[: _JFIF_SIZE - 2] + b"\0\0")  # a thumbnail of 0 x 0
    elif marker == _APP2 and segment.startswith(_ICC):
        yield _segment(marker, segment)
    elif marker == _APP14 and segment.startswith(_ADOBE) and len(segment) >= _ADOBE_SIZE:
        yield _segment(marker, segment[:_ADOBE_SIZE])
    elif marker == _APP1 and segment.startswith(_EXIF) and not oriented:
        side = orientation.find(segment[len(_EXIF) :])
        if side != orientation.UPRIGHT:
            yield _segment(marker, _EXIF + orientation.block(side))
        return True
    return oriented


def _segment(marker: int, data: bytes) -> Put:
    return Put(bytes((_MARKER, marker)) + (len(data) + 2).to_bytes(2, "big") + data)
