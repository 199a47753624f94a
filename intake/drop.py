"""The drop: sealed reports, messages and slots between intake and desk (protocol.md §5)."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from threading import Lock

from sqlalchemy import Delete, Engine, LargeBinary, Update, bindparam, delete, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from crypto.errors import ManifestError
from crypto.manifest import Manifest
from crypto.sealing import SealedReport
from intake import tables
from intake.database import (
    BUSY_MILLISECONDS,
    StorageError,
    Trouble,
    open_engine,
    parse_url,
    reading,
    sqlite_path,
    trouble,
    vacuum,
    writing,
)
from intake.filing import commit_group
from intake.schema import Part
from intake.space import Space
from intake.tables import Row
from intake.waiting import DropMessage, DropReport, Waiting
from intake.writer import GroupWriter, WriterClosedError

# Slots rewritten in one transaction: 8 MiB, so that reports can be filed in between.
_SLOT_GROUP = 256


class DropError(StorageError):
    """The drop did not do what was asked and acknowledged nothing; the text says why in plain words."""


class DropFullError(DropError):
    """There is no room: nothing is lost, try again later."""


class Filing(StrEnum):
    """What became of a report or message."""

    ACCEPTED = "accepted"
    ALREADY = "already"


_FILINGS = {True: Filing.ACCEPTED, False: Filing.ALREADY}


@dataclass(frozen=True, slots=True)
class DropOptions:
    """How a drop keeps house; the intake's configuration sets the ballast."""

    refuse_percent: int = 85
    ballast_bytes: int = 0
    vacuum_seconds: float = 3600
    busy_milliseconds: int = BUSY_MILLISECONDS


DEFAULT_OPTIONS = DropOptions()


def open_drop(url: str, options: DropOptions = DEFAULT_OPTIONS) -> Drop:
    """Open a drop; a missing SQLite file is made, PostgreSQL tables only by `resguardo drop create`."""
    with _plain_errors():
        create: Part | None = "drop" if parse_url(url).get_backend_name() == "sqlite" else None
        engine = open_engine(url, create_part=create, busy_milliseconds=options.busy_milliseconds)
    return Drop(engine, options)


