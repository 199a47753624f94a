"""Collect from the drop, exactly once: store, commit, and only then delete there (protocol.md §5, T12)."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import DBAPIError

from intake.bundle import BundleError, ImportedList, read_bundle
from intake.database import Trouble, trouble
from intake.drop import Drop, DropError, DropFullError
from intake.waiting import DropMessage, DropReport
from triage import audit, messages, tables
from triage.attachments import CHUNK_SIZE
from triage.audit import AuditAction
from triage.desk import Desk, Seat
from triage.errors import CollectError
from triage.people import Role
from triage.register import reading, set_milestone, writing

# Reports, and messages with files of up to 10 MiB each, that are in memory at one time.
_REPORTS, _MESSAGES = 64, 8
# Before it there was no board.
_EARLIEST = date(2020, 1, 1)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Collected:
    """What came in; ``refused`` were here before, or break the rules of the register and stay in the drop."""

    reports: int = 0
    messages: int = 0
    refused: int = 0

    def __add__(self, other: "Collected") -> "Collected":
        return Collected(
            self.reports + other.reports, self.messages + other.messages, self.refused + other.refused
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """The content-free notice that calls members: reports that say `danger now`, and what is owed a look."""

    danger_now: int
    unreadable: int
    unopenable: int


def collect(desk: Desk) -> Collected:
    """Take everything out of the drop. After a CollectError the next call goes on where this one ended."""
    drop = desk.drop
    if drop is None:
        raise CollectError("this desk has no drop: import bundles")
    with drop_errors():
        done, changed = Collected(), False
        for ids in _batches(drop.report_ids(), _REPORTS):
            stored, taken = _store(desk, [drop.get_report(report_id) for report_id in ids])
            _forget(drop, [item.report_id for item in taken if isinstance(item, DropReport)], [])
            done, changed = done + stored, changed or bool(taken)
        for ids in _batches(drop.message_ids(), _MESSAGES):
            stored, taken = _store(desk, [drop.get_message(message_id) for message_id in ids])
            _forget(drop, [], [item.message_id for item in taken if isinstance(item, DropMessage)])
            done, changed = done + stored, changed or bool(taken)
        if changed:
            # On a full disk it has no room for its copy; the intake's own turn makes up for it.
            with suppress(DropFullError):
                drop.vacuum()
    _finish(desk, changed)
    return done


def import_bundle(desk: Desk, path: Path) -> tuple[Collected, ImportedList]:
    """Take in a bundle that was carried by hand; the ids in it are what the drop may be pruned of."""
    done, reports, messages_in = Collected(), list[bytes](), list[bytes]()
    try:
        items = read_bundle(path)
        while batch := list(islice(items, _MESSAGES)):
            stored, taken = _store(desk, batch)
            done += stored
            reports += [item.report_id for item in taken if isinstance(item, DropReport)]
            messages_in += [item.message_id for item in taken if isinstance(item, DropMessage)]
    except BundleError as error:
        raise CollectError(f"bundle: {error}") from None
    _finish(desk, bool(reports or messages_in))
    return done, ImportedList(tuple(reports), tuple(messages_in))


def notice(desk: Desk, seat: Seat | None = None) -> Notice:
    """Counts without content; how many reports wait in all is told to nobody (protocol.md §6).

    For a seat: what calls this person. Only members can do anything about it, and none of them twice; others
    would see by a count that falls that there is a case they were kept from (T3).
    """
    if seat is not None and not seat.person.has(Role.MEMBER):
        return Notice(0, 0, 0)
    rows, tried = tables.waiting_report, tables.tried
    query = select(rows.c.status, rows.c.danger, func.count()).group_by(rows.c.status, rows.c.danger)
    if seat is not None:
        done = select(tried.c.report_id).where(tried.c.holder == seat.person.label)
        query = query.where((rows.c.status != "waiting") | rows.c.id.not_in(done))
    with reading(desk.register) as connection:
        counts = [(row[0], row[1], row[2]) for row in connection.execute(query)]
    return Notice(
        danger_now=sum(count for status, danger, count in counts if danger and status == "waiting"),
        unreadable=sum(count for status, _, count in counts if status == "unreadable"),
        unopenable=sum(count for status, _, count in counts if status == "unopenable"),
    )


@contextmanager
def drop_errors() -> Iterator[None]:
    """Turn what the drop says into the desk's own error."""
    try:
        yield
    except DropError as error:
        raise CollectError(f"drop: {error}") from None


