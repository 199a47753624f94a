"""One entry of a case's timeline, as it is sealed under the facts key."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from crypto.strict_json import Fields, Json, encode_blob

PERSON_ID_SIZE = 16
MAX_TEXT = 400_000
# The labels of everybody whom a manifest can name stand in one entry of an opening.
MAX_WORDS = 20_000
_LATEST = 253402300799  # the last second that datetime can hold


class EntryKind(StrEnum):
    """What happened; message, file, consent and withdrawal come from the reporter."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    MESSAGE = "message"
    FILE = "file"
    CONSENT = "consent"
    WITHDRAWAL = "withdrawal"
    REPLY = "reply"
    NOTE = "note"
    TRANSLATION = "translation"
    CATEGORIES = "categories"
    URGENCY = "urgency"
    ASSIGNED = "assigned"
    STATE = "state"
    ACCESS_GIVEN = "access_given"
    ACCESS_RENEWED = "access_renewed"
    ACCESS_ENDED = "access_ended"
    LEFT = "left"
    GRANTS_KEPT = "grants_kept"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A reporter's file. ``sound``: size and SHA-256 are those that the reporter's side signed."""

    name: str = field(repr=False)
    media_type: str
    size: int
    sha256: bytes
    cleaned: bool
    sound: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """``by``: a person, or None for the reporter and the desk itself. ``number``: from 1 in its case."""

    kind: EntryKind
    at: datetime
    by: bytes | None = None
    text: str = field(default="", repr=False)
    before: str = field(default="", repr=False)
    after: str = field(default="", repr=False)
    file: StoredFile | None = None
    number: int = 0

    def to_json(self) -> dict[str, Json]:
        """JSON for the facts key; `from_json` reads it."""
        return {
            "kind": self.kind.value,
            "at": int(self.at.timestamp()),
            "by": None if self.by is None else encode_blob(self.by),
            "text": self.text,
            "before": self.before,
            "after": self.after,
            "file": None if self.file is None else _file_json(self.file),
        }

    @classmethod
    def from_json(cls, fields: Fields, number: int) -> "Entry":
        """From an opened fact; SealedPartError names the field that is wrong."""
        file = fields.maybe_object("file")
        entry = cls(
            kind=EntryKind(fields.choice("kind", [kind.value for kind in EntryKind])),
            at=datetime.fromtimestamp(fields.integer("at", 0, _LATEST), UTC),
            by=fields.maybe_blob("by", PERSON_ID_SIZE),
            text=fields.text("text", MAX_TEXT),
            before=fields.text("before", MAX_WORDS),
            after=fields.text("after", MAX_WORDS),
            file=None if file is None else _file(file),
            number=number,
        )
        fields.end()
        return entry


def _file_json(file: StoredFile) -> Json:
    return {
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": encode_blob(file.sha256),
        "cleaned": file.cleaned,
        "sound": file.sound,
    }


def _file(fields: Fields) -> StoredFile:
    file = StoredFile(
        name=fields.text("name", 1000),
        media_type=fields.text("media_type", 1000),
        size=fields.integer("size", 0, 2**53),
        sha256=fields.blob("sha256", 32),
        cleaned=fields.flag("cleaned"),
        sound=fields.flag("sound"),
    )
    fields.end()
    return file
