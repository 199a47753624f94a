"""Bundles that carry a drop by hand across an air gap, and the lists of ids that come back (protocol.md §5).

A bundle is one file: a first line, records, and an end record with the counts and the SHA-256 of all before
it. A record is the length of its head (4 bytes, big-endian), the head (canonical JSON), then each of its
parts after a length of the same form. Everything in the parts is sealed already.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from crypto.errors import SealedPartError
from crypto.signing import SIGNATURE_SIZE, SignatureError, sign, verify
from crypto.strict_json import Fields, Json, canonical, decode_blob, encode_blob, parse_object
from intake.drop import Drop
from intake.waiting import DropMessage, DropReport

FIRST_LINE = b"resguardo-bundle/1\n"
KINDS = ("text", "file", "consent", "withdrawal")
MAX_HEAD = 4096
MAX_PART = 2 * 1024 * 1024
MAX_PARTS = 1024

LIST_FIRST_LINE = "resguardo-imported/1"
MAX_LIST = 64 * 1024 * 1024
# Before what the desk signs, so that no other signature of its key passes for a list.
_LIST_LABEL = b"resguardo/v1/signed/imported"
_ID_SIZE = 16
_LENGTH_SIZE = 4


class BundleError(ValueError):
    """A bundle or list is cut, altered, or not one of ours; the text says why in plain words."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many reports and messages a bundle or list holds."""

    reports: int
    messages: int


@dataclass(frozen=True, slots=True)
class ImportedList:
    """What a desk has taken over and the drop may forget."""

    report_ids: tuple[bytes, ...]
    message_ids: tuple[bytes, ...]


class Source(Protocol):
    """What can be exported: a drop, or what a desk could not open."""

    def report_ids(self) -> list[bytes]:
        """The ids of its reports."""

    def get_report(self, report_id: bytes) -> DropReport:
        """A report."""

    def message_ids(self) -> list[bytes]:
        """The ids of its messages."""

    def get_message(self, message_id: bytes) -> DropMessage:
        """A message with its file."""


