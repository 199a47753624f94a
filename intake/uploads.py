"""Receive a form with a file, and seal the file as it arrives: no spooling, no temporary file (T2).

Werkzeug's form parser writes a file above 500 kB to disk in plain and takes a cut body for a short one.
Only its decoder is used here, 64 KiB at a time. A body is complete with its last boundary, its announced
length and the end marker as its last field; anything less is never acknowledged (protocol.md §5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from crypto.hybrid import HybridRecipient
from intake.config import MAX_FORM_BYTES
from intake.metadata.cleaner import CleaningError
from intake.sealed_file import FileSealer, SealedFile

FILE_FIELD = "file"
END_FIELD = "end"
MAX_NAME = 200  # characters of a file's name

_READ_SIZE = 64 * 1024
# Of what the decoder holds back: a boundary, or the headers of one part.
_MAX_HELD = 4 * _READ_SIZE
_MAX_BOUNDARY = 200
_UNNAMED = "file"


class UploadReason(StrEnum):
    """Why an upload is refused; the page has a sentence for each."""

    TOO_LARGE = "too_large"
    UNCLEANABLE = "uncleanable"
    EMPTY = "empty"
    TOO_MANY_FILES = "too_many_files"
    FIELDS_TOO_LARGE = "fields_too_large"
    MALFORMED = "malformed"


class UploadError(Exception):
    """Nothing was received. `fields` are those that came before the file, to fill the form again."""

    def __init__(self, reason: UploadReason, fields: dict[str, str] | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.fields = fields or {}


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """In bytes; fields counts all of them together."""

    max_file_bytes: int
    max_fields_bytes: int = MAX_FORM_BYTES
    max_fields: int = 40


@dataclass(frozen=True, slots=True)
class FilePlan:
    """To whom a file is sealed, and whether the reporter wants its hidden data kept."""

    recipient: HybridRecipient
    keep_hidden: bool


@dataclass(frozen=True, slots=True)
class Received:
    """A form. If not `complete`, nothing may be acknowledged, and there is no file."""

    fields: dict[str, str] = field(repr=False)
    file: SealedFile | None
    complete: bool


class Body(Protocol):
    """A request's body."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; empty at the end."""


OpenFile = Callable[[dict[str, str]], FilePlan]


def receive(
    body: Body, content_type: str, content_length: int | None, limits: UploadLimits, open_file: OpenFile
) -> Received:
    """Read the whole body. `open_file` is called once, when a named file begins, with the fields before it.

    Raises UploadError and whatever `open_file` raises, both after the rest of the body was read and thrown
    away: a server that answers early resets the connection, and the reporter would never see why.
    """
    form = _Form(limits, open_file)
    with _drained(body):
        decoder = MultipartDecoder(_boundary(content_type), max_form_memory_size=_MAX_HELD)
        try:
            size = _read(body, decoder, form)
        except ClientDisconnected:
            return Received(form.fields, None, complete=False)
        except CleaningError:
            raise UploadError(UploadReason.UNCLEANABLE, form.fields) from None
        except _MalformedError:
            raise UploadError(UploadReason.MALFORMED, form.fields) from None
    complete = form.ended and form.last == END_FIELD and size == content_length
    return Received(form.fields, form.file if complete else None, complete)


def _read(body: Body, decoder: MultipartDecoder, form: _Form) -> int:
    size = 0
    while data := body.read(_READ_SIZE):
        size += len(data)
        for event in _events(decoder, data):
            form.handle(event)
    # Without the last boundary the decoder complains: the body was cut, and its length agrees with the cut.
    with suppress(_MalformedError):
        for event in _events(decoder, None):
            form.handle(event)
    return size


class _MalformedError(Exception):
    """The body is not multipart/form-data; apart from the ValueErrors of others."""


def _events(decoder: MultipartDecoder, data: bytes | None) -> Iterator[Event]:
    try:
        decoder.receive_data(data)
    except RequestEntityTooLarge:
        raise _MalformedError from None
    while True:
        try:
            event = decoder.next_event()
        except ValueError:
            raise _MalformedError from None
        if isinstance(event, NeedData):
            return
        yield event
        if isinstance(event, Epilogue):
            return


class _Form:
    """What has arrived so far."""

    def __init__(self, limits: UploadLimits, open_file: OpenFile) -> None:
        self.fields: dict[str, str] = {}
        self.file: SealedFile | None = None
        self.last = ""
        self.ended = False
        self._limits = limits
        self._open_file = open_file
        self._left = limits.max_fields_bytes
        self._value = bytearray()
        self._sealer: FileSealer | None = None
        self._file_name: str | None = None
        self._file_size = 0

    def handle(self, event: Event) -> None:
        """Take one event of the decoder, in order."""
        if isinstance(event, Field | File):
            self._begin(event)
        elif isinstance(event, Data):
            self._take(event.data)
            if not event.more_data:
                self._end()
        elif isinstance(event, Epilogue):
            self.ended = True

    def _begin(self, part: Field | File) -> None:
        self.last = part.name or ""
        self._value.clear()
        if isinstance(part, Field):
            if not part.name or part.name in self.fields or len(self.fields) >= self._limits.max_fields:
                raise self._refused(UploadReason.MALFORMED)
            return
        if part.name != FILE_FIELD:
            raise self._refused(UploadReason.MALFORMED)
        if not part.filename:
            return  # how browsers send "no file chosen"
        if self._file_name is not None:
            raise self._refused(UploadReason.TOO_MANY_FILES)
        self._file_name = clean_name(part.filename)
        plan = self._open_file(dict(self.fields))
        self._sealer = FileSealer(plan.recipient, keep_hidden=plan.keep_hidden)

    def _take(self, data: bytes) -> None:
        if self._sealer is not None:
            self._file_size += len(data)
            if self._file_size > self._limits.max_file_bytes:
                raise self._refused(UploadReason.TOO_LARGE)
            self._sealer.update(data)
            return
        self._left -= len(data)
        if self._left < 0:
            raise self._refused(UploadReason.FIELDS_TOO_LARGE)
        self._value += data

    def _end(self) -> None:
        if self._sealer is not None:
            if not self._file_size:
                raise self._refused(UploadReason.EMPTY)
            self.file = self._sealer.finish(self._file_name or _UNNAMED)
            self._sealer = None
        elif self.last != FILE_FIELD:
            self.fields[self.last] = self._value.decode("utf-8", "replace")

    def _refused(self, reason: UploadReason) -> UploadError:
        return UploadError(reason, self.fields)


def clean_name(text: str) -> str:
    """A file's name as the reporter knows it, without the folders it lay in."""
    return re.split(r"[/\\]", text)[-1][:MAX_NAME] or _UNNAMED


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary.isascii() or not 0 < len(boundary) <= _MAX_BOUNDARY:
        raise UploadError(UploadReason.MALFORMED)
    return boundary.encode("ascii")


@contextmanager
def _drained(body: Body) -> Iterator[None]:
    """Read `body` to its end if what is done inside fails; the guard bounds it in size and time."""
    finished = False
    try:
        yield
        finished = True
    finally:
        if not finished:
            with suppress(ClientDisconnected):
                while body.read(_READ_SIZE):
                    pass
