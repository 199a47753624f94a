"""Filing in groups: one durable commit for many, and each row read back before it is acknowledged (T12)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from crypto.sealing import SealedReport
from intake import tables
from intake.database import StorageError, Trouble, reading, trouble, writing
from intake.waiting import DropMessage

Job: TypeAlias = SealedReport | DropMessage

DIFFERS = StorageError("what was stored does not read back as it was sent")


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
            outcome = tables.insert_report(connection, job)
        else:
            outcome = tables.insert_message(connection, job)
    except SQLAlchemyError as error:
        if trouble(error) is not Trouble.REFUSED:
            raise
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT job")
        outcome = StorageError(Trouble.REFUSED, Trouble.REFUSED)
    connection.exec_driver_sql("RELEASE SAVEPOINT job")
    return outcome


def _is_stored(connection: Connection, job: Job) -> bool:
    if isinstance(job, SealedReport):
        return tables.is_report_stored(connection, job)
    return tables.is_message_stored(connection, job)
