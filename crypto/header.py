"""The textual header of an age file (C2SP age.md, "Header"): stanzas and a MAC, no cryptography."""

import binascii
import re
from dataclasses import dataclass, field
from typing import BinaryIO

from crypto.errors import MalformedHeaderError, UnsupportedVersionError

MAC_SIZE = 32
# The format sets no limit; a hostile header must not fill the memory of whoever opens it.
# This is room for about 2,600 hybrid stanzas.
MAX_HEADER_SIZE = 4 * 1024 * 1024

_VERSION_LINE = b"age-encryption.org/v1"
_LONGEST_VERSION_LINE = 128
_ANY_VERSION = re.compile(rb"age-encryption\.org/[!-~]+")
_ARGUMENTS = re.compile(rb"-> [!-~]+(?: [!-~]+)*")
_ARGUMENT = re.compile(r"[!-~]+")
_COLUMNS = 64
_BYTES_PER_LINE = _COLUMNS // 4 * 3


def encode_base64(data: bytes) -> bytes:
    """Base64 without padding (age.md, "Conventions")."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=")


def decode_base64(text: bytes) -> bytes:
    """The bytes of canonical base64 without padding; any other spelling is refused."""
    try:
        data = binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        raise MalformedHeaderError("base64 is malformed") from None
    # The decoder is lenient; only what encodes back to the same text is canonical.
    if encode_base64(data) != text:
        raise MalformedHeaderError("base64 is not canonical")
    return data


@dataclass(frozen=True, slots=True)
class Stanza:
    """One wrapping of the file key: its type, further arguments, and body."""

    type: str
    args: tuple[str, ...]
    body: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        """The stanza as it stands in a header, line feeds included."""
        words = (self.type, *self.args)
        if not all(_ARGUMENT.fullmatch(word) for word in words):
            raise MalformedHeaderError("a stanza argument is empty or not printable ASCII")
        body = encode_base64(self.body)
        # The slice at len(body) is the short, perhaps empty, line that must end each body.
        lines = [body[at : at + _COLUMNS] for at in range(0, len(body) + 1, _COLUMNS)]
        return b"\n".join([b"-> " + " ".join(words).encode("ascii"), *lines, b""])


@dataclass(frozen=True, slots=True)
class Header:
    """The stanzas and the MAC over them; parsing accepts only the bytes that `to_bytes` returns."""

    stanzas: tuple[Stanza, ...]
    mac: bytes

    @classmethod
    def from_stream(cls, source: BinaryIO) -> "Header":
        """Read one header; `source` is left at the first byte after it."""
        version = source.readline(_LONGEST_VERSION_LINE)
        if version != _VERSION_LINE + b"\n":
            if _ANY_VERSION.fullmatch(version.removesuffix(b"\n")):
                raise UnsupportedVersionError("this version of the age format is not supported")
            raise MalformedHeaderError("this is not an age file")
        lines = _Lines(source, MAX_HEADER_SIZE - len(version))
        stanzas = []
        line = lines.next()
        while line.startswith(b"->"):
            stanzas.append(_parse_stanza(line, lines))
            line = lines.next()
        if not line.startswith(b"--- "):
            raise MalformedHeaderError("a header line is neither a stanza nor the MAC")
        if not stanzas:
            raise MalformedHeaderError("the header has no stanza")
        mac = decode_base64(line[4:])
        if len(mac) != MAC_SIZE:
            raise MalformedHeaderError("the header MAC has the wrong length")
        return cls(tuple(stanzas), mac)

    def to_bytes(self) -> bytes:
        """The whole header, up to and including its last line feed."""
        return authenticated_bytes(self.stanzas) + b" " + encode_base64(self.mac) + b"\n"


def authenticated_bytes(stanzas: tuple[Stanza, ...]) -> bytes:
    """What the MAC covers: all up to and including the `---` mark, not the space after it."""
    return b"".join([_VERSION_LINE, b"\n", *(stanza.to_bytes() for stanza in stanzas), b"---"])


class _Lines:
    """Lines of a stream without their line feeds, together no longer than a budget."""

    def __init__(self, source: BinaryIO, budget: int) -> None:
        self._source = source
        self._budget = budget

    def next(self) -> bytes:
        line = self._source.readline(self._budget)
        self._budget -= len(line)
        if not line.endswith(b"\n"):
            raise MalformedHeaderError("the header is cut off or too large")
        return line[:-1]


def _parse_stanza(line: bytes, lines: _Lines) -> Stanza:
    if not _ARGUMENTS.fullmatch(line):
        raise MalformedHeaderError("a stanza starts with malformed arguments")
    kind, *args = line[3:].decode("ascii").split(" ")
    body = bytearray()
    while True:
        text = lines.next()
        if len(text) > _COLUMNS:
            raise MalformedHeaderError("a line of a stanza body is too long")
        part = decode_base64(text)
        body += part
        if len(part) < _BYTES_PER_LINE:
            return Stanza(kind, tuple(args), bytes(body))
