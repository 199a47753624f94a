"""Read one case: the page, the report's own bytes, a reporter's file. Each reading is an audit entry."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from crypto import age
from crypto.errors import AgeError, SealedPartError
from crypto.parts import parse_report
from crypto.slots import REPLY_BYTES
from intake.report import RejectedReportError, Report
from triage import attachments, audit
from triage.audit import AuditAction
from triage.audit_entry import About
from triage.case import TRANSITIONS, Access, CaseRecord, State
from triage.case_change import current_case
from triage.case_file import OpenCase, entry_id, read_entries, read_report_age, update_case
from triage.deadlines import Deadline, due
from triage.desk import Desk, Seat
from triage.entry import Entry, EntryKind, StoredFile
from triage.errors import UnknownCaseError
from triage.grants import may_read
from triage.people import Person, read_people
from triage.register import writing


@dataclass(frozen=True, slots=True)
class CaseHolder:
    """Somebody with access, and since when and why."""

    person: Person
    access: Access


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything a page about a case shows; the timeline from the oldest entry on."""

    record: CaseRecord
    version: int
    report: Report | None = field(repr=False)
    timeline: tuple[Entry, ...]
    deadlines: tuple[Deadline, ...]
    moves: tuple[State, ...]
    people: tuple[CaseHolder, ...]
    candidates: tuple[Person, ...]
    translation: str = field(default="", repr=False)
    reply_room: int = REPLY_BYTES


@dataclass(frozen=True, slots=True)
class Attachment:
    """A reporter's file; its pieces come as they are opened, never all in memory."""

    file: StoredFile
    chunks: Iterator[bytes] = field(repr=False)


def read_case(desk: Desk, seat: Seat, case_id: bytes) -> CasePage:
    """A case for who has a grant; the first reading stops the clock of the first look."""
    with desk.lock:
        desk.require(seat)
        with writing(desk.register) as connection:
            case = _view(connection, desk, seat, case_id)
            timeline = tuple(read_entries(connection, case))
            people = {person.person_id: person for person in read_people(connection)}
            report = open_report(connection, case)
        desk.publish(case)
        seat.viewed[case_id] = case.version
    record = case.record
    held = {access.person_id for access in record.access}
    translations = [entry.text for entry in timeline if entry.kind is EntryKind.TRANSLATION]
    return CasePage(
        record=record,
        version=case.version,
        report=report,
        timeline=timeline,
        deadlines=tuple(due(record, desk.now())),
        moves=TRANSITIONS[record.state],
        people=tuple(CaseHolder(people[access.person_id], access) for access in record.access),
        candidates=tuple(
            person
            for person in people.values()
            if person.person_id not in held and may_read(desk, person, record.recusal)
        ),
        translation=translations[-1] if translations else "",
    )


def report_text(desk: Desk, seat: Seat, case_id: bytes) -> bytes:
    """The story byte for byte as it was sealed, in UTF-8."""
    with desk.lock:
        desk.require(seat)
        with writing(desk.register) as connection:
            case = current_case(connection, seat, case_id)
            report = open_report(connection, case)
            _audit(connection, desk, seat, AuditAction.DOWNLOAD, case)
    if report is None:
        raise UnknownCaseError("there is no such report")
    return report.answers.story.encode("utf-8")


def open_attachment(desk: Desk, seat: Seat, case_id: bytes, number: int) -> Attachment:
    """A reporter's file by the number of its entry; UnknownCaseError if there is none."""
    with desk.lock:
        desk.require(seat)
        with writing(desk.register) as connection:
            case = current_case(connection, seat, case_id)
            entries = read_entries(connection, case, [number]) if 1 <= number <= case.entries else []
            file = entries[0].file if entries else None
            if file is None:
                raise UnknownCaseError("there is no such file")
            _audit(connection, desk, seat, AuditAction.DOWNLOAD, case)
    identity = case.case_key.identity
    where = entry_id(case.case_key, number)
    return Attachment(file, attachments.read_file(desk.register, where, identity, file.size))


def open_report(connection: Connection, case: OpenCase) -> Report | None:
    """The report of a case; None if its bytes are damaged."""
    try:
        opened = age.open_sealed(read_report_age(connection, case.case_id), [case.case_key.identity])
        return Report.from_json(parse_report(opened).content)
    except (AgeError, SealedPartError, RejectedReportError):
        return None


def _view(connection: Connection, desk: Desk, seat: Seat, case_id: bytes) -> OpenCase:
    case = current_case(connection, seat, case_id)
    if case.record.looked_at is None:
        looked = replace(case, record=replace(case.record, looked_at=desk.now()))
        case = update_case(connection, case, looked, quiet=True)
    if seat.viewed.get(case_id) != case.version:
        _audit(connection, desk, seat, AuditAction.VIEW, case)
    return case


def _audit(connection: Connection, desk: Desk, seat: Seat, action: AuditAction, case: OpenCase) -> None:
    audit.append(connection, desk, seat, action, about=About(case.case_key, case.case_id))
