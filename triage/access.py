"""Who works on a case: assigning, giving and ending access, leaving (DESK, "Opening and need to know")."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from crypto.sealing import Recusal
from triage.audit import AuditAction
from triage.case import Access, Basis
from triage.case_change import Change, change_case
from triage.case_file import OpenCase
from triage.desk import Desk, Seat
from triage.entry import Entry, EntryKind
from triage.errors import NotGrantedError, PersonError, RefusedError
from triage.grants import give_access as grant_access
from triage.grants import may_read
from triage.people import Person, Role, read_people, read_person


def assign(desk: Desk, seat: Seat, case_id: bytes, version: int, person_id: bytes | None) -> int:
    """Make somebody, or nobody, answerable for the case; they get access with it."""

    def make(connection: Connection, case: OpenCase) -> Change:
        labels = {person.person_id: person.label for person in read_people(connection)}
        before, after = labels.get(case.record.assignee or b"", ""), ""
        grantees: tuple[bytes, ...] = ()
        if person_id is not None:
            person = _reader(connection, desk, case, person_id)
            after = person.label
            if _has_access(case, person_id):
                case = _set_basis(case, person_id, Basis.ASSIGNED, only=Basis.OPENING)
            else:
                case = grant_access(connection, desk, case, person, Basis.ASSIGNED)
                grantees = (person_id,)
        case = replace(case, record=replace(case.record, assignee=person_id))
        entry = _entry(desk, seat, EntryKind.ASSIGNED, before, after)
        return Change(case, [entry], detail="assigned", grantees=grantees)

    return change_case(desk, seat, case_id, version, make).version


def give_access(desk: Desk, seat: Seat, case_id: bytes, version: int, person_id: bytes) -> int:
    """Give the case to one more person whom nobody recused."""

    def make(connection: Connection, case: OpenCase) -> Change:
        person = _reader(connection, desk, case, person_id)
        if _has_access(case, person_id):
            raise RefusedError("person", "has_access")
        case = grant_access(connection, desk, case, person, Basis.GRANTED)
        entry = _entry(desk, seat, EntryKind.ACCESS_GIVEN, "", person.label)
        return Change(case, [entry], AuditAction.GRANT, grantees=(person_id,))

    return change_case(desk, seat, case_id, version, make).version


def renew_access(desk: Desk, seat: Seat, case_id: bytes, version: int, person_id: bytes) -> int:
    """Let somebody keep the case when it leaves assessment."""

    def make(connection: Connection, case: OpenCase) -> Change:
        person = _reader(connection, desk, case, person_id)
        if not _has_access(case, person_id):
            raise RefusedError("person", "unknown")
        case = _set_basis(case, person_id, Basis.RENEWED)
        entry = _entry(desk, seat, EntryKind.ACCESS_RENEWED, "", person.label)
        return Change(case, [entry], AuditAction.GRANT, "renewed", (person_id,))

    return change_case(desk, seat, case_id, version, make).version


def end_access(desk: Desk, seat: Seat, case_id: bytes, version: int, person_id: bytes) -> int:
    """Take the case from somebody else, for good: it goes under a new case key. Members only."""
    if not seat.person.has(Role.MEMBER):
        # One reviewer alone must not be able to keep a case from all others (T3).
        raise NotGrantedError("only a member can end somebody's access")
    if person_id == seat.person.person_id:
        raise RefusedError("person", "self")

    def make(connection: Connection, case: OpenCase) -> Change:
        if not _has_access(case, person_id):
            raise RefusedError("person", "unknown")
        label = _label(connection, person_id)
        entry = _entry(desk, seat, EntryKind.ACCESS_ENDED, label, "")
        remaining = _without(connection, desk, case, person_id)
        case = _unassign(case, person_id)
        return Change(case, [entry], AuditAction.GRANT_ENDED, "", (person_id,), remaining)

    return change_case(desk, seat, case_id, version, make).version


def leave_case(desk: Desk, seat: Seat, case_id: bytes, version: int) -> None:
    """Recuse oneself: access ends, and nobody can give it back."""
    person = seat.person

    def make(connection: Connection, case: OpenCase) -> Change:
        remaining = _without(connection, desk, case, person.person_id)
        old = case.record.recusal
        recusal = Recusal(old.labels | {person.label}, old.members_only)
        case = _unassign(case, person.person_id)
        case = replace(case, record=replace(case.record, recusal=recusal))
        entry = _entry(desk, seat, EntryKind.LEFT, person.label, "")
        return Change(case, [entry], AuditAction.GRANT_ENDED, "left", (person.person_id,), remaining)

    change_case(desk, seat, case_id, version, make)


def _reader(connection: Connection, desk: Desk, case: OpenCase, person_id: bytes) -> Person:
    try:
        person = read_person(connection, person_id)
    except PersonError:
        raise RefusedError("person", "unknown") from None
    if not may_read(desk, person, case.record.recusal):
        raise RefusedError("person", "recused")
    return person


def _has_access(case: OpenCase, person_id: bytes) -> bool:
    return any(access.person_id == person_id for access in case.record.access)


def _set_basis(case: OpenCase, person_id: bytes, basis: Basis, only: Basis | None = None) -> OpenCase:
    def changed(access: Access) -> Access:
        meant = access.person_id == person_id and only in (None, access.basis)
        return replace(access, basis=basis) if meant else access

    access = tuple(changed(access) for access in case.record.access)
    return replace(case, record=replace(case.record, access=access))


def _without(connection: Connection, desk: Desk, case: OpenCase, person_id: bytes) -> Sequence[Person]:
    """Who keeps the case; a case is never left with nobody who may read it."""
    ids = {access.person_id for access in case.record.access} - {person_id}
    staying = [person for person in read_people(connection) if person.person_id in ids]
    remaining = [person for person in staying if may_read(desk, person, case.record.recusal)]
    if not remaining:
        raise RefusedError("person", "nobody_left")
    return remaining


def _unassign(case: OpenCase, person_id: bytes) -> OpenCase:
    if case.record.assignee != person_id:
        return case
    return replace(case, record=replace(case.record, assignee=None))


def _label(connection: Connection, person_id: bytes) -> str:
    return read_person(connection, person_id).label


def _entry(desk: Desk, seat: Seat, kind: EntryKind, before: str, after: str) -> Entry:
    return Entry(kind, desk.now(), seat.person.person_id, before=before, after=after)
