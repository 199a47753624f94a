"""Engines for SQLite and PostgreSQL with the settings of protocol.md §5: set, then asserted by reading."""

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from intake.schema import PARTS, Part, load

BUSY_MILLISECONDS = 60_000

# For each file: what is set and what must be read back. The order matters: a lock may be waited for.
_FILE_PRAGMAS = (
    ("journal_mode", "TRUNCATE", "truncate"),
    ("synchronous", "EXTRA", 3),
    ("secure_delete", "ON", 1),
)
_PRAGMAS = (
    ("trusted_schema", "OFF", 0),
    ("temp_store", "MEMORY", 2),
    ("foreign_keys", "ON", 1),
    ("cell_size_check", "ON", 1),
)
# What PostgreSQL must say. Times of commits would be times of reports (T1); the rest keeps what we
# acknowledge (T12).
_SERVER_SETTINGS = {
    "synchronous_commit": "on",
    "track_commit_timestamp": "off",
    "fsync": "on",
    "full_page_writes": "on",
}


class Trouble(StrEnum):
    """What a database error means to us; the value is the sentence for people."""

    FULL = "the disk is full"
    BUSY = "the database is busy"
    DAMAGED = "the database is damaged: stop, keep a copy of the file, and restore the last backup"
    REFUSED = "a row breaks the rules of the database"
    FORBIDDEN = "the database does not let us do this: check the owner and rights of its file, or the role"
    AWAY = "the database cannot be reached"
    OTHER = "the database failed"


class StorageError(RuntimeError):
    """A database cannot be opened, made or used as it must be; the text says why in plain words."""

    def __init__(self, reason: str, trouble: Trouble = Trouble.OTHER) -> None:
        super().__init__(reason)
        self.trouble = trouble


_SQLITE_TROUBLES = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
    sqlite3.SQLITE_CONSTRAINT: Trouble.REFUSED,
    sqlite3.SQLITE_READONLY: Trouble.FORBIDDEN,
    sqlite3.SQLITE_PERM: Trouble.FORBIDDEN,
    sqlite3.SQLITE_CANTOPEN: Trouble.AWAY,
}
# By the first characters of SQLSTATE (PostgreSQL manual, appendix A).
_POSTGRESQL_TROUBLES = {
    "53100": Trouble.FULL,
    "55P03": Trouble.BUSY,
    "40": Trouble.BUSY,
    "XX001": Trouble.DAMAGED,
    "XX002": Trouble.DAMAGED,
    "22": Trouble.REFUSED,
    "23": Trouble.REFUSED,
    "42501": Trouble.FORBIDDEN,
    "08": Trouble.AWAY,
    "53": Trouble.AWAY,
    "57P": Trouble.AWAY,
}


def trouble(error: StorageError | SQLAlchemyError | sqlite3.Error) -> Trouble:
    """What an error of the database means."""
    if isinstance(error, StorageError):
        return error.trouble
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        code: object = getattr(cause, "sqlite_errorcode", None)
        return _SQLITE_TROUBLES.get(code & 0xFF, Trouble.OTHER) if isinstance(code, int) else Trouble.OTHER
    state: object = getattr(cause, "sqlstate", None)
    if not isinstance(state, str):
        return (
            Trouble.AWAY if isinstance(error, OperationalError) else Trouble.OTHER  # no server: no state
        )
    return next(
        (found for prefix, found in _POSTGRESQL_TROUBLES.items() if state.startswith(prefix)), Trouble.OTHER
    )


def open_engine(
    url: str,
    *,
    create_part: Part | None = None,
    attach: Mapping[Part, str] | None = None,
    busy_milliseconds: int = BUSY_MILLISECONDS,
) -> Engine:
    """An engine on a path, a sqlite:/// URL or a postgresql+psycopg:// URL; StorageError says what is wrong.

    `create_part` makes the tables of that part where there are none. `attach` names further SQLite files,
    each by the part it holds, which is also its schema; in PostgreSQL that part is a schema of the same
    database and the path is not looked at.
    """
    attached = dict(attach or {})
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        paths = {part: _path(parse_url(other)) for part, other in attached.items()}
        for path in (_path(parsed), *paths.values()):
            _prepare_file(path, create=create_part is not None)
        engine = _sqlite_engine(parsed, paths, busy_milliseconds)
    else:
        engine = _postgresql_engine(parsed)
    try:
        with writing(engine) as connection:
            for part in (create_part, *attached) if create_part else ():
                _create(connection, part)
    except (SQLAlchemyError, sqlite3.Error) as error:
        engine.dispose()
        name = _unreadable(parsed, attached) or _name(parsed)
        raise StorageError(f"{name}: {trouble(error)}", trouble(error)) from None
    return engine


