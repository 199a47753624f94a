"""Seal, open and rewrap age v1 files (C2SP age.md; protocol.md §1). Byte strings, streams, or pushed data."""

import hmac
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, ClassVar, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import HeaderMacError, MalformedHeaderError, NoMatchingIdentityError, RecipientError
from crypto.header import Header, Stanza, authenticated_bytes
from crypto.payload import CHUNK_SIZE, PayloadWriter, open_payload, plaintext_size
from crypto.streams import read_up_to

FILE_KEY_SIZE = 16
NONCE_SIZE = 16
# What is read is sealed as it is; larger reads would be cut up and joined again.
_READ_SIZE = CHUNK_SIZE
_ALONE = "scrypt"


class Recipient(Protocol):
    """Something a file key can be wrapped for; recipients of one file must have the same label."""

    label: ClassVar[str]

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza that holds the file key for this recipient."""


class Identity(Protocol):
    """Something that may unwrap a stanza."""

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None if the stanza is for another; MalformedHeaderError if ours but broken."""


def seal(plaintext: bytes, recipients: Sequence[Recipient]) -> bytes:
    """An age file of `plaintext` that each of the recipients' identities opens."""
    writer = SealingWriter(recipients)
    return writer.update(plaintext) + writer.finish()


def open_sealed(sealed: bytes, identities: Sequence[Identity]) -> bytes:
    """The plaintext of an age file, whole or not at all."""
    return b"".join(open_chunks(BytesIO(sealed), identities))


def seal_stream(source: BinaryIO, sink: BinaryIO, recipients: Sequence[Recipient]) -> None:
    """Seal all of `source` into `sink` in constant memory."""
    writer = SealingWriter(recipients)
    while data := source.read(_READ_SIZE):
        sink.write(writer.update(data))
    sink.write(writer.finish())


def open_stream(source: BinaryIO, sink: BinaryIO, identities: Sequence[Identity]) -> None:
    """Open all of `source` into `sink` in constant memory.

    Chunks are written as they are authenticated: on PayloadError the caller discards what `sink` holds.
    """
    for chunk in open_chunks(source, identities):
        sink.write(chunk)


def open_chunks(source: BinaryIO, identities: Sequence[Identity]) -> Iterator[bytes]:
    """Check the header of `source` now; return its plaintext as authenticated chunks of up to 64 KiB."""
    header = read_header(source)
    file_key = unwrap_file_key(header, identities)
    return open_payload(payload_key(file_key, _read_nonce(source)), source)


def rewrap(sealed: bytes, identities: Sequence[Identity], recipients: Sequence[Recipient]) -> bytes:
    """The same file for other recipients: a new header, the same file key and payload."""
    source = BytesIO(sealed)
    file_key = unwrap_file_key(read_header(source), identities)
    return _make_header(file_key, recipients).to_bytes() + source.read()


class SealingWriter:
    """Seals what is pushed into it; what `update` and `finish` return, in order, is the file."""

    __slots__ = ("_head", "_payload")

    def __init__(self, recipients: Sequence[Recipient]) -> None:
        file_key, nonce = os.urandom(FILE_KEY_SIZE), os.urandom(NONCE_SIZE)
        self._head = _make_header(file_key, recipients).to_bytes() + nonce
        self._payload = PayloadWriter(payload_key(file_key, nonce))

    def update(self, data: bytes) -> bytes:
        """Take plaintext; return sealed bytes to append, perhaps none."""
        return self._take_head() + self._payload.update(data)

    def finish(self) -> bytes:
        """Return the last sealed bytes; nothing can be pushed afterwards."""
        return self._take_head() + self._payload.finish()

    def _take_head(self) -> bytes:
        head, self._head = self._head, b""
        return head


def read_header(source: BinaryIO) -> Header:
    """Parse the header of `source`, with the one rule that spans stanzas; the payload nonce follows."""
    header = Header.from_stream(source)
    # age.md, "scrypt recipient stanza": alone, because a passphrase is taken to say who sealed the file.
    if len(header.stanzas) > 1 and any(stanza.type == _ALONE for stanza in header.stanzas):
        raise MalformedHeaderError("a scrypt stanza is not alone in the header")
    return header


def unwrap_file_key(header: Header, identities: Sequence[Identity]) -> bytes:
    """The file key that the first matching identity unwraps, after the header's MAC was verified with it."""
    for identity in identities:
        for stanza in header.stanzas:
            file_key = identity.unwrap(stanza)
            if file_key is not None:
                if not hmac.compare_digest(_header_mac(file_key, header.stanzas), header.mac):
                    raise HeaderMacError("the header was altered after sealing")
                return file_key
    if header.stanzas[0].type == _ALONE:
        raise NoMatchingIdentityError("the passphrase is wrong, or none was given")
    raise NoMatchingIdentityError("no identity matched any of the recipients")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an age file shows to anyone: stanza types, and sizes in bytes."""

    stanza_types: tuple[str, ...]
    header_size: int
    payload_size: int
    plaintext_size: int


def inspect(source: BinaryIO) -> Inspection:
    """Read a file to its end without opening it; the nonce counts as payload."""
    header = read_header(source)
    size = len(_read_nonce(source))
    while data := source.read(_READ_SIZE):
        size += len(data)
    types = tuple(stanza.type for stanza in header.stanzas)
    return Inspection(types, len(header.to_bytes()), size, plaintext_size(size - NONCE_SIZE))


def _make_header(file_key: bytes, recipients: Sequence[Recipient]) -> Header:
    if not recipients:
        raise RecipientError("there is no recipient")
    if len({recipient.label for recipient in recipients}) > 1:
        # One weaker stanza would set the strength of the file (age.md on post-quantum recipients).
        raise RecipientError("recipients of these types cannot be mixed in one file")
    stanzas = tuple(recipient.wrap(file_key) for recipient in recipients)
    if len(stanzas) > 1 and any(stanza.type == _ALONE for stanza in stanzas):
        raise RecipientError("a passphrase must be the only recipient")
    return Header(stanzas, _header_mac(file_key, stanzas))


def _header_mac(file_key: bytes, stanzas: tuple[Stanza, ...]) -> bytes:
    return hmac.digest(_derive(file_key, None, b"header"), authenticated_bytes(stanzas), "sha256")


def payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """The key of a payload, from the file key and the nonce before the payload."""
    return _derive(file_key, nonce, b"payload")


def _derive(file_key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(file_key)


def _read_nonce(source: BinaryIO) -> bytes:
    nonce = read_up_to(source, NONCE_SIZE)
    if len(nonce) != NONCE_SIZE:
        raise MalformedHeaderError("the file ends before its payload")
    return nonce
