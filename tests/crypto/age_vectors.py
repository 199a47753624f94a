"""The C2SP/CCTV test vectors for age: read from tests/vectors/age, one file each, as published."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from crypto.age import Identity
from crypto.armor import ArmorReader
from crypto.errors import (
    AgeError,
    ArmorError,
    HeaderMacError,
    MalformedHeaderError,
    NoMatchingIdentityError,
    PayloadError,
    UnsupportedVersionError,
)
from crypto.keyfiles import parse_identity
from crypto.scrypt import ScryptIdentity

FOLDER = Path(__file__).parent.parent / "vectors" / "age"

LAYERS: dict[str, tuple[type[AgeError], ...]] = {
    "no match": (NoMatchingIdentityError,),
    "HMAC failure": (HeaderMacError,),
    "header failure": (MalformedHeaderError, UnsupportedVersionError),
    "payload failure": (PayloadError,),
    "armor failure": (ArmorError,),
}


@dataclass(frozen=True, slots=True)
class Vector:
    """One vector: what opening `sealed` must lead to, and with what."""

    name: str
    expect: str
    payload_hash: str | None
    file_key: bytes
    identities: tuple[str, ...]
    passphrases: tuple[str, ...]
    armored: bool
    sealed: bytes

    def source(self) -> BinaryIO:
        """The age file as a stream, its armor taken off."""
        raw = BytesIO(self.sealed)
        return ArmorReader(raw) if self.armored else raw

    def keys(self) -> list[Identity]:
        """All identities and passphrases of the vector."""
        keys: list[Identity] = [parse_identity(text) for text in self.identities]
        return keys + [ScryptIdentity(text) for text in self.passphrases]


def _read(path: Path) -> Vector:
    head, _, sealed = path.read_bytes().partition(b"\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.decode().splitlines():
        key, _, value = line.partition(": ")
        fields.setdefault(key, []).append(value)
    compression = fields.get("compressed", ["none"])[0]
    assert compression in {"none", "zlib"}, path
    return Vector(
        name=path.name,
        expect=fields["expect"][0],
        payload_hash=fields.get("payload", [None])[0],
        file_key=bytes.fromhex(fields["file key"][0]),
        identities=tuple(fields.get("identity", [])),
        passphrases=tuple(fields.get("passphrase", [])),
        armored=fields.get("armored") == ["yes"],
        sealed=zlib.decompress(sealed) if compression == "zlib" else sealed,
    )


VECTORS = tuple(_read(path) for path in sorted(FOLDER.iterdir()))
