"""The static files, read once; a name holds the hash of the bytes, so that browsers keep them for ever."""

from __future__ import annotations

import gzip
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from flask import Response, abort, request

FOLDER = Path(__file__).parent / "static"
_NAME = re.compile(r"(?P<name>[a-z]+)\.[0-9a-f]{12}\.(?P<kind>[a-z]+)")


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file, as it is and compressed."""

    data: bytes = field(repr=False)
    compressed: bytes = field(repr=False)
    media_type: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every static file by name."""
    return {path.name: _read(path) for path in sorted(FOLDER.iterdir()) if path.is_file()}


def name_of(plain_name: str) -> str:
    """The name with its hash of a static file."""
    (name,) = (name for name in assets() if _plain(name) == plain_name)
    return name


def serve(filename: str) -> Response:
    """The view behind /static/; headers are those of `intake.headers`."""
    asset = assets().get(filename)
    if asset is None:
        abort(404)
    squeezed = request.accept_encodings.quality("gzip") > 0
    response = Response(asset.compressed if squeezed else asset.data, content_type=asset.media_type)
    response.vary.add("Accept-Encoding")
    if squeezed:
        response.content_encoding = "gzip"
    return response


def _read(path: Path) -> Asset:
    data = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    return Asset(data, gzip.compress(data, 9, mtime=0), media_type)


def _plain(name: str) -> str:
    found = _NAME.fullmatch(name)
    return f"{found['name']}.{found['kind']}" if found else ""