def export(drop: Source, path: Path) -> Counts:
    """Write everything that waits into a new bundle, whole or not at all; the drop keeps it until `prune`."""
    report_ids, message_ids = drop.report_ids(), drop.message_ids()
    counts = Counts(len(report_ids), len(message_ids))
    partial = path.with_name(path.name + ".partial")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            sink = _Hashed(file)
            sink.write(FIRST_LINE)
            for report_id in report_ids:
                _write_report(sink, drop.get_report(report_id))
            for message_id in message_ids:
                _write_message(sink, drop.get_message(message_id))
            _write_head(sink, {"kind": "end", "reports": counts.reports, "messages": counts.messages})
            file.write(sink.digest())
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise BundleError(f"the bundle could not be written: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)
    return counts


def read_bundle(path: Path) -> Iterator[DropReport | DropMessage]:
    """What a bundle holds; all of it is checked before the first is given, and again while it is given."""
    try:
        with path.open("rb") as file:
            for _ in _records(file):
                pass
            file.seek(0)
            yield from _records(file)
    except OSError as error:
        raise BundleError(f"the bundle could not be read: {error.strerror}") from None


def imported_list(imported: ImportedList, desk_seed: bytes) -> bytes:
    """The list as the desk hands it back: lines of ids, their SHA-256 and the desk key's signature."""
    lines = [LIST_FIRST_LINE]
    lines += [f"report {report_id.hex()}" for report_id in sorted(imported.report_ids)]
    lines += [f"message {message_id.hex()}" for message_id in sorted(imported.message_ids)]
    body = "".join(f"{line}\n" for line in lines)
    body += f"sha256 {hashlib.sha256(body.encode()).hexdigest()}\n"
    signature = sign(desk_seed, _LIST_LABEL + body.encode())
    return f"{body}signature {encode_blob(signature)}\n".encode()


def read_list(data: bytes, desk_key: bytes) -> ImportedList:
    """The list signed by the desk of `desk_key`; BundleError if it is cut, altered or another's."""
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise BundleError("the list is not plain text") from None
    if len(data) > MAX_LIST or len(lines) < 4 or lines[0] != LIST_FIRST_LINE or lines[-1] != "":
        raise BundleError("this is not a whole list of imported ids")
    body = "".join(f"{line}\n" for line in lines[:-3]).encode()
    if lines[-3] != f"sha256 {hashlib.sha256(body).hexdigest()}":
        raise BundleError("the list was altered: its SHA-256 does not fit")
    word, _, text = lines[-2].partition(" ")
    signature = decode_blob(text)
    if word != "signature" or signature is None or len(signature) != SIGNATURE_SIZE:
        raise BundleError("the list has no signature")
    try:
        verify(desk_key, _LIST_LABEL + body + f"{lines[-3]}\n".encode(), signature)
    except SignatureError:
        raise BundleError("the list is not signed by the desk of this board") from None
    ids = [_parse_line(line) for line in lines[1:-3]]
    return ImportedList(
        tuple(found for kind, found in ids if kind == "report"),
        tuple(found for kind, found in ids if kind == "message"),
    )


def prune(drop: Drop, imported: ImportedList) -> Counts:
    """Delete exactly what the list names, then rewrite the drop; how much of it was there."""
    reports = set(imported.report_ids) & set(drop.report_ids())
    messages = set(imported.message_ids) & set(drop.message_ids())
    drop.delete(reports, messages)
    drop.vacuum()
    return Counts(len(reports), len(messages))


class _Hashed:
    """A file whose bytes are hashed on their way; reading less than was asked for is an error."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self._file.write(data)

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) != size:
            raise BundleError("the bundle is cut")
        self._hash.update(data)
        return data

    def digest(self) -> bytes:
        return self._hash.digest()


def _write_report(sink: _Hashed, report: DropReport) -> None:
    head: dict[str, Json] = {
        "kind": "report",
        "id": encode_blob(report.report_id),
        "day": report.day.isoformat(),
        "danger": report.danger,
        "parts": 1 + len(report.shares),
    }
    _write_head(sink, head, report.report_age, *report.shares)


def _write_message(sink: _Hashed, message: DropMessage) -> None:
    head: dict[str, Json] = {
        "kind": "message",
        "id": encode_blob(message.message_id),
        "day": message.day.isoformat(),
        "thread": encode_blob(message.thread_id),
        "message_kind": message.kind,
        "parts": 1 + len(message.file_chunks),
    }
    _write_head(sink, head, message.message_age, *message.file_chunks)


def _write_head(sink: _Hashed, head: dict[str, Json], *parts: bytes) -> None:
    for data in (canonical(head), *parts):
        sink.write(len(data).to_bytes(_LENGTH_SIZE, "big"))
        sink.write(data)


def _records(file: BinaryIO) -> Iterator[DropReport | DropMessage]:
    source = _Hashed(file)
    if source.read(len(FIRST_LINE)) != FIRST_LINE:
        raise BundleError("this is not a bundle")
    reports = messages = 0
    while True:
        try:
            fields = Fields(parse_object(_read_piece(source, MAX_HEAD)))
            kind = fields.choice("kind", ("report", "message", "end"))
            if kind == "end":
                counts = fields.integer("reports", 0, 2**53), fields.integer("messages", 0, 2**53)
                fields.end()
                break
            record = _read_report(source, fields) if kind == "report" else _read_message(source, fields)
        except SealedPartError as error:
            raise BundleError(f"the bundle has a record that is none: {error}") from None
        reports += isinstance(record, DropReport)
        messages += isinstance(record, DropMessage)
        yield record
    digest = source.digest()
    if source.read(len(digest)) != digest or file.read(1) != b"" or counts != (reports, messages):
        raise BundleError("the bundle was altered: its counts or its SHA-256 do not fit")


def _read_piece(source: _Hashed, limit: int) -> bytes:
    size = int.from_bytes(source.read(_LENGTH_SIZE), "big")
    if size > limit:
        raise BundleError("the bundle has a part that is too long")
    return source.read(size)


def _read_report(source: _Hashed, fields: Fields) -> DropReport:
    report_id, day, danger = fields.blob("id", _ID_SIZE), fields.day("day"), fields.flag("danger")
    report_age, shares = _read_parts(source, fields)
    return DropReport(report_id, day, danger, report_age, shares)


def _read_message(source: _Hashed, fields: Fields) -> DropMessage:
    message_id, day = fields.blob("id", _ID_SIZE), fields.day("day")
    thread_id, kind = fields.blob("thread", 32), fields.choice("message_kind", KINDS)
    message_age, chunks = _read_parts(source, fields)
    return DropMessage(message_id, day, thread_id, kind, message_age, chunks)


def _read_parts(source: _Hashed, fields: Fields) -> tuple[bytes, tuple[bytes, ...]]:
    count = fields.integer("parts", 1, MAX_PARTS)
    fields.end()
    first, *others = (_read_piece(source, MAX_PART) for _ in range(count))
    return first, tuple(others)


def _parse_line(line: str) -> tuple[str, bytes]:
    kind, _, text = line.partition(" ")
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if kind not in ("report", "message") or found.hex() != text or len(found) != _ID_SIZE:
        raise BundleError("the list has a line that names no report or message")
    return kind, found