def _forget(drop: Drop, report_ids: Sequence[bytes], message_ids: Sequence[bytes]) -> None:
    """Delete in the drop; one by one where a full disk has no room for the journal of all."""
    try:
        drop.delete(report_ids, message_ids)
    except DropFullError:
        if len(report_ids) + len(message_ids) < 2:
            raise
        for report_id in report_ids:
            drop.delete([report_id], [])
        for message_id in message_ids:
            drop.delete([], [message_id])


def _finish(desk: Desk, changed: bool) -> None:
    with desk.lock:
        with writing(desk.register) as connection:
            set_milestone(connection, "collection", desk.today())
            if changed:
                audit.append(connection, desk, None, AuditAction.COLLECTED)
        messages.deliver(desk)


def _store(
    desk: Desk, items: Sequence[DropReport | DropMessage]
) -> tuple[Collected, list[DropReport | DropMessage]]:
    """What came of the items, and those that the drop may forget: what the register refuses stays there."""
    done, taken = Collected(), list[DropReport | DropMessage]()
    with desk.lock, writing(desk.register) as connection:
        for item in items:
            new = _store_one(connection, desk, item)
            if new is not None:
                taken.append(item)
            done += Collected(
                reports=int(bool(new) and isinstance(item, DropReport)),
                messages=int(bool(new) and isinstance(item, DropMessage)),
                refused=int(not new),
            )
    return done, taken


def _store_one(connection: Connection, desk: Desk, item: DropReport | DropMessage) -> bool | None:
    """Whether it is new; None if it breaks a rule of the register: that must not stop the others (T8)."""
    plausible = replace(item, day=_plausible(item.day, desk.today()))
    try:
        with connection.begin_nested():
            if isinstance(plausible, DropReport):
                return _store_report(connection, plausible)
            return _store_message(connection, plausible)
    except DBAPIError as error:
        if trouble(error) is not Trouble.REFUSED:
            raise
        return None


def _plausible(day: date, today: date) -> date:
    """The drop's day, or today for one that no intake can have meant: deadlines are counted from it."""
    return day if _EARLIEST <= day <= today + timedelta(days=1) else today


def _store_report(connection: Connection, report: DropReport) -> bool:
    """Whether it is new: a report id comes in once in the life of the register."""
    seen = tables.seen_report
    if connection.execute(select(seen.c.id).where(seen.c.id == report.report_id)).first() is not None:
        return False
    connection.execute(insert(seen).values(id=report.report_id))
    connection.execute(
        insert(tables.waiting_report).values(
            id=report.report_id,
            day=report.day.isoformat(),
            danger=int(report.danger),
            status="waiting",
            report_age=report.report_age,
        )
    )
    shares = [
        {"report_id": report.report_id, "x": x, "sealed": sealed} for x, sealed in enumerate(report.shares, 1)
    ]
    if shares:
        connection.execute(insert(tables.share), shares)
    return True


def _store_message(connection: Connection, message: DropMessage) -> bool:
    """Whether it is new among those that wait; a repeat of an attached one is refused later, by its id."""
    rows = tables.waiting_message
    if connection.execute(select(rows.c.id).where(rows.c.id == message.message_id)).first() is not None:
        return False
    connection.execute(
        insert(rows).values(
            id=message.message_id,
            day=message.day.isoformat(),
            thread_id=message.thread_id,
            kind=message.kind,
            message_age=message.message_age,
        )
    )
    # Cut anew: crumbs of a byte would make work without end of one file.
    file = b"".join(message.file_chunks)
    chunks = [
        {"message_id": message.message_id, "number": number, "sealed": file[at : at + CHUNK_SIZE]}
        for number, at in enumerate(range(0, len(file), CHUNK_SIZE))
    ]
    if chunks:
        connection.execute(insert(tables.waiting_chunk), chunks)
    return True


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
