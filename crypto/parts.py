"""What a report and a message say once opened: hostile until parsed here (protocol.md §3, §5)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from crypto import age, labels, signing
from crypto.errors import SealedPartError
from crypto.hybrid import HybridIdentity, HybridRecipient
from crypto.manifest import HASH_SIZE
from crypto.padding import pad_json
from crypto.receipt import FILING_SALT_SIZE, THREAD_ID_SIZE, ReporterKeys, thread_of
from crypto.sealing import Recusal
from crypto.shares import REPORT_ID_SIZE
from crypto.slots import parse_raw_recipient
from crypto.strict_json import MAX_INTEGER, Fields, Json, canonical, encode_blob, parse_object

MESSAGE_ID_SIZE = 16
MAX_TEXT = 100_000
MAX_FILE_NAME = 200
MAX_MEDIA_TYPE = 100

# The largest report of our own form takes a third of it; parsing more would only feed an attacker.
_MAX_JSON = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReportEnvelope:
    """A report as opened; `content` is checked by whoever knows the form (intake.report)."""

    report_id: bytes
    thread_id: bytes = field(repr=False)
    manifest_hash: bytes
    day: date
    reporter_recipient: HybridRecipient = field(repr=False)
    verification_key: bytes = field(repr=False)
    filing_salt: bytes = field(repr=False)
    recusal: Recusal = field(repr=False)
    content: Fields = field(repr=False)


def parse_report(opened: bytes) -> ReportEnvelope:
    """From the plaintext of `report.age`, padding included; SealedPartError."""
    _check_size(opened)
    fields = Fields.from_bytes(opened, "report")
    envelope = ReportEnvelope(
        report_id=fields.blob("report_id", REPORT_ID_SIZE),
        thread_id=fields.blob("thread_id", THREAD_ID_SIZE),
        manifest_hash=fields.blob("manifest", HASH_SIZE),
        day=fields.day("day"),
        reporter_recipient=parse_raw_recipient(fields, "recipient"),
        verification_key=fields.blob("verification_key", signing.KEY_SIZE),
        filing_salt=fields.blob("filing_salt", FILING_SALT_SIZE),
        recusal=Recusal.from_json(fields.object("recusals")),
        content=fields.object("content"),
    )
    fields.end()
    if thread_of(envelope.verification_key, envelope.reporter_recipient) != envelope.thread_id:
        # Or the slot and the messages of any thread could be drawn to a report that names it (T8).
        raise fields.refusal("thread_id", "is not the thread of these keys")
    return envelope


class MessageKind(StrEnum):
    """What a reporter can send after the report."""

    TEXT = "text"
    FILE = "file"
    CONSENT = "consent"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """What is true of a file before padding; `cleaned` says that hidden data was removed on the way in."""

    name: str = field(repr=False)
    media_type: str
    size: int
    sha256: bytes
    cleaned: bool


@dataclass(frozen=True, slots=True)
class Consents:
    """Whether the board may pass the report on, and whether a consulate may be told."""

    pass_on: bool
    consulate: bool


@dataclass(frozen=True, slots=True)
class ReporterMessage:
    """One message; it has a file or consents exactly if its kind says so."""

    kind: MessageKind
    thread_id: bytes = field(repr=False)
    message_id: bytes
    sequence: int
    day: date
    text: str = field(repr=False)
    file: FileMetadata | None = None
    consents: Consents | None = None

    def __post_init__(self) -> None:
        if (self.file is not None) != (self.kind is MessageKind.FILE):
            raise SealedPartError("file", "does not fit the kind of message")
        if (self.consents is not None) != (self.kind is MessageKind.CONSENT):
            raise SealedPartError("consents", "does not fit the kind of message")
        if len(self.text) > MAX_TEXT:
            raise SealedPartError("text", f"must have at most {MAX_TEXT} characters")


def with_repeatable_id(message: ReporterMessage, keys: ReporterKeys) -> ReporterMessage:
    """The message under an id that follows from what it says: sending it again after a lost answer adds none.

    Only the holder of the code can make such an id; Ed25519 signatures are deterministic (RFC 8032 §5.1.6).
    """
    said = canonical(_body(replace(message, message_id=bytes(MESSAGE_ID_SIZE))))
    signature = keys.sign(labels.MESSAGE_ID + said)
    return replace(message, message_id=hashlib.sha256(signature).digest()[:MESSAGE_ID_SIZE])


def seal_message(case_recipient: HybridRecipient, keys: ReporterKeys, message: ReporterMessage) -> bytes:
    """The age file of a message, signed by the reporter inside and padded."""
    if message.thread_id != keys.thread_id:
        raise SealedPartError("thread_id", "is another thread's")
    # What could not be opened again is not sealed.
    _parse_message(Fields(_body(message)))
    body = canonical(_body(message))
    part: dict[str, Json] = {
        "kind": "message",
        "version": 1,
        "body": body.decode("utf-8"),
        "signature": encode_blob(keys.sign(labels.SIGNED_MESSAGE + body)),
    }
    return age.seal(pad_json(canonical(part)), [case_recipient])


def open_message(
    identities: Sequence[HybridIdentity], sealed: bytes, verification_key: bytes, thread_id: bytes
) -> ReporterMessage:
    """Open and check a message of the thread whose report named the key; AgeError or SealedPartError."""
    opened = age.open_sealed(sealed, identities)
    _check_size(opened)
    fields = Fields.from_bytes(opened, "message")
    body = fields.text("body", _MAX_JSON).encode("utf-8")
    signature = fields.blob("signature", signing.SIGNATURE_SIZE)
    fields.end()
    try:
        signing.verify(verification_key, labels.SIGNED_MESSAGE + body, signature)
    except signing.SignatureError:
        raise SealedPartError("signature", "is not the reporter's") from None
    message = _parse_message(Fields(parse_object(body)))
    if message.thread_id != thread_id:
        raise SealedPartError("thread_id", "is another thread's")
    return message


def _body(message: ReporterMessage) -> dict[str, Json]:
    file, consents = message.file, message.consents
    return {
        "kind": message.kind,
        "thread_id": encode_blob(message.thread_id),
        "message_id": encode_blob(message.message_id),
        "sequence": message.sequence,
        "day": message.day.isoformat(),
        "text": message.text,
        "file": None
        if file is None
        else {
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": encode_blob(file.sha256),
            "cleaned": file.cleaned,
        },
        "consents": None
        if consents is None
        else {"pass_on": consents.pass_on, "consulate": consents.consulate},
    }


def _parse_message(fields: Fields) -> ReporterMessage:
    file, consents = fields.maybe_object("file"), fields.maybe_object("consents")
    message = ReporterMessage(
        kind=MessageKind(fields.choice("kind", MessageKind)),
        thread_id=fields.blob("thread_id", THREAD_ID_SIZE),
        message_id=fields.blob("message_id", MESSAGE_ID_SIZE),
        sequence=fields.integer("sequence", 0, MAX_INTEGER),
        day=fields.day("day"),
        text=fields.text("text", MAX_TEXT),
        file=None if file is None else _parse_file(file),
        consents=None if consents is None else _parse_consents(consents),
    )
    fields.end()
    return message


def _parse_file(fields: Fields) -> FileMetadata:
    metadata = FileMetadata(
        name=fields.text("name", MAX_FILE_NAME),
        media_type=fields.text("media_type", MAX_MEDIA_TYPE),
        size=fields.integer("size", 0, MAX_INTEGER),
        sha256=fields.blob("sha256", HASH_SIZE),
        cleaned=fields.flag("cleaned"),
    )
    fields.end()
    return metadata


def _parse_consents(fields: Fields) -> Consents:
    consents = Consents(fields.flag("pass_on"), fields.flag("consulate"))
    fields.end()
    return consents


def _check_size(opened: bytes) -> None:
    if len(opened) > _MAX_JSON:
        raise SealedPartError("json", "is too large")
