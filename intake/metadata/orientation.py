"""The one thing of Exif that is kept: which side of the photo is up (Exif 2.32, tag 0x0112; TIFF 6.0)."""

from __future__ import annotations

UPRIGHT = 1

_TAG = 0x0112
_SHORT = 3
_ENTRY_SIZE = 12
_LAST_ORIENTATION = 8


def find(tiff: bytes) -> int:
    """The orientation that a TIFF block states, 1 to 8; UPRIGHT when it states none or makes no sense."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(tiff[:4])
    if order is None:
        return UPRIGHT
    little = order == "little"
    directory = _number(tiff, 4, 4, little=little)
    for index in range(_number(tiff, directory, 2, little=little)):
        entry = directory + 2 + index * _ENTRY_SIZE
        if entry + _ENTRY_SIZE > len(tiff):
            break
        if _number(tiff, entry, 2, little=little) == _TAG:
            is_short = _number(tiff, entry + 2, 2, little=little) == _SHORT
            value = _number(tiff, entry + 8, 2, little=little)
            return value if is_short and UPRIGHT <= value <= _LAST_ORIENTATION else UPRIGHT
    return UPRIGHT


def block(orientation: int) -> bytes:
    """A TIFF block of 26 bytes that states the orientation and nothing else."""
    entry = _TAG.to_bytes(2, "big") + _SHORT.to_bytes(2, "big") + (1).to_bytes(4, "big")
    value = orientation.to_bytes(2, "big") + bytes(2)
    return b"MM\0*" + (8).to_bytes(4, "big") + (1).to_bytes(2, "big") + entry + value + bytes(4)


def _number(data: bytes, at: int, size: int, *, little: bool) -> int:
    # Beyond the end there are zeros: an offset is hostile like everything else here.
    return int.from_bytes(data[at : at + size].ljust(size, b"\0"), "little" if little else "big")
