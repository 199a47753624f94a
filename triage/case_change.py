"""How a change to a case is made: checked against its version, stored with entries and audit in one go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from triage import audit, tables
from triage.audit import AuditAction
from triage.audit_entry import About
from triage.case_file import OpenCase, add_entry, load_case, update_case
from triage.desk import Desk, Seat
from triage.entry import Entry
from triage.errors import RefusedError, StaleCaseError, UnknownCaseError
from triage.grants import next_generation
from triage.people import Person
from triage.register import writing


@dataclass(frozen=True, slots=True)
class Change:
    """A changed case. With ``remaining`` it goes under a new case key that only these people get."""

    case: OpenCase
    entries: Sequence[Entry] = ()
    action: AuditAction = AuditAction.CHANGE
    detail: str = ""
    grantees: tuple[bytes, ...] = ()
    remaining: Sequence[Person] | None = None


def change_case(
    desk: Desk, seat: Seat, case_id: bytes, version: int, make: Callable[[Connection, OpenCase], Change]
) -> OpenCase:
    """Store what `make` does to the case that stood under `version`; else StaleCaseError."""
    with desk.lock:
        desk.require(seat)
        with writing(desk.register) as connection:
            case = current_case(connection, seat, case_id)
            if version not in (case.version, *case.quiet):
                raise StaleCaseError("somebody else changed the case meanwhile")
            stored = store_change(connection, desk, seat, case, make(connection, case))
        desk.publish(stored)
    return stored


def store_change(connection: Connection, desk: Desk, seat: Seat, case: OpenCase, change: Change) -> OpenCase:
    """Entries, record and audit entry in the caller's transaction."""
    changed = change.case
    for entry in change.entries:
        changed = add_entry(connection, changed, entry)
    if change.remaining is None:
        stored = update_case(connection, case, changed)
    else:
        stored = next_generation(connection, desk, case, changed, change.remaining)
    about = About(stored.case_key, stored.case_id, change.grantees)
    audit.append(connection, desk, seat, change.action, change.detail, about)
    return stored


def current_case(connection: Connection, seat: Seat, case_id: bytes) -> OpenCase:
    """The case as it stands now, for who has a grant. Absent and not granted are the same answer (T3)."""
    case = seat.cases.get(case_id)
    if case is None:
        raise UnknownCaseError("there is no such case")
    rows = tables.case_file.c
    version = connection.execute(select(rows.version).where(rows.id == case_id)).scalar()
    if version == case.version:
        return case
    fresh = None if version is None else load_case(connection, case.case_key, case_id)
    if fresh is None:
        # Another desk ended this grant; the next login finds what is left.
        del seat.cases[case_id]
        raise UnknownCaseError("there is no such case")
    seat.cases[case_id] = fresh
    return fresh


def check_text(field: str, text: str, most: int, *, in_bytes: bool = False) -> str:
    """The text with LF line ends; RefusedError if it is empty, too long, or holds half a character."""
    text = text.replace("\r\n", "\n")
    try:
        size = len(text.encode("utf-8")) if in_bytes else len(text)
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise RefusedError(field, "characters") from None
    if not text.strip():
        raise RefusedError(field, "empty")
    if size > most:
        raise RefusedError(field, "long")
    return text
