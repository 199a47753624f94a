"""Attach reporters' messages to open cases; forged and repeated ones are refused (protocol.md §5)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, select

from crypto.errors import AgeError, SealedPartError
from crypto.facts import CaseKey
from crypto.parts import Consents, FileMetadata, MessageKind, ReporterMessage, open_message
from crypto.slots import SEQUENCE_SHIFT
from triage import attachments, audit, tables
from triage.audit import AuditAction
from triage.audit_entry import About
from triage.case_change import current_case
from triage.case_file import OpenCase, add_entry, entry_id, update_case
from triage.desk import Desk
from triage.entry import Entry, EntryKind, StoredFile
from triage.errors import UnknownCaseError
from triage.register import reading, writing

_KINDS = {
    MessageKind.TEXT: EntryKind.MESSAGE,
    MessageKind.FILE: EntryKind.FILE,
    MessageKind.CONSENT: EntryKind.CONSENT,
    MessageKind.WITHDRAWAL: EntryKind.WITHDRAWAL,
}


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message and the cases that its thread may belong to; ordered by day, then as its reporter sent it."""

    message_id: bytes
    day: str
    sequence: int
    case_ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """The last consents of a case in one delivery, and the day and slot they were given under."""

    day: str
    slot: int
    consents: Consents


def deliver(desk: Desk) -> int:
    """Attach what waits for threads that somebody at the desk can read; how many were attached."""
    said: dict[bytes, _Said] = {}
    with desk.lock:
        waiting = sorted(_waiting(desk), key=lambda each: (each.day, each.sequence, each.message_id))
        return sum(_deliver(desk, each, said) for each in waiting)


def _waiting(desk: Desk) -> list[_Waiting]:
    cases = defaultdict[bytes, dict[bytes, None]](dict)
    for seat in desk.present():
        for case_id, case in seat.cases.items():
            cases[case.record.thread_id][case_id] = None
    rows = tables.waiting_message
    with reading(desk.register) as connection:
        found = connection.execute(select(rows.c.id, rows.c.thread_id, rows.c.day)).all()
        wanted = [(bytes(row.id), row.day, tuple(cases.get(bytes(row.thread_id), ()))) for row in found]
        return [
            _Waiting(message_id, day, _sequence(connection, desk, message_id, case_ids), case_ids)
            for message_id, day, case_ids in wanted
            if case_ids
        ]


def _sequence(connection: Connection, desk: Desk, message_id: bytes, case_ids: Sequence[bytes]) -> int:
    opened = _open_for(connection, desk, message_id, case_ids)
    return 0 if opened is None else opened[1].sequence


def _deliver(desk: Desk, waiting: _Waiting, said: dict[bytes, _Said]) -> bool:
    rows, message_id = tables.waiting_message, waiting.message_id
    stored = None
    with writing(desk.register) as connection:
        cases = list(filter(None, (find_case(connection, desk, case_id) for case_id in waiting.case_ids)))
        if not cases or connection.execute(select(rows.c.id).where(rows.c.id == message_id)).first() is None:
            return False
        opened = _open_for(connection, desk, message_id, waiting.case_ids)
        case = cases[0] if opened is None else opened[0]
        if opened is not None:
            message = _heed(opened[1], case.case_id, waiting.day, said)
            stored = _attach(connection, desk, case, message_id, message)
        detail = "refused" if stored is None else "attached"
        about = About(case.case_key, case.case_id)
        audit.append(connection, desk, None, AuditAction.MESSAGES, detail, about)
        connection.execute(delete(rows).where(rows.c.id == message_id))
        chunks = tables.waiting_chunk
        connection.execute(delete(chunks).where(chunks.c.message_id == message_id))
    if stored is not None:
        desk.publish(stored)
    return stored is not None


