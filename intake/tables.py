"""The drop's tables, as /schema.sql makes them, and the few statements on them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import (
    Column,
    Connection,
    Delete,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Update,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from crypto.sealing import SealedReport
from intake.database import StorageError, Trouble, reading, trouble, writing

if TYPE_CHECKING:
    from intake.drop import DropMessage

    Job: TypeAlias = SealedReport | DropMessage

drop_tables = MetaData()

report = Table(
    "report",
    drop_tables,
    Column("id", LargeBinary, primary_key=True),
    Column("day", Text, nullable=False),
    Column("danger", Integer, nullable=False),
    Column("report_age", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
report_share = Table(
    "report_share",
    drop_tables,
    Column("report_id", LargeBinary, primary_key=True),
    Column("x", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
message = Table(
    "message",
    drop_tables,
    Column("id", LargeBinary, primary_key=True),
    Column("day", Text, nullable=False),
    Column("thread_id", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message_age", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
message_chunk = Table(
    "message_chunk",
    drop_tables,
    Column("message_id", LargeBinary, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
slot = Table(
    "slot",
    drop_tables,
    Column("thread_id", LargeBinary, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
seen_manifest = Table(
    "seen_manifest",
    drop_tables,
    Column("board_id", LargeBinary, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)


DIFFERS = StorageError("what was stored does not read back as it was sent")
Row = dict[str, bytes | str | int]


def commit_group(engine: Engine, jobs: Sequence[Job]) -> list[bool | StorageError]:
    """Insert the jobs in one durable transaction, then read each new row back by another connection.

    For each job: whether it was new, or why it is not stored. None is acknowledged sooner (protocol.md §5).
    """
    with reading(engine) as other:
        outcomes = _insert_group(engine, jobs)
        return [
            DIFFERS if outcome is True and not _is_stored(other, job) else outcome
            for job, outcome in zip(jobs, outcomes, strict=True)
        ]


def _insert_group(engine: Engine, jobs: Sequence[Job]) -> list[bool | StorageError]:
    try:
        with writing(engine) as connection:
            return [_insert(connection, job) for job in jobs]
    except (SQLAlchemyError, sqlite3.Error) as error:
        found = trouble(error)
        if len(jobs) == 1 or found in (Trouble.BUSY, Trouble.AWAY):
            return [StorageError(found, found) for _ in jobs]
    # One that does not fit must not take the others down.
    return [outcome for job in jobs for outcome in _insert_group(engine, [job])]


def _insert(connection: Connection, job: Job) -> bool | StorageError:
    """One job in a savepoint of its own: a row that is refused leaves the rest of the group as it is."""
    outcome: bool | StorageError
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        if isinstance(job, SealedReport):
            outcome = insert_report(connection, job)
        else:
            outcome = insert_message(connection, job)
            if not outcome and not _is_stored(connection, job):
                outcome = StorageError("another message has this id", Trouble.REFUSED)
    except SQLAlchemyError as error:
        if trouble(error) is not Trouble.REFUSED:
            raise
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
        outcome = StorageError(Trouble.REFUSED, Trouble.REFUSED)
    connection.exec_driver_sql("RELEASE SAVEPOINT job")
    return outcome


def _is_stored(connection: Connection, job: Job) -> bool:
    if isinstance(job, SealedReport):
        return is_report_stored(connection, job)
    return is_message_stored(connection, job)


def insert_new(connection: Connection, name: str, row: Row) -> bool:
    """Insert a row unless its key is taken; whether it was inserted. It asks for no right but INSERT."""
    table, engine = drop_tables.tables[name], connection.dialect.name
    insert_row = sqlite.insert(table) if engine == "sqlite" else postgresql.insert(table)
    statement = insert_row.values(row).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return connection.execute(statement).rowcount == 1


def insert_report(connection: Connection, sealed: SealedReport) -> bool:
    """Insert a report and its slot, the slot first; False, and nothing is written, if its thread is known."""
    if not insert_new(connection, "slot", {"thread_id": sealed.thread_id, "sealed": sealed.slot}):
        return False
    row = {
        "id": sealed.report_id,
        "day": sealed.day.isoformat(),
        "danger": int(sealed.danger),
        "report_age": sealed.report_age,
    }
    connection.execute(insert(report), row)
    shares = [
        {"report_id": sealed.report_id, "x": x, "sealed": y} for x, y in enumerate(sealed.shares, start=1)
    ]
    connection.execute(insert(report_share), shares)
    return True


def is_report_stored(connection: Connection, sealed: SealedReport) -> bool:
    """Whether a report and its slot stand in the database as they were handed over."""
    if read_slot(connection, sealed.thread_id) != sealed.slot:
        return False
    digest = report_digest(sealed.day, sealed.danger, sealed.report_age, sealed.shares)
    return stored_report_digest(connection, sealed.report_id) == digest


def insert_message(connection: Connection, new: DropMessage) -> bool:
    """Insert a message and its file; False, and nothing is written, if its id is known."""
    row: Row = {
        "id": new.message_id,
        "day": new.day.isoformat(),
        "thread_id": new.thread_id,
        "kind": new.kind,
        "message_age": new.message_age,
    }
    if not insert_new(connection, "message", row):
        return False
    chunks = [
        {"message_id": new.message_id, "number": number, "sealed": sealed}
        for number, sealed in enumerate(new.file_chunks)
    ]
    if chunks:
        connection.execute(insert(message_chunk), chunks)
    return True


def is_message_stored(connection: Connection, new: DropMessage) -> bool:
    """Whether a message and its file stand in the database as they were handed over."""
    digest = message_digest(new.day, new.kind, new.thread_id, new.message_age, new.file_chunks)
    return stored_message_digest(connection, new.message_id) == digest


def change(engine: Engine, statements: Sequence[tuple[Update | Delete, list[Row]]]) -> int:
    """Run statements in one transaction; how many rows they changed."""
    with writing(engine) as connection:
        return sum(connection.execute(statement, rows).rowcount for statement, rows in statements)


def read_slot(connection: Connection, thread_id: bytes) -> bytes | None:
    """The sealed slot of a thread."""
    if connection.dialect.name == "sqlite":
        return connection.scalar(select(slot.c.sealed).where(slot.c.thread_id == thread_id))
    return connection.scalar(select(func.drop_slot(thread_id, type_=LargeBinary)))


def count_waiting(connection: Connection) -> tuple[int, date | None]:
    """How many reports wait, and the oldest day among them."""
    if connection.dialect.name == "sqlite":
        query = select(func.count(), func.min(report.c.day)).select_from(report)
    else:
        waiting = func.drop_waiting().table_valued("reports", "oldest")
        query = select(waiting.c.reports, waiting.c.oldest)
    count, oldest = connection.execute(query).one()
    return int(count), date.fromisoformat(oldest) if oldest is not None else None


def report_digest(day: date, danger: bool, report_age: bytes, shares: Sequence[bytes]) -> bytes:
    """What drop_report_digest of schema.sql says of the same report, 32 bytes."""
    return _digest(f"{day.isoformat()}{int(danger)}".encode(), (report_age, *shares))


def message_digest(
    day: date, kind: str, thread_id: bytes, message_age: bytes, chunks: Sequence[bytes]
) -> bytes:
    """What drop_message_digest of schema.sql says of the same message, 32 bytes."""
    return _digest(f"{day.isoformat()}{kind}".encode() + thread_id, (message_age, *chunks))


def stored_report_digest(connection: Connection, report_id: bytes) -> bytes | None:
    """The digest of a report as it stands in the database."""
    if connection.dialect.name != "sqlite":
        return connection.scalar(select(func.drop_report_digest(report_id, type_=LargeBinary)))
    row = connection.execute(select(report).where(report.c.id == report_id)).one_or_none()
    if row is None:
        return None
    return report_digest(
        date.fromisoformat(row.day), bool(row.danger), row.report_age, shares_of(connection, report_id)
    )


def stored_message_digest(connection: Connection, message_id: bytes) -> bytes | None:
    """The digest of a message as it stands in the database."""
    if connection.dialect.name != "sqlite":
        return connection.scalar(select(func.drop_message_digest(message_id, type_=LargeBinary)))
    row = connection.execute(select(message).where(message.c.id == message_id)).one_or_none()
    if row is None:
        return None
    chunks = chunks_of(connection, message_id)
    return message_digest(date.fromisoformat(row.day), row.kind, row.thread_id, row.message_age, chunks)


def shares_of(connection: Connection, report_id: bytes) -> tuple[bytes, ...]:
    """The share files of a report in holder order."""
    query = select(report_share.c.sealed).where(report_share.c.report_id == report_id)
    return tuple(connection.scalars(query.order_by(report_share.c.x)))


def chunks_of(connection: Connection, message_id: bytes) -> tuple[bytes, ...]:
    """The pieces of a message's file in order."""
    query = select(message_chunk.c.sealed).where(message_chunk.c.message_id == message_id)
    return tuple(connection.scalars(query.order_by(message_chunk.c.number)))


def _digest(head: bytes, parts: Sequence[bytes]) -> bytes:
    return hashlib.sha256(head + b"".join(hashlib.sha256(part).digest() for part in parts)).digest()