def parse_url(text: str) -> URL:
    """The URL of a database; a plain path is a SQLite file."""
    try:
        url = make_url(text) if "://" in text else URL.create("sqlite", database=text)
    except ArgumentError:
        raise StorageError("the database's URL cannot be read") from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise StorageError("a database is a SQLite file or a postgresql+psycopg:// URL")
    if not url.database or url.database == ":memory:":
        raise StorageError("the database's URL names no database")
    return url


def sqlite_path(engine: Engine) -> Path | None:
    """The file of a SQLite engine."""
    return _path(engine.url) if engine.dialect.name == "sqlite" else None


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that takes the write lock at its beginning, so that none fails half-way for another."""
    with (
        engine.connect().execution_options(resguardo_begin="BEGIN IMMEDIATE") as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database and is rolled back."""
    with engine.connect() as connection:
        yield connection


def vacuum(engine: Engine, schema: Part | None = None) -> None:
    """Rewrite a SQLite file in the order of its keys; its copy stands on disk, not in memory."""
    name = schema or "main"
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("SELECT file FROM pragma_database_list WHERE name = ?", (name,))
        folder = str(Path(*(cursor.fetchone() or ())).parent).replace("'", "''")
        # Beside the file: SQLite's own choice, /var/tmp, may stand on a disk that is not encrypted (T1).
        cursor.execute(f"PRAGMA temp_store_directory='{folder}'")
        cursor.execute("PRAGMA temp_store=FILE")
        cursor.execute(f"VACUUM {name}")
        cursor.close()
    finally:
        # Not back into the pool: this one connection has another temp_store than protocol.md §5 asks for.
        raw.invalidate()
        raw.close()


def _path(url: URL) -> Path:
    return Path(url.database or "").absolute()


def _name(url: URL) -> str:
    return url.render_as_string(hide_password=True) if url.get_backend_name() != "sqlite" else str(_path(url))


def _unreadable(url: URL, attached: Mapping[Part, str]) -> str | None:
    """The first of several SQLite files that does not open: the one to restore."""
    if url.get_backend_name() != "sqlite":
        return None
    for path in (_path(url), *(_path(parse_url(other)) for other in attached.values())):
        try:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.Error:
            return str(path)
    return None


def _prepare_file(path: Path, *, create: bool) -> None:
    """Make the file before SQLite does, so that it is never readable by others, and its folder durable."""
    if path.is_file():
        return
    if not create:
        raise StorageError(f"{path}: there is no such file")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from None


def _sqlite_engine(url: URL, attached: Mapping[Part, Path], busy_milliseconds: int) -> Engine:
    arguments = {"timeout": busy_milliseconds / 1000, "check_same_thread": False}
    engine = create_engine(url, hide_parameters=True, echo=False, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # or the driver would begin transactions of its own
        cursor = connection.cursor()
        for part, path in attached.items():
            cursor.execute(f"ATTACH DATABASE ? AS {part}", (str(path),))
        wanted = [(f"{file}.{name}", *rest) for file in ("main", *attached) for name, *rest in _FILE_PRAGMAS]
        wanted += [(f"{file}.mmap_size", 0, 0) for file in ("main", *attached)]
        wanted += [*_PRAGMAS, ("busy_timeout", busy_milliseconds, busy_milliseconds)]
        for name, value, expected in wanted:
            cursor.execute(f"PRAGMA {name}={value}")
            row = cursor.execute(f"PRAGMA {name}").fetchone()
            if row != (expected,):
                raise StorageError(f"SQLite did not accept PRAGMA {name}={value}: it says {row}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(str(connection.get_execution_options().get("resguardo_begin", "BEGIN")))

    return engine


def _postgresql_engine(url: URL) -> Engine:
    arguments = {"options": "-c synchronous_commit=on"}
    engine = create_engine(url, hide_parameters=True, echo=False, pool_pre_ping=True, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def check_settings(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for name, expected in _SERVER_SETTINGS.items():
            cursor.execute("SELECT current_setting(%s)", (name,))
            row = cursor.fetchone()
            if row != (expected,):
                raise StorageError(f"PostgreSQL must have {name}={expected}: it says {row}")
        cursor.close()
        connection.rollback()

    return engine


def _create(connection: Connection, part: Part) -> None:
    """Make the tables of a part if none of them is there; a part of them is somebody else's database."""
    engine = "sqlite" if connection.dialect.name == "sqlite" else "postgresql"
    if engine == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:number)"), {"number": 7_235_141_000 + PARTS.index(part)}
        )
    statements = load(part, "sqlite" if engine == "sqlite" else "postgresql")
    wanted = set(re.findall(r'CREATE TABLE (?:\w+\.)?"?(\w+)', "\n".join(statements)))
    there = wanted & set(inspect(connection).get_table_names(schema="keys" if part == "keys" else None))
    if there and there != wanted:
        raise StorageError(
            f"the tables of {part} are of another version: {', '.join(sorted(wanted - there))} missing"
        )
    if there:
        return
    for statement in statements:
        connection.execution_options(no_parameters=True).exec_driver_sql(statement)
