"""Attach reporters' messages to open cases; forged and repeated ones are refused (protocol.md §5)."""

from dataclasses import replace

from sqlalchemy import Connection, Row, delete, select

from crypto.errors import AgeError, SealedPartError
from crypto.facts import CaseKey
from crypto.parts import FileMetadata, MessageKind, ReporterMessage, open_message
from triage import attachments, audit, tables
from triage.audit import AuditAction
from triage.audit_entry import About
from triage.case_change import current_case
from triage.case_file import OpenCase, add_entry, entry_id, update_case
from triage.desk import Desk
from triage.entry import Entry, EntryKind, StoredFile
from triage.errors import UnknownCaseError
from triage.register import reading, writing

_BATCH = 500
_KINDS = {
    MessageKind.TEXT: EntryKind.MESSAGE,
    MessageKind.FILE: EntryKind.FILE,
    MessageKind.CONSENT: EntryKind.CONSENT,
    MessageKind.WITHDRAWAL: EntryKind.WITHDRAWAL,
}


def deliver(desk: Desk) -> int:
    """Attach what waits for threads that somebody at the desk can read; how many were attached."""
    with desk.lock:
        cases = {
            case.record.thread_id: case_id for seat in desk.present() for case_id, case in seat.cases.items()
        }
        waiting = [item for item in _waiting(desk) if item[1] in cases]
        return sum(_deliver(desk, message_id, cases[thread_id]) for message_id, thread_id in waiting)


def _waiting(desk: Desk) -> list[tuple[bytes, bytes]]:
    rows = tables.waiting_message
    with reading(desk.register) as connection:
        found = connection.execute(select(rows.c.id, rows.c.thread_id).order_by(rows.c.day, rows.c.id))
        return [(bytes(row.id), bytes(row.thread_id)) for row in found]


def _deliver(desk: Desk, message_id: bytes, case_id: bytes) -> bool:
    rows = tables.waiting_message
    with writing(desk.register) as connection:
        case = find_case(connection, desk, case_id)
        row = connection.execute(select(rows).where(rows.c.id == message_id)).first()
        if case is None or row is None:
            return False
        opened = _open(case, row)
        stored = None if opened is None else _attach(connection, desk, case, message_id, opened)
        detail = "refused" if stored is None else "attached"
        about = About(case.case_key, case.case_id)
        audit.append(connection, desk, None, AuditAction.MESSAGES, detail, about)
        connection.execute(delete(rows).where(rows.c.id == message_id))
        chunks = tables.waiting_chunk
        connection.execute(delete(chunks).where(chunks.c.message_id == message_id))
    if stored is not None:
        desk.publish(stored)
    return stored is not None


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


def _open(case: OpenCase, row: Row[tuple[object, ...]]) -> ReporterMessage | None:
    """The message, or None if it is forged, of another kind than the drop said, or here already."""
    values, record = row._mapping, case.record
    identities = [key.identity for key in keys_of(case)]
    try:
        message = open_message(
            identities, bytes(values["message_age"]), record.verification_key, record.thread_id
        )
    except (AgeError, SealedPartError):
        return None
    repeated = message.message_id in case.messages
    return None if repeated or message.kind.value != values["kind"] else message


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
