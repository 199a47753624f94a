"""What a file is, by its first bytes and never by its name, and who cleans it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from intake.metadata import jpeg, png, webp
from intake.metadata.cleaner import Cleaner, Program

# As many first bytes as `sniff` looks at.
HEAD_SIZE = 16


class MediaType(StrEnum):
    """Types that are told apart; the desk shows pictures and sound, and hands out the rest as it is."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    GIF = "image/gif"
    TIFF = "image/tiff"
    HEIC = "image/heic"
    AVIF = "image/avif"
    PDF = "application/pdf"
    MP4 = "video/mp4"
    QUICKTIME = "video/quicktime"
    THREE_GPP = "video/3gpp"
    WEBM = "video/webm"
    M4A = "audio/mp4"
    OGG = "audio/ogg"
    MP3 = "audio/mpeg"
    AMR = "audio/amr"
    WAV = "audio/wav"
    ZIP = "application/zip"
    UNKNOWN = "application/octet-stream"


_STARTS = (
    (b"\xff\xd8\xff", MediaType.JPEG),
    (png.SIGNATURE, MediaType.PNG),
    (b"GIF87a", MediaType.GIF),
    (b"GIF89a", MediaType.GIF),
    (b"II*\0", MediaType.TIFF),
    (b"MM\0*", MediaType.TIFF),
    (b"%PDF-", MediaType.PDF),
    (b"\x1aE\xdf\xa3", MediaType.WEBM),
    (b"OggS", MediaType.OGG),
    (b"ID3", MediaType.MP3),
    (b"\xff\xfb", MediaType.MP3),
    (b"#!AMR", MediaType.AMR),
    (b"PK\x03\x04", MediaType.ZIP),
)
_BRANDS = {
    b"heic": MediaType.HEIC,
    b"heix": MediaType.HEIC,
    b"mif1": MediaType.HEIC,
    b"avif": MediaType.AVIF,
    b"qt  ": MediaType.QUICKTIME,
    b"M4A ": MediaType.M4A,
    b"3gp4": MediaType.THREE_GPP,
    b"3gp5": MediaType.THREE_GPP,
    b"3gp6": MediaType.THREE_GPP,
}
_RIFFS = {b"WEBP": MediaType.WEBP, b"WAVE": MediaType.WAV}
_PROGRAMS: dict[MediaType, Callable[[], Program]] = {
    MediaType.JPEG: jpeg.clean,
    MediaType.PNG: png.clean,
    MediaType.WEBP: webp.clean,
}
# For the page that says before sending what can be cleaned.
CLEANABLE = tuple(_PROGRAMS)


def sniff(head: bytes) -> MediaType:
    """The type that the first HEAD_SIZE bytes show; fewer are fine for a shorter file."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], MediaType.MP4)
    if head[:4] == b"RIFF":
        return _RIFFS.get(head[8:12], MediaType.UNKNOWN)
    return next((media for start, media in _STARTS if head.startswith(start)), MediaType.UNKNOWN)


def cleanable(media: MediaType) -> bool:
    """Whether hidden data of this type can be removed here."""
    return media in _PROGRAMS


def cleaner_for(media: MediaType) -> Cleaner | None:
    """A cleaner for one file of this type, or None: it goes as it is, and the page says so."""
    program = _PROGRAMS.get(media)
    return None if program is None else Cleaner(program())
