"""Pictures with things planted in them, and what an independent reader finds afterwards."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from pathlib import Path

from PIL import ExifTags, Image, PngImagePlugin

from intake.metadata.cleaner import Cleaner
from intake.metadata.media import HEAD_SIZE, cleaner_for, sniff

PHOTOS = Path(__file__).parents[2] / "data" / "photos"
GPS_PHOTOS = ("gps-DSCN0010.jpg", "gps-DSCN0012.jpg")
CANARY = "canary-7F3A"
XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{CANARY}-xmp</x:xmpmeta>".encode()


def clean(data: bytes, pieces: Sequence[int] = ()) -> bytes:
    """The cleaned file, fed in pieces that end at these offsets."""
    cleaner = cleaner_for(sniff(data[:HEAD_SIZE]))
    assert cleaner is not None
    return feed(cleaner, data, pieces)


def feed(cleaner: Cleaner, data: bytes, pieces: Sequence[int] = ()) -> bytes:
    ends = [*sorted(pieces), len(data)]
    starts = [0, *ends[:-1]]
    return b"".join(cleaner.feed(data[a:b]) for a, b in zip(starts, ends, strict=True)) + cleaner.finish()


def exif(orientation: int | None = None) -> Image.Exif:
    """Exif with a place, a maker and, perhaps, an orientation."""
    made = Image.Exif()
    made[ExifTags.Base.Make] = f"{CANARY}-make"
    made[ExifTags.Base.Software] = f"{CANARY}-software"
    if orientation is not None:
        made[ExifTags.Base.Orientation] = orientation
    made.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    made.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (19.0, 25.0, 57.0)
    return made


def scene(mode: str = "RGB", size: tuple[int, int] = (61, 43)) -> Image.Image:
    """A picture with detail in it, no two corners alike."""
    return Image.radial_gradient("L").resize(size).convert(mode).rotate(30)


def jpeg(orientation: int | None = None, *, mode: str = "RGB", progressive: bool = False) -> bytes:
    out = io.BytesIO()
    scene(mode).save(
        out,
        "JPEG",
        exif=exif(orientation),
        comment=f"{CANARY}-comment".encode(),
        xmp=XMP,
        progressive=progressive,
        restart_marker_blocks=2,
        dpi=(72, 72),
    )
    return out.getvalue()


def png(orientation: int | None = None, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    said = PngImagePlugin.PngInfo()
    said.add_text("Author", f"{CANARY}-text")
    said.add_text("Comment", f"{CANARY}-packed" * 9, zip=True)
    said.add_itxt("Where", f"{CANARY}-itxt")
    said.add(b"tIME", bytes((7, 234, 11, 21, 3, 4, 5)))
    said.add(b"prVt", f"{CANARY}-private".encode())
    scene(mode).save(out, "PNG", pnginfo=said, exif=exif(orientation), dpi=(72, 72))
    return out.getvalue()


def animated(kind: str) -> bytes:
    out = io.BytesIO()
    frames = [scene("RGBA").rotate(turn) for turn in (0, 90, 180)]
    options: dict[str, bytes] = {"xmp": XMP} if kind == "WEBP" else {}
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=80, exif=exif(6), **options)
    return out.getvalue()


def webp(orientation: int | None = None, *, lossless: bool = False) -> bytes:
    out = io.BytesIO()
    scene("RGBA").save(out, "WEBP", exif=exif(orientation), xmp=XMP, lossless=lossless)
    return out.getvalue()


def pixels(data: bytes) -> list[bytes]:
    """The decoded frames."""
    with Image.open(io.BytesIO(data)) as picture:
        frames = []
        for index in range(getattr(picture, "n_frames", 1)):
            picture.seek(index)
            frames.append(picture.convert("RGBA").tobytes())
        return frames


def said(data: bytes) -> dict[int, object]:
    """The Exif entries that a reader still finds, places included."""
    with Image.open(io.BytesIO(data)) as picture:
        found = picture.getexif()
        return {**dict(found), **dict(found.get_ifd(ExifTags.IFD.GPSInfo))}


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk."""
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
