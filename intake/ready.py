"""The empty forms, compressed when the intake starts: a request only puts its token between fixed pieces."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from intake.pages import Page, escaped

# RFC 1952: gzip, deflate, no flags, no time (one more thing to tell hosts apart by), no system.
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK = b"\x03\x00"  # RFC 1951 §3.2.6: a last block with nothing in it
_MAX_STORED = 0xFFFF


@dataclass(frozen=True, slots=True)
class Ready:
    """A page whose fixed texts stand ready: as they are, and as deflate blocks that end on a byte."""

    names: tuple[str, ...]
    plain: tuple[bytes, ...] = field(repr=False)
    squeezed: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def make(cls, page: Page, kept: frozenset[str], ticked: frozenset[tuple[str, str]]) -> Ready:
        """The page with only the slots `kept` left open and the others empty, `ticked` as in `Page.fill`."""
        names, texts = [], [page.texts[0]]
        for name, text in zip(page.names, page.texts[1:], strict=True):
            if name in kept:
                names.append(name)
                texts.append(text)
            else:
                texts[-1] += str(Page(("", text), (name,)).fill({}, ticked))
        plain = tuple(text.encode("utf-8") for text in texts)
        return cls(tuple(names), plain, tuple(map(_squeeze, plain)))

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The page; a slot without a value stays empty."""
        return b"".join(self._pieces(self.plain, self._encoded(values)))

    def fill_gzip(self, values: Mapping[str, str]) -> bytes:
        """The page as a gzip file: values are stored between the pieces as they come (RFC 1951 §3.2.4)."""
        encoded = self._encoded(values)
        check = size = 0
        for piece in self._pieces(self.plain, encoded):
            check, size = zlib.crc32(piece, check), size + len(piece)
        blocks = self._pieces(self.squeezed, [_store(value) for value in encoded])
        return b"".join(
            [_HEAD, *blocks, _LAST_BLOCK, check.to_bytes(4, "little"), size.to_bytes(4, "little")]
        )

    def _encoded(self, values: Mapping[str, str]) -> list[bytes]:
        return [escaped(values.get(name, "")).encode("utf-8") for name in self.names]

    @staticmethod
    def _pieces(fixed: tuple[bytes, ...], between: list[bytes]) -> list[bytes]:
        pieces = [fixed[0]]
        for value, text in zip(between, fixed[1:], strict=True):
            pieces += (value, text)
        return pieces


def _squeeze(text: bytes) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return squeezer.compress(text) + squeezer.flush(zlib.Z_FULL_FLUSH)


def _store(value: bytes) -> bytes:
    blocks = []
    for start in range(0, len(value), _MAX_STORED):
        part = value[start : start + _MAX_STORED]
        size = len(part)
        blocks.append(b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + part)
    return b"".join(blocks)
