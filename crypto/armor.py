"""ASCII armor: strict PEM, white space allowed only around it (C2SP age.md; RFC 7468 §3)."""

import binascii
import io
from typing import TYPE_CHECKING, BinaryIO

from crypto.errors import ArmorError
from crypto.streams import read_up_to

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
END = b"-----END AGE ENCRYPTED FILE-----"
# Stock age skips as much before the armor; a limit on both sides keeps a hostile file from being endless.
MAX_WHITESPACE = 1024

_COLUMNS = 64
_BYTES_PER_LINE = 48
_WHITESPACE = b" \t\r\n"
_LONGEST_LINE = _COLUMNS + len(b"\r\n") + 1


def encode(data: bytes) -> bytes:
    """`data` in armor, ending in a line feed."""
    writer = ArmorWriter()
    return writer.update(data) + writer.finish()


def decode(armored: bytes) -> bytes:
    """The data inside the armor; any second spelling of it is refused."""
    return ArmorReader(io.BytesIO(armored)).read()


class ArmorWriter:
    """Armors what is pushed into it; what `update` and `finish` return, in order, is the armored file."""

    def __init__(self) -> None:
        self._head = BEGIN + b"\n"
        self._pending = b""

    def update(self, data: bytes) -> bytes:
        """Take data; return armor to append."""
        data = self._pending + data
        whole = len(data) // _BYTES_PER_LINE * _BYTES_PER_LINE
        self._pending = data[whole:]
        lines = [
            binascii.b2a_base64(data[at : at + _BYTES_PER_LINE]) for at in range(0, whole, _BYTES_PER_LINE)
        ]
        head, self._head = self._head, b""
        return head + b"".join(lines)

    def finish(self) -> bytes:
        """Return the end of the armor."""
        rest = binascii.b2a_base64(self._pending) if self._pending else b""
        return self._head + rest + END + b"\n"


def is_armored(start: bytes) -> bool:
    """Whether a file with this first kilobyte or more is to be read as armor, well formed or not."""
    if start.startswith(b"age-encryption.org/"):
        return False
    start = start[: MAX_WHITESPACE + len(BEGIN)]
    return b"-----begin" in start.lower() or start.lstrip(_WHITESPACE).startswith(b"-----")


class ArmorReader(io.BufferedReader):
    """A binary stream of the data inside an armored stream, in constant memory; raises ArmorError."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__(_Lines(source))


class _Lines(io.RawIOBase):
    """Decodes line by line; the end is reached only after everything behind the armor was checked."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._begun = self._ended = self._last_seen = False
        self._ready = bytearray()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        if not self._begun:
            self._begun = True
            self._read_begin()
        while not self._ended and len(self._ready) < len(view):
            self._ready += self._decode_line()
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        del self._ready[:size]
        return size

    def _read_begin(self) -> None:
        skipped = 0
        while (first := self._source.read(1)) and first in _WHITESPACE:
            skipped += 1
            if skipped > MAX_WHITESPACE:
                raise ArmorError("too much white space before the armor")
        if first + self._line() != BEGIN:
            raise ArmorError("the armor does not begin with its label")

    def _decode_line(self) -> bytes:
        line = self._line()
        if line == END:
            self._read_end()
            return b""
        if self._last_seen or not line or len(line) > _COLUMNS:
            raise ArmorError("an armored line has the wrong length")
        self._last_seen = len(line) < _COLUMNS
        try:
            data = binascii.a2b_base64(line)
        except binascii.Error:
            raise ArmorError("an armored line is not base64") from None
        # The decoder is lenient; only what encodes back to the same line is canonical.
        if binascii.b2a_base64(data, newline=False) != line:
            raise ArmorError("an armored line is not canonical base64")
        self._last_seen = self._last_seen or len(data) < _BYTES_PER_LINE
        return data

    def _read_end(self) -> None:
        self._ended = True
        rest = read_up_to(self._source, MAX_WHITESPACE + 1)
        if len(rest) > MAX_WHITESPACE or rest.strip(_WHITESPACE):
            raise ArmorError("data follows the armor")

    def _line(self) -> bytes:
        line = self._source.readline(_LONGEST_LINE)
        if line.endswith(b"\r\n"):
            return line[:-2]
        if line.endswith(b"\n"):
            return line[:-1]
        if line == END:
            return line  # the final end of line may be missing
        raise ArmorError("an armored line is cut off or too long")
