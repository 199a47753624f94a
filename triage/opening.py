"""From a case key to a case: parse what is hostile again, heed recusals, give grants (protocol.md §6)."""

import os
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, select, update

from crypto import age
from crypto.errors import AgeError, SealedPartError
from crypto.facts import CaseKey
from crypto.parts import ReportEnvelope, parse_report
from intake.report import RejectedReportError, Report
from triage import audit, grants, tables, taxonomy
from triage.audit import AuditAction
from triage.audit_entry import About
from triage.case import TITLE_CHARS, Basis, CaseRecord
from triage.case_file import OpenCase, add_entry, insert_case, new_version
from triage.desk import Desk, Seat
from triage.entry import Entry, EntryKind
from triage.people import Person, read_people, share_holders
from triage.urgency import assess

CASE_ID_SIZE = 16


@dataclass(frozen=True, slots=True)
class Opening:
    """A new case, or None for an unreadable report; ``wrong``: labels of holders whose share did not fit."""

    case: OpenCase | None
    wrong: tuple[str, ...] = ()


def open_report(
    connection: Connection, desk: Desk, seat: Seat, report_id: bytes, seed: bytes, wrong: tuple[int, ...]
) -> Opening | None:
    """Make a waiting report a case; None, and nothing changed, if nobody may read it."""
    rows = tables.waiting_report
    row = connection.execute(select(rows).where(rows.c.id == report_id)).one()
    key = CaseKey(seed, 0)
    parsed = _parse(key, report_id, bytes(row.report_age))
    if parsed is None:
        # Its bytes and shares stay as they are: a later version may read it, and nothing is dropped.
        connection.execute(update(rows).where(rows.c.id == report_id).values(status="unreadable"))
        return Opening(None)
    envelope, report, opened_bytes = parsed
    readers = _first_readers(connection, desk, envelope)
    if not readers:
        return None
    labels = _wrong_labels(desk, envelope, (*wrong, *_damaged(connection, desk, report_id)))
    record = _record(desk, envelope, report, row.day)
    case = OpenCase(key, new_version(), record)
    for person in readers:
        case = grants.give_access(connection, desk, case, person, Basis.OPENING)
    names = ", ".join(person.label for person in readers)
    opened = Entry(EntryKind.OPENED, desk.now(), by=seat.person.person_id, after=names)
    case = add_entry(connection, case, opened)
    # Sealed anew: who copied the waiting report could otherwise tell which case it became (T3).
    insert_case(connection, case, age.seal(opened_bytes, [key.identity.recipient]))
    about = About(key, case.case_id, tuple(person.person_id for person in readers))
    detail = f"wrong share: {', '.join(labels)}" if labels else ""
    audit.append(connection, desk, seat, AuditAction.OPENED, detail, about)
    remove_waiting(connection, report_id)
    return Opening(case, labels)


def remove_waiting(connection: Connection, report_id: bytes) -> None:
    """Forget a waiting report and all its shares."""
    connection.execute(delete(tables.waiting_report).where(tables.waiting_report.c.id == report_id))
    for rows in (tables.share, tables.released, tables.tried):
        connection.execute(delete(rows).where(rows.c.report_id == report_id))


def _parse(key: CaseKey, report_id: bytes, report_age: bytes) -> tuple[ReportEnvelope, Report, bytes] | None:
    try:
        opened = age.open_sealed(report_age, [key.identity])
        envelope = parse_report(opened)
        report = Report.from_json(envelope.content)
    except (AgeError, SealedPartError, RejectedReportError):
        return None
    return (envelope, report, opened) if envelope.report_id == report_id else None


def _first_readers(connection: Connection, desk: Desk, envelope: ReportEnvelope) -> list[Person]:
    known = tables.known_manifest
    query = select(known.c.named).where(known.c.hash == envelope.manifest_hash)
    named = connection.execute(query).scalar()
    if named is None:
        # Whom the reporter could recuse is not known: the holders of shares are the fewest that can be meant.
        shown = frozenset(holder.label for holder in share_holders(desk.board.manifest, desk.kind))
    else:
        shown = frozenset(named.splitlines())
    return grants.first_readers(desk, read_people(connection), envelope.recusal, shown)


def _damaged(connection: Connection, desk: Desk, report_id: bytes) -> tuple[int, ...]:
    """The x of shares that did not even open: their holders tried, and they stand where they were filed."""
    share, tried = tables.share.c, tables.tried.c
    left = set(connection.scalars(select(share.x).where(share.report_id == report_id)))
    done = set(connection.scalars(select(tried.holder).where(tried.report_id == report_id)))
    holders = share_holders(desk.board.manifest, desk.kind)
    return tuple(each.x for each in holders if each.x in left and each.label in done)


def _wrong_labels(desk: Desk, envelope: ReportEnvelope, wrong: tuple[int, ...]) -> tuple[str, ...]:
    """Whose share did not fit, recused members aside: theirs is blank, and nobody is to learn that (T3)."""
    manifest = desk.board.manifest
    if envelope.manifest_hash != manifest.hash:
        return ()
    labels = {holder.x: holder.label for holder in manifest.holders}
    return tuple(labels[x] for x in wrong if x in labels and labels[x] not in envelope.recusal.labels)


def _record(desk: Desk, envelope: ReportEnvelope, report: Report, day: str) -> CaseRecord:
    answers = report.answers
    finding = assess(answers, ())
    return CaseRecord(
        case_id=os.urandom(CASE_ID_SIZE),
        report_id=envelope.report_id,
        thread_id=envelope.thread_id,
        reporter_recipient=envelope.reporter_recipient.to_bytes(),
        verification_key=envelope.verification_key,
        language=answers.language,
        group=answers.group,
        place_id=answers.place_id,
        place_state=answers.place_state,
        place_text=answers.place_text,
        opened_at=desk.now(),
        # The intake's day: what stands inside is the sender's word, and deadlines count from it.
        day=date.fromisoformat(day),
        taxonomy_version=taxonomy.load().version,
        consents=answers.consents,
        recusal=envelope.recusal,
        title=title_of(answers.story),
        urgency=finding.level,
        urgency_reasons=finding.reasons,
    )


def title_of(story: str) -> str:
    """The first words of a story on one line of at most TITLE_CHARS, cut between words if it has any."""
    line = " ".join(story.split())
    if len(line) <= TITLE_CHARS:
        return line
    cut = line[: TITLE_CHARS - 1]
    words = cut.rpartition(" ")[0]
    return (words if len(words) >= TITLE_CHARS // 2 else cut) + "…"
