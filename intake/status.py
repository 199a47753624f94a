"""A thread as the holder of its code sees it: read its slot, send messages (protocol.md §5)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import date

from crypto import signing
from crypto.errors import AgeError, SealedPartError
from crypto.hybrid import HybridIdentity
from crypto.manifest import Manifest
from crypto.parts import (
    MESSAGE_ID_SIZE,
    Consents,
    FileMetadata,
    MessageKind,
    ReporterMessage,
    seal_message,
    with_repeatable_id,
)
from crypto.receipt import THREAD_ID_SIZE, ReporterKeys
from crypto.slots import SEQUENCE_SHIFT, Slot, first_slot, open_slot, seal_slot
from intake.drop import Drop, Filing
from intake.sealed_file import SealedFile
from intake.waiting import DropMessage

# Messages of one visit; a visit's number stands in the low bits of a message's sequence.
MAX_VISIT = (1 << SEQUENCE_SHIFT) - 1


class UnreadableSlotError(Exception):
    """There is a slot under the code, but it does not open or is not the board's."""


@dataclass(frozen=True, slots=True)
class Decoy:
    """A slot of our own, opened for an unknown code: same work, same time (T6)."""

    identity: HybridIdentity = field(repr=False)
    sealed: bytes = field(repr=False)
    desk_key: bytes
    slot: Slot = field(repr=False)

    @classmethod
    def make(cls, day: date) -> Decoy:
        """A fresh one, signed like the board's, under a key that nobody keeps."""
        identity, seed = HybridIdentity.generate(), signing.generate_seed()
        slot = first_slot(os.urandom(THREAD_ID_SIZE), HybridIdentity.generate().recipient, day)
        return cls(identity, seal_slot(identity.recipient, slot, seed), signing.verification_key(seed), slot)


@dataclass(frozen=True, slots=True)
class Thread:
    """An open thread: the reporter's keys and the slot as it is now."""

    keys: ReporterKeys = field(repr=False)
    slot: Slot = field(repr=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """When a message is sent: the day, and its number since the page was opened."""

    day: date
    number: int


def look(drop: Drop, manifest: Manifest, decoy: Decoy, keys: ReporterKeys) -> Thread | None:
    """The thread of these keys, or None after the same work. UnreadableSlotError, DropError."""
    sealed = drop.read_slot(keys.thread_id)
    if sealed is None:
        open_slot(decoy.identity, decoy.sealed, decoy.desk_key, decoy.slot.thread_id)
        return None
    try:
        return Thread(keys, open_slot(keys.identity, sealed, manifest.desk_key, keys.thread_id))
    except (AgeError, SealedPartError):
        # Not chained: nothing of a slot belongs into a log.
        raise UnreadableSlotError from None


def send_text(drop: Drop, thread: Thread, visit: Visit, text: str) -> Filing:
    """Send a text to the board."""
    return _send(drop, thread, _message(thread, visit, MessageKind.TEXT, text))


def send_consents(drop: Drop, thread: Thread, visit: Visit, consents: Consents) -> Filing:
    """Say anew what the board may do."""
    return _send(drop, thread, _message(thread, visit, MessageKind.CONSENT, consents=consents))


def send_withdrawal(drop: Drop, thread: Thread, visit: Visit) -> Filing:
    """Ask the board to stop; the board weighs it."""
    return _send(drop, thread, _message(thread, visit, MessageKind.WITHDRAWAL))


def send_file(drop: Drop, thread: Thread, visit: Visit, file: SealedFile) -> Filing:
    """Send a file that was sealed to the case as it arrived."""
    metadata = FileMetadata(file.name, file.media_type.value, file.size, file.sha256, file.cleaned)
    return _send(drop, thread, _message(thread, visit, MessageKind.FILE, file=metadata), file.chunks)


def _message(
    thread: Thread,
    visit: Visit,
    kind: MessageKind,
    text: str = "",
    file: FileMetadata | None = None,
    consents: Consents | None = None,
) -> ReporterMessage:
    message = ReporterMessage(
        kind=kind,
        thread_id=thread.keys.thread_id,
        message_id=bytes(MESSAGE_ID_SIZE),
        sequence=(thread.slot.sequence << SEQUENCE_SHIFT) + min(visit.number, MAX_VISIT),
        day=visit.day,
        text=text,
        file=file,
        consents=consents,
    )
    if kind is MessageKind.CONSENT:
        # Given, taken back, given: the same said again after something else is news, and the last one counts.
        return replace(message, message_id=os.urandom(MESSAGE_ID_SIZE))
    return with_repeatable_id(message, thread.keys)


def _send(drop: Drop, thread: Thread, message: ReporterMessage, chunks: tuple[bytes, ...] = ()) -> Filing:
    return drop.add_message(
        DropMessage(
            message_id=message.message_id,
            day=message.day,
            thread_id=message.thread_id,
            kind=message.kind.value,
            message_age=seal_message(thread.slot.case_recipient, thread.keys, message),
            file_chunks=chunks,
        )
    )
