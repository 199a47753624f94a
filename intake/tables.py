"""The drop's tables, as /schema.sql makes them, and the few statements on them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    Column,
    Connection,
    Delete,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Update,
    bindparam,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from crypto.sealing import SealedReport
from intake.database import writing
from intake.waiting import DropMessage

drop_tables = MetaData()


def _table(  # type: ignore[explicit-any]  # SQLAlchemy's Table brings it along
    name: str, *items: Column[bytes] | Column[str] | Column[int], **checks: str
) -> Table:
    """A table; each of `checks` is named after it, and a column is null nowhere."""
    rules = [CheckConstraint(rule, name=f"{name}_{what}") for what, rule in checks.items()]
    key = PrimaryKeyConstraint(*(item.name for item in items if item.info), name=f"{name}_pkey")
    return Table(name, drop_tables, *items, key, *rules, sqlite_with_rowid=False, sqlite_strict=True)


def _blob(name: str, *, key: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False, info={"key": True} if key else {})


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _integer(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, autoincrement=False, info={"key": True} if key else {})


_DAY = "length(day) = 10 AND day LIKE '____-__-__'"

report = _table(
    "report",
    _blob("id", key=True),
    _text("day"),
    _integer("danger"),
    _blob("report_age"),
    id_size="length(id) = 16",
    day_form=_DAY,
    danger_flag="danger IN (0, 1)",
    size="length(report_age) BETWEEN 1 AND 2097152",
)
report_share = _table(
    "report_share",
    _blob("report_id", key=True),
    _integer("x", key=True),
    _blob("sealed"),
    id_size="length(report_id) = 16",
    x_range="x BETWEEN 1 AND 255",
    size="length(sealed) BETWEEN 1 AND 16384",
)
message = _table(
    "message",
    _blob("id", key=True),
    _text("day"),
    _blob("thread_id"),
    _text("kind"),
    _blob("message_age"),
    id_size="length(id) = 16",
    day_form=_DAY,
    thread_id_size="length(thread_id) = 32",
    kind_known="kind IN ('text', 'file', 'consent', 'withdrawal')",
    size="length(message_age) BETWEEN 1 AND 2097152",
)
message_chunk = _table(
    "message_chunk",
    _blob("message_id", key=True),
    _integer("number", key=True),
    _blob("sealed"),
    id_size="length(message_id) = 16",
    number_range="number >= 0",
    size="length(sealed) BETWEEN 1 AND 1048576",
)
slot = _table(
    "slot",
    _blob("thread_id", key=True),
    _blob("sealed"),
    thread_id_size="length(thread_id) = 32",
    size="length(sealed) = 32768",
)
seen_manifest = _table(
    "seen_manifest",
    _blob("board_id", key=True),
    _integer("sequence", key=True),
    _blob("hash"),
    board_id_size="length(board_id) = 16",
    sequence_range="sequence >= 0",
    hash_size="length(hash) = 32",
)

Row = dict[str, bytes | str | int]

# Statements are put together once: for a small row that costs more than running them.
_KEY: BindParameter[bytes] = bindparam("key", type_=LargeBinary)
_INSERT_NEW = {
    (engine, table.name): new(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    for engine, new in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
    for table in drop_tables.sorted_tables
}
_INSERT_REPORT, _INSERT_SHARES, _INSERT_CHUNKS = insert(report), insert(report_share), insert(message_chunk)
_READ_SLOT = {
    "sqlite": select(slot.c.sealed).where(slot.c.thread_id == _KEY),
    "postgresql": select(func.drop_slot(_KEY, type_=LargeBinary)),
}
_READ_REPORT = select(report).where(report.c.id == _KEY)
_READ_SHARES = (
    select(report_share.c.sealed).where(report_share.c.report_id == _KEY).order_by(report_share.c.x)
)


def insert_new(connection: Connection, name: str, row: Row) -> bool:
    """Insert a row unless its key is taken; whether it was inserted. It asks for no right but INSERT."""
    return connection.execute(_INSERT_NEW[connection.dialect.name, name], row).rowcount == 1


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
    connection.execute(_INSERT_REPORT, row)
    shares = [
        {"report_id": sealed.report_id, "x": x, "sealed": y} for x, y in enumerate(sealed.shares, start=1)
    ]
    connection.execute(_INSERT_SHARES, shares)
    return True


def is_report_stored(connection: Connection, sealed: SealedReport) -> bool:
    """Whether a report and its slot stand in the database as they were handed over.

    The report may have been collected since the commit: nobody else deletes, and its slot, which came in the
    same transaction, stays.
    """
    digest = report_digest(sealed.day, sealed.danger, sealed.report_age, sealed.shares)
    found = stored_report_digest(connection, sealed.report_id)
    return read_slot(connection, sealed.thread_id) == sealed.slot and found in (digest, None)


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
        connection.execute(_INSERT_CHUNKS, chunks)
    return True


def is_message_stored(connection: Connection, new: DropMessage) -> bool:
    """Whether a message and its file stand in the database as they were handed over.

    One that was collected since the commit counts, if at least its thread is in this database.
    """
    digest = message_digest(new.day, new.kind, new.thread_id, new.message_age, new.file_chunks)
    found = stored_message_digest(connection, new.message_id)
    return found == digest if found is not None else read_slot(connection, new.thread_id) is not None


def change(engine: Engine, statements: Sequence[tuple[Update | Delete, list[Row]]]) -> int:
    """Run statements in one transaction; how many rows they changed."""
    with writing(engine) as connection:
        return sum(connection.execute(statement, rows).rowcount for statement, rows in statements)


def read_slot(connection: Connection, thread_id: bytes) -> bytes | None:
    """The sealed slot of a thread."""
    return connection.scalar(_READ_SLOT[connection.dialect.name], {"key": thread_id})


def count_waiting(connection: Connection) -> tuple[int, date | None]:
    """How many reports wait, and the oldest day among them."""
    if connection.dialect.name == "sqlite":
        query = select(func.count(), func.min(report.c.day)).select_from(report)
    else:
        waiting = func.drop_waiting().table_valued("reports", "oldest")
        query = select(waiting.c.reports, waiting.c.oldest)
    count, oldest = connection.execute(query).one()
    return int(count), read_day(oldest) if oldest is not None else None


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
    row = connection.execute(_READ_REPORT, {"key": report_id}).one_or_none()
    if row is None:
        return None
    return report_digest(
        read_day(row.day), bool(row.danger), row.report_age, shares_of(connection, report_id)
    )


def stored_message_digest(connection: Connection, message_id: bytes) -> bytes | None:
    """The digest of a message as it stands in the database."""
    if connection.dialect.name != "sqlite":
        return connection.scalar(select(func.drop_message_digest(message_id, type_=LargeBinary)))
    row = connection.execute(select(message).where(message.c.id == message_id)).one_or_none()
    if row is None:
        return None
    chunks = chunks_of(connection, message_id)
    return message_digest(read_day(row.day), row.kind, row.thread_id, row.message_age, chunks)


def read_day(text: str) -> date:
    """The day of a row; one that no calendar has, and no table can refuse, becomes the first of all days."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


def shares_of(connection: Connection, report_id: bytes) -> tuple[bytes, ...]:
    """The share files of a report in holder order."""
    return tuple(connection.scalars(_READ_SHARES, {"key": report_id}))


def chunks_of(connection: Connection, message_id: bytes) -> tuple[bytes, ...]:
    """The pieces of a message's file in order."""
    query = select(message_chunk.c.sealed).where(message_chunk.c.message_id == message_id)
    return tuple(connection.scalars(query.order_by(message_chunk.c.number)))


def _digest(head: bytes, parts: Sequence[bytes]) -> bytes:
    return hashlib.sha256(head + b"".join(hashlib.sha256(part).digest() for part in parts)).digest()
