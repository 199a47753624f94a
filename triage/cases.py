"""Work on one case: describe it, answer the reporter, move it on (DESK, "Triage")."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from crypto.slots import REPLY_BYTES
from triage import taxonomy
from triage.case import (
    PHASES,
    REASON_CHARS,
    Basis,
    CaseRecord,
    Categories,
    Outcome,
    Phase,
    State,
    check_transition,
)
from triage.case_change import Change, change_case, check_text
from triage.case_file import OpenCase
from triage.case_page import open_report
from triage.desk import Desk, Seat
from triage.entry import Entry, EntryKind
from triage.errors import RefusedError
from triage.grants import may_read
from triage.people import read_people
from triage.urgency import Urgency, assess

NOTE_CHARS = 20_000
TRANSLATION_CHARS = 200_000
_EARLY = frozenset({Phase.RECEIVE, Phase.ASSESS})


@dataclass(frozen=True, slots=True)
class Moved:
    """``version`` None: your own grant ended by it. ``kept``: grants stayed, nobody else has the case."""

    version: int | None
    kept: bool


def categorise(desk: Desk, seat: Seat, case_id: bytes, version: int, categories: Categories) -> int:
    """Set the categories; the suggested urgency follows unless a person overrode it."""
    known = taxonomy.load()
    ids = categories.all
    if len(set(ids)) != len(ids) or not set(ids) <= known.by_id.keys():
        raise RefusedError("categories", "unknown")
    if categories.others and categories.primary is None:
        raise RefusedError("categories", "empty")

    def make(connection: Connection, case: OpenCase) -> Change:
        record, report = case.record, open_report(connection, case)
        entries = [
            _entry(
                desk,
                seat,
                EntryKind.CATEGORIES,
                before=" ".join(record.categories.all),
                after=" ".join(ids),
            )
        ]
        changed = replace(record, categories=categories, taxonomy_version=known.version)
        if report is not None:
            finding = assess(report.answers, known.chosen(ids))
            changed = replace(changed, urgency_reasons=finding.reasons)
            if record.urgency_override is None and finding.level is not record.urgency:
                changed = replace(changed, urgency=finding.level)
                before, after = record.urgency.value, finding.level.value
                entries.append(_entry(desk, seat, EntryKind.URGENCY, before=before, after=after))
        return Change(replace(case, record=changed), entries, detail="categories")

    return change_case(desk, seat, case_id, version, make).version


def set_urgency(desk: Desk, seat: Seat, case_id: bytes, version: int, urgency: Urgency, reason: str) -> int:
    """Override the urgency with a written reason."""
    reason = check_text("reason", reason, REASON_CHARS)

    def make(_: Connection, case: OpenCase) -> Change:
        record = replace(case.record, urgency=urgency, urgency_override=reason)
        before, after = case.record.urgency.value, urgency.value
        entry = _entry(desk, seat, EntryKind.URGENCY, reason, before=before, after=after)
        return Change(replace(case, record=record), [entry], detail="urgency")

    return change_case(desk, seat, case_id, version, make).version


def note(desk: Desk, seat: Seat, case_id: bytes, version: int, text: str) -> int:
    """An internal note."""
    text = check_text("note", text, NOTE_CHARS)
    return _write(desk, seat, case_id, version, EntryKind.NOTE, text)


def translate(desk: Desk, seat: Seat, case_id: bytes, version: int, text: str) -> int:
    """A translation of the report; the newest one is shown beside it."""
    text = check_text("translation", text, TRANSLATION_CHARS)
    return _write(desk, seat, case_id, version, EntryKind.TRANSLATION, text)


def reply(desk: Desk, seat: Seat, case_id: bytes, version: int, text: str) -> int:
    """A reply to the reporter; it goes out with the next slot round, 4,000 bytes of UTF-8 at most."""
    text = check_text("reply", text, REPLY_BYTES, in_bytes=True)

    def make(_: Connection, case: OpenCase) -> Change:
        record = replace(
            case.record,
            reply_count=case.record.reply_count + 1,
            last_day=desk.today(),
            feedback_at=case.record.feedback_at or desk.now(),
        )
        replies = (*case.replies, case.entries + 1)
        entry = _entry(desk, seat, EntryKind.REPLY, text)
        return Change(replace(case, record=record, replies=replies), [entry], detail="reply")

    return change_case(desk, seat, case_id, version, make).version


def mark_read(desk: Desk, seat: Seat, case_id: bytes, version: int) -> int:
    """The newest message was read."""
    return change_case(
        desk,
        seat,
        case_id,
        version,
        lambda _, case: Change(replace(case, record=replace(case.record, unread=False)), detail="read"),
    ).version


def move(
    desk: Desk,
    seat: Seat,
    case_id: bytes,
    version: int,
    target: State,
    outcome: Outcome | None,
    reason: str,
) -> Moved:
    """Move the case on; what triagers got at the opening ends when it leaves assessment (T4)."""
    reason = check_text("reason", reason, REASON_CHARS) if reason.strip() else ""
    kept = False

    def make(connection: Connection, case: OpenCase) -> Change:
        nonlocal kept
        record = case.record
        asked = record.withdrawal_asked
        check_transition(record.state, target, outcome, reason, withdrawal_asked=asked)
        change = Change(replace(case, record=_moved(desk, record, target, outcome)), detail="state")
        after = target.value if outcome is None else f"{target.value} {outcome.value}"
        entry = _entry(desk, seat, EntryKind.STATE, reason, before=record.state.value, after=after)
        if PHASES[record.state] in _EARLY and PHASES[target] not in _EARLY:
            change, kept = _end_opening(connection, desk, change)
        return replace(change, entries=[entry, *change.entries])

    stored = change_case(desk, seat, case_id, version, make)
    return Moved(stored.version if case_id in seat.cases else None, kept)


def _end_opening(connection: Connection, desk: Desk, change: Change) -> tuple[Change, bool]:
    """End the grants of the opening, if somebody else who may read keeps the case."""
    record = change.case.record
    people = {person.person_id: person for person in read_people(connection)}
    ending = [access.person_id for access in record.access if access.basis is Basis.OPENING]
    staying = [
        people[access.person_id]
        for access in record.access
        if access.basis is not Basis.OPENING and may_read(desk, people[access.person_id], record.recusal)
    ]
    if not ending:
        return change, False
    labels = ", ".join(people[person_id].label for person_id in ending)
    if not staying:
        kept = Entry(EntryKind.GRANTS_KEPT, desk.now(), after=labels)
        return replace(change, entries=[kept]), True
    ended = Entry(EntryKind.ACCESS_ENDED, desk.now(), after=labels)
    grantees = tuple(ending)
    return replace(change, entries=[ended], grantees=grantees, remaining=staying), False


def _moved(desk: Desk, record: CaseRecord, target: State, outcome: Outcome | None) -> CaseRecord:
    now = desk.now()
    closing = target is State.CLOSED
    return replace(
        record,
        state=target,
        outcome=outcome,
        closed_at=now if closing else None,
        feedback_at=record.feedback_at or (now if closing else None),
    )


def _write(desk: Desk, seat: Seat, case_id: bytes, version: int, kind: EntryKind, text: str) -> int:
    def make(_: Connection, case: OpenCase) -> Change:
        return Change(case, [_entry(desk, seat, kind, text)], detail=kind.value)

    return change_case(desk, seat, case_id, version, make).version


def _entry(
    desk: Desk, seat: Seat, kind: EntryKind, text: str = "", *, before: str = "", after: str = ""
) -> Entry:
    return Entry(kind, desk.now(), seat.person.person_id, text, before, after)
