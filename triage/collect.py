"""Collect from the drop, exactly once: store, commit, and only then delete there (protocol.md §5, T12)."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, func, insert, select

from intake.bundle import BundleError, ImportedList, read_bundle
from intake.drop import DropError, DropMessage, DropReport
from triage import audit, messages, tables
from triage.audit import AuditAction
from triage.desk import Desk
from triage.errors import CollectError
from triage.register import reading, set_milestone, writing

# Reports, and messages with files of up to 10 MiB each, that are in memory at one time.
_REPORTS, _MESSAGES = 64, 8

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Collected:
    """What came in; ``refused`` were here before, or break the rules of the register."""

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
        done = Collected()
        for ids in _batches(drop.report_ids(), _REPORTS):
            done += _store(desk, [drop.get_report(report_id) for report_id in ids])
            drop.delete(ids, [])
        for ids in _batches(drop.message_ids(), _MESSAGES):
            done += _store(desk, [drop.get_message(message_id) for message_id in ids])
            drop.delete([], ids)
        if done != Collected():
            drop.vacuum()
    _finish(desk, done)
    return done


def import_bundle(desk: Desk, path: Path) -> tuple[Collected, ImportedList]:
    """Take in a bundle that was carried by hand; the ids in it are what the drop may be pruned of."""
    done, reports, messages_in = Collected(), list[bytes](), list[bytes]()
    try:
        items = read_bundle(path)
        while batch := list(islice(items, _MESSAGES)):
            done += _store(desk, batch)
            reports += [item.report_id for item in batch if isinstance(item, DropReport)]
            messages_in += [item.message_id for item in batch if isinstance(item, DropMessage)]
    except BundleError as error:
        raise CollectError(f"bundle: {error}") from None
    _finish(desk, done)
    return done, ImportedList(tuple(reports), tuple(messages_in))


def notice(desk: Desk) -> Notice:
    """Counts without content; how many reports wait in all is told to nobody (protocol.md §6)."""
    rows = tables.waiting_report
    query = select(rows.c.status, rows.c.danger, func.count()).group_by(rows.c.status, rows.c.danger)
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


def _finish(desk: Desk, done: Collected) -> None:
    with desk.lock:
        with writing(desk.register) as connection:
            set_milestone(connection, "collection", desk.today())
            if done != Collected():
                audit.append(connection, desk, None, AuditAction.COLLECTED)
        messages.deliver(desk)


def _store(desk: Desk, items: Sequence[DropReport | DropMessage]) -> Collected:
    done = Collected()
    with desk.lock, writing(desk.register) as connection:
        for item in items:
            if isinstance(item, DropReport):
                new = _store_report(connection, item)
                done += Collected(reports=int(new), refused=int(not new))
            else:
                new = _store_message(connection, item)
                done += Collected(messages=int(new), refused=int(not new))
    return done


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
    chunks = [
        {"message_id": message.message_id, "number": number, "sealed": sealed}
        for number, sealed in enumerate(message.file_chunks)
    ]
    if chunks:
        connection.execute(insert(tables.waiting_chunk), chunks)
    return True


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