def _heed(message: ReporterMessage, case_id: bytes, day: str, said: dict[bytes, _Said]) -> ReporterMessage:
    """Of consents whose order is not known, the one that was taken back counts.

    Two visits on one day, between two rounds, number their messages alike: which came last is not in them.
    """
    if message.consents is None:
        return message
    slot, last, now = message.sequence >> SEQUENCE_SHIFT, said.get(case_id), message.consents
    if last is not None and (last.day, last.slot) == (day, slot):
        now = Consents(now.pass_on and last.consents.pass_on, now.consulate and last.consents.consulate)
    said[case_id] = _Said(day, slot, now)
    return replace(message, consents=now)


def find_case(connection: Connection, desk: Desk, case_id: bytes) -> OpenCase | None:
    """A case that somebody at the desk can read, as it stands in the register now."""
    for seat in desk.present():
        try:
            return current_case(connection, seat, case_id)
        except UnknownCaseError:
            continue
    return None


def keys_of(case: OpenCase) -> list[CaseKey]:
    """The case's keys, the present one first: a reporter may still hold a slot of an older generation."""
    generation = case.case_key.generation
    older = (CaseKey(seed, generation) for seed in reversed(case.record.former_seeds))
    return [case.case_key, *older]


def _open_for(
    connection: Connection, desk: Desk, message_id: bytes, case_ids: Sequence[bytes]
) -> tuple[OpenCase, ReporterMessage] | None:
    """The message and its case; None if it is forged, of another kind than the drop said, or here already.

    Anyone can write another's thread into a report of their own, so each case that claims it is tried.
    """
    rows = tables.waiting_message
    row = connection.execute(select(rows.c.kind, rows.c.message_age).where(rows.c.id == message_id)).first()
    if row is None:
        return None
    for case in filter(None, (find_case(connection, desk, case_id) for case_id in case_ids)):
        message = _open(case, row.kind, bytes(row.message_age))
        if message is not None:
            return case, message
    return None


def _open(case: OpenCase, kind: str, message_age: bytes) -> ReporterMessage | None:
    record, identities = case.record, [key.identity for key in keys_of(case)]
    try:
        message = open_message(identities, message_age, record.verification_key, record.thread_id)
    except (AgeError, SealedPartError):
        return None
    return None if message.message_id in case.messages or message.kind.value != kind else message


def _attach(
    connection: Connection, desk: Desk, case: OpenCase, message_id: bytes, message: ReporterMessage
) -> OpenCase:
    file = None
    if message.file is not None:
        file = _take_file(connection, case, message_id, message.file)
    entry = Entry(
        kind=_KINDS[message.kind], at=desk.now(), text=message.text, after=_consents(message), file=file
    )
    record = replace(
        case.record,
        unread=True,
        last_day=desk.today(),
        consents=message.consents or case.record.consents,
        withdrawal_asked=case.record.withdrawal_asked or message.kind is MessageKind.WITHDRAWAL,
    )
    changed = add_entry(connection, case, entry)
    changed = replace(changed, record=record, messages=case.messages | {message.message_id})
    return update_case(connection, case, changed)


def _take_file(
    connection: Connection, case: OpenCase, message_id: bytes, promised: FileMetadata
) -> StoredFile:
    attachment_id = entry_id(case.case_key, case.entries + 1)
    identity = case.case_key.identity
    attachments.adopt(connection, message_id, attachment_id)
    older = [key.identity for key in keys_of(case)]
    # A file sealed to an older generation comes under the present one; one that never opens stays as it is.
    sound = attachments.rewrap(connection, attachment_id, older, identity.recipient)
    sound = sound and attachments.is_sound(connection, attachment_id, identity, promised)
    return StoredFile(
        name=promised.name,
        media_type=promised.media_type,
        size=promised.size,
        sha256=promised.sha256,
        cleaned=promised.cleaned,
        sound=sound,
    )


def _consents(message: ReporterMessage) -> str:
    if message.consents is None:
        return ""
    given = {"pass_on": message.consents.pass_on, "consulate": message.consents.consulate}
    return " ".join(name for name, value in given.items() if value)