class Drop:
    """One drop, safe for threads. DropError is all that leaves it, but for `check_manifest`."""

    def __init__(self, engine: Engine, options: DropOptions = DEFAULT_OPTIONS) -> None:
        self._engine = engine
        self._options = options
        path = sqlite_path(engine)
        self._space = Space(path, options.refuse_percent, options.ballast_bytes) if path else None
        self._writer: GroupWriter[SealedReport | DropMessage, Filing] = GroupWriter(
            self._commit, self._keep_house, idle_seconds=60
        )
        self._changing = Lock()
        self._vacuuming = Lock()
        self._last_vacuum = time.monotonic()
        self._written = False
        if self._space:
            self._space.keep_ballast()

    def file_report(self, sealed: SealedReport) -> Filing:
        """Store a new report with its slot; ALREADY, and nothing written, if its thread is known."""
        return self._submit(sealed)

    def add_message(self, message: DropMessage) -> Filing:
        """Store a message; ALREADY if its id is there: nobody else can know it (protocol.md §5)."""
        return self._submit(message)

    def read_slot(self, thread_id: bytes) -> bytes | None:
        """The sealed slot of a thread, 32,768 bytes; None for an unknown one."""
        with _plain_errors(), reading(self._engine) as connection:
            return tables.read_slot(connection, thread_id)

    def check_manifest(self, manifest: Manifest) -> None:
        """Remember the manifest; ManifestError if it is older than one that was seen here, or a twin."""
        seen = tables.seen_manifest
        query = select(seen.c.sequence, seen.c.hash).where(seen.c.board_id == manifest.board_id)
        row = Row(board_id=manifest.board_id, sequence=manifest.sequence, hash=manifest.hash)
        with _plain_errors(), self._changing, writing(self._engine) as connection:
            newest = connection.execute(query.order_by(seen.c.sequence.desc()).limit(1)).one_or_none()
            if newest is not None and manifest.sequence < newest.sequence:
                raise ManifestError(
                    f"manifest {newest.sequence} was in use here: {manifest.sequence} is older"
                )
            if newest is not None and manifest.sequence == newest.sequence and manifest.hash != newest.hash:
                raise ManifestError(f"there is another manifest {manifest.sequence}, which was in use here")
            last = newest.hash if newest is not None and manifest.sequence == newest.sequence + 1 else None
            if last not in (None, manifest.previous):
                raise ManifestError(f"manifest {manifest.sequence} does not follow the one in use here")
            tables.insert_new(connection, "seen_manifest", row)

    def waiting(self) -> Waiting:
        """What waits for the desk."""
        with _plain_errors(), reading(self._engine) as connection:
            return Waiting(*tables.count_waiting(connection))

    def maintain(self, now: float) -> bool:
        """Vacuum a SQLite drop with new rows each `vacuum_seconds`; `now` as time.monotonic counts."""
        if self._space is None or now - self._last_vacuum < self._options.vacuum_seconds:
            return False
        self._last_vacuum = now
        self._space.keep_ballast()
        if not self._written:
            return False
        self.vacuum()
        return True

    def report_ids(self) -> list[bytes]:
        """The ids of all waiting reports, in the order of the ids."""
        with _plain_errors(), reading(self._engine) as connection:
            return list(connection.scalars(select(tables.report.c.id).order_by(tables.report.c.id)))

    def get_report(self, report_id: bytes) -> DropReport:
        """A waiting report."""
        query = tables.report.select().where(tables.report.c.id == report_id)
        with _plain_errors(), reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
            shares = tables.shares_of(connection, report_id)
        if row is None:
            raise DropError("the report is not in the drop")
        return DropReport(report_id, tables.read_day(row.day), bool(row.danger), row.report_age, shares)

    def message_ids(self) -> list[bytes]:
        """The ids of all waiting messages, in the order of the ids."""
        with _plain_errors(), reading(self._engine) as connection:
            return list(connection.scalars(select(tables.message.c.id).order_by(tables.message.c.id)))

    def get_message(self, message_id: bytes) -> DropMessage:
        """A waiting message with its file."""
        query = tables.message.select().where(tables.message.c.id == message_id)
        with _plain_errors(), reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
            chunks = tables.chunks_of(connection, message_id)
        if row is None:
            raise DropError("the message is not in the drop")
        day = tables.read_day(row.day)
        return DropMessage(message_id, day, row.thread_id, row.kind, row.message_age, chunks)

    def delete(self, report_ids: Iterable[bytes], message_ids: Iterable[bytes]) -> None:
        """Delete reports and messages, all or none; unknown ids are passed over. Slots stay."""
        reports = [Row(key=key) for key in report_ids]
        messages = [Row(key=key) for key in message_ids]
        columns = (
            (tables.report_share.c.report_id, reports),
            (tables.report.c.id, reports),
            (tables.message_chunk.c.message_id, messages),
            (tables.message.c.id, messages),
        )
        key = bindparam("key", type_=LargeBinary)
        self._change([(delete(column.table).where(column == key), keys) for column, keys in columns if keys])

    def put_slots(self, slots: Iterable[tuple[bytes, bytes]]) -> int:
        """Rewrite the slots of known threads, in random order; how many there were."""
        key = tables.slot.c.thread_id == bindparam("key")
        statement = update(tables.slot).where(key).values(sealed=bindparam("new"))
        known = 0
        source = iter(slots)
        while group := [Row(key=thread_id, new=sealed) for thread_id, sealed in islice(source, _SLOT_GROUP)]:
            secrets.SystemRandom().shuffle(group)
            known += self._change([(statement, group)])
        return known

    def vacuum(self) -> None:
        """Rewrite the tables in the order of their keys, so that the order of arrival is gone (T1)."""
        if not self._vacuuming.acquire(blocking=False):
            raise DropError("the drop is being rewritten already")
        try:
            with _plain_errors(), self._changing:
                if self._space:
                    vacuum(self._engine)
                else:
                    with writing(self._engine) as connection:
                        connection.execute(text("SELECT drop_rewrite()"))
                self._written = False
        finally:
            self._vacuuming.release()

    def close(self) -> None:
        """Finish what was submitted and let go of the database."""
        self._writer.close()
        self._engine.dispose()

    def _submit(self, job: SealedReport | DropMessage) -> Filing:
        has_file = isinstance(job, DropMessage) and bool(job.file_chunks)
        if self._space and self._space.is_scarce(for_files=has_file):
            raise DropFullError("the disk is nearly full: nothing was stored, try again later")
        try:
            return self._writer.submit(job).result()
        except WriterClosedError as error:
            raise DropError(f"{error}: nothing was stored") from None

    def _commit(self, jobs: Sequence[SealedReport | DropMessage]) -> Sequence[Filing | Exception]:
        try:
            with self._changing:
                outcomes = commit_group(self._engine, jobs)
            self._written = True
        except (StorageError, SQLAlchemyError, sqlite3.Error) as error:
            return [_plain(error) for _ in jobs]
        return [_plain(new) if isinstance(new, StorageError) else _FILINGS[new] for new in outcomes]

    def _keep_house(self) -> None:
        # A vacuum that found no room or another at work is tried again in its next turn.
        with suppress(DropError):
            self.maintain(time.monotonic())

    def _change(self, statements: Sequence[tuple[Update | Delete, list[Row]]]) -> int:
        """A transaction of the desk, the ballast thrown off if it must be: how many rows it changed."""
        with _plain_errors(), self._changing:
            try:
                return tables.change(self._engine, statements)
            except SQLAlchemyError as error:
                if trouble(error) is not Trouble.FULL or not (self._space and self._space.release_ballast()):
                    raise
            return tables.change(self._engine, statements)


def _plain(error: StorageError | SQLAlchemyError | sqlite3.Error) -> DropError:
    if isinstance(error, DropError):
        return error
    kind = DropFullError if trouble(error) is Trouble.FULL else DropError
    return kind(str(error) if isinstance(error, StorageError) else trouble(error), trouble(error))


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except (StorageError, SQLAlchemyError, sqlite3.Error) as error:
        raise _plain(error) from None
