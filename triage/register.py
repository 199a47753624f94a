"""The register: the database of the board, with its keys in a file (or schema) apart (protocol.md §6)."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, delete, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from intake import database
from intake.database import StorageError, Trouble, open_engine, sqlite_path, trouble
from intake.schema import Part
from triage import tables
from triage.errors import DeskBusyError, RegisterError

_FILES: tuple[Part | None, ...] = (None, "keys")


@dataclass(frozen=True, slots=True)
class Register:
    """An open register; ``lock`` is the file that keeps a second desk out, -1 for none."""

    engine: Engine
    lock: int = -1

    def close(self) -> None:
        """Give the files back."""
        self.engine.dispose()
        if self.lock >= 0:
            os.close(self.lock)


def open_register(url: str, keys_url: str, *, exclusive: bool = False) -> Register:
    """Open the register, made from schema.sql when it is new. DeskBusyError if another desk has it."""
    try:
        engine = open_engine(url, create_part="register", attach={"keys": keys_url})
    except StorageError as error:
        raise RegisterError(str(error)) from None
    return Register(engine, _lock(engine) if exclusive else -1)


def _lock(engine: Engine) -> int:
    path = sqlite_path(engine)
    if path is None:
        return -1  # PostgreSQL serves several desks; they see each other's versions
    handle = os.open(path.with_name(path.name + ".desk"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        engine.dispose()
        raise DeskBusyError("another desk has this register open") from None
    return handle


@contextmanager
def writing(register: Register) -> Iterator[Connection]:
    """A transaction on register and keys together: all of it or none."""
    try:
        with database.writing(register.engine) as connection:
            if connection.dialect.name == "postgresql":
                # SQLite has one writer; the audit chain needs the same here: its head is read, then extended.
                connection.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
            yield connection
    except (StorageError, SQLAlchemyError, sqlite3.Error) as error:
        raise _plain(error) from None


@contextmanager
def reading(register: Register) -> Iterator[Connection]:
    """A transaction that sees one state of the register."""
    try:
        with database.reading(register.engine) as connection:
            yield connection
    except (StorageError, SQLAlchemyError, sqlite3.Error) as error:
        raise _plain(error) from None


def _plain(error: StorageError | SQLAlchemyError | sqlite3.Error) -> RegisterError:
    # A new connection is set up outside SQLAlchemy's own errors, so the driver's may come out of it.
    return RegisterError(f"the register: {trouble(error)}", full=trouble(error) is Trouble.FULL)


def tidy(register: Register) -> None:
    """Rewrite SQLite files in the order of their random keys: file offsets tell the order of writes (T5).

    PostgreSQL keeps that order in its own way; there the disk must be encrypted.
    """
    if register.engine.dialect.name != "sqlite":
        return
    try:
        for part in _FILES:
            database.vacuum(register.engine, part)
    except (SQLAlchemyError, sqlite3.Error) as error:
        if trouble(error) is not Trouble.BUSY:
            raise RegisterError(f"the register: {trouble(error)}") from None
        # Somebody reads a file just now; the next round does it.


def set_milestone(connection: Connection, name: str, day: date) -> None:
    """Remember the last day of a collection or of a slot round."""
    connection.execute(delete(tables.milestone).where(tables.milestone.c.name == name))
    connection.execute(insert(tables.milestone).values(name=name, day=day.isoformat()))


def get_milestone(connection: Connection, name: str) -> date | None:
    """The last day of a collection or of a slot round."""
    day = connection.execute(select(tables.milestone.c.day).where(tables.milestone.c.name == name)).scalar()
    return None if day is None else date.fromisoformat(day)
