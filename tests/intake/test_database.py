"""Engines: every setting is in force on every file and connection, and errors are told in plain words."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from intake.database import StorageError, Trouble, open_engine, parse_url, reading, trouble, vacuum, writing
from intake.schema import load
from tests.conftest import need

ROOT = Path(__file__).parent.parent.parent
BOTH = ("main", "keys")
PER_FILE: dict[str, int | str] = {
    "journal_mode": "truncate",
    "synchronous": 3,
    "secure_delete": 1,
    "mmap_size": 0,
}
PER_CONNECTION: dict[str, int | str] = {
    "trusted_schema": 0,
    "temp_store": 2,
    "foreign_keys": 1,
    "cell_size_check": 1,
    "busy_timeout": 60_000,
}
INSERT = "INSERT INTO seen_manifest VALUES (:board, 1, :hash)"


def row(board: bytes = b"b" * 16) -> dict[str, bytes]:
    return {"board": board, "hash": b"h" * 32}


def test_settings_are_in_force_on_every_connection_and_file(tmp_path: Path) -> None:
    engine = open_engine(str(tmp_path / "a"), create_part="drop", attach={"keys": str(tmp_path / "keys")})
    with reading(engine) as first, reading(engine) as second:
        for connection in (first, second):
            for name, value in PER_CONNECTION.items():
                assert connection.scalar(text(f"PRAGMA {name}")) == value, name
            for file in BOTH:
                for name, value in PER_FILE.items():
                    assert connection.scalar(text(f"PRAGMA {file}.{name}")) == value, (file, name)
    engine.dispose()


def test_a_file_in_another_journal_mode_is_brought_back(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    engine = open_engine(str(tmp_path / "a"), create_part="drop")
    with writing(engine) as held:
        held.execute(text(INSERT), row())
    engine.dispose()
    assert {file.name for file in tmp_path.iterdir()} <= {"a", "a-journal"}


def test_a_setting_that_is_not_accepted_is_an_error(tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "a", isolation_level=None)
    holder.execute("PRAGMA journal_mode=WAL")
    holder.execute("CREATE TABLE x (y)")
    holder.execute("BEGIN")
    holder.execute("SELECT * FROM x").fetchall()
    with pytest.raises(StorageError) as caught:
        open_engine(str(tmp_path / "a"), create_part="drop", busy_milliseconds=1)
    assert str(tmp_path / "a") in str(caught.value) or "journal_mode" in str(caught.value)
    holder.close()


def test_files_and_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        engine = open_engine(str(tmp_path / "new" / "a"), create_part="drop")
        with writing(engine) as connection:
            connection.execute(text(INSERT), row())
    finally:
        os.umask(old)
    engine.dispose()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    for file in (tmp_path / "new").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


@pytest.mark.parametrize("prefix", ["", "sqlite:///"])
def test_a_path_and_a_url_open_the_same_file(tmp_path: Path, prefix: str) -> None:
    engine = open_engine(f"{prefix}{tmp_path / 'a'}", create_part="drop")
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM report")) == 0
    engine.dispose()
    assert (tmp_path / "a").is_file()


@pytest.mark.parametrize(
    "url", ["", ":memory:", "sqlite://", "mysql://host/name", "no such://", "postgresql:///"]
)
def test_what_names_no_database_of_ours_is_refused(url: str) -> None:
    with pytest.raises(StorageError):
        parse_url(url)


def test_nothing_is_made_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such file"):
        open_engine(str(tmp_path / "a"))
    assert list(tmp_path.iterdir()) == []


def test_tables_are_made_once(tmp_path: Path) -> None:
    for number in range(3):
        engine = open_engine(str(tmp_path / "a"), create_part="drop")
        with writing(engine) as connection:
            connection.execute(text(INSERT), row(bytes([number]) * 16))
            assert connection.scalar(text("SELECT count(*) FROM seen_manifest")) == number + 1
        engine.dispose()


def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a") as connection:
        connection.execute(load("drop", "sqlite")[0])
    connection.close()
    with pytest.raises(StorageError, match=r"another version: .*slot.* missing"):
        open_engine(str(tmp_path / "a"), create_part="drop")


def test_what_is_no_database_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"not a database at all, but long enough " * 30)
    with pytest.raises(StorageError, match="damaged") as caught:
        open_engine(str(tmp_path / "a"), create_part="drop")
    assert caught.value.trouble is Trouble.DAMAGED


def test_a_folder_that_cannot_be_made_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        open_engine(str(tmp_path / "file" / "a"), create_part="drop")


def test_a_server_that_does_not_answer_is_away_and_its_password_is_not_shown() -> None:
    with pytest.raises(StorageError) as caught:
        open_engine("postgresql+psycopg://user:canary@127.0.0.1:1/name")
    assert caught.value.trouble is Trouble.AWAY
    assert "canary" not in str(caught.value)


def test_errors_do_not_show_bound_values(tmp_path: Path) -> None:
    engine = open_engine(str(tmp_path / "a"), create_part="drop")
    with pytest.raises(DBAPIError) as caught, writing(engine) as connection:
        connection.execute(text(INSERT), row(b"canary"))
    engine.dispose()
    assert "canary" not in str(caught.value)
    assert trouble(caught.value) is Trouble.REFUSED


def test_a_text_does_not_pass_for_sealed_bytes(tmp_path: Path) -> None:
    engine = open_engine(str(tmp_path / "a"), create_part="drop")
    with pytest.raises(DBAPIError) as caught, writing(engine) as connection:
        connection.execute(text(INSERT), {"board": "b" * 16, "hash": b"h" * 32})
    engine.dispose()
    assert trouble(caught.value) is Trouble.REFUSED


def test_a_writer_takes_the_lock_at_its_beginning(tmp_path: Path) -> None:
    engine = open_engine(str(tmp_path / "a"), create_part="drop", busy_milliseconds=1)
    with writing(engine):
        with pytest.raises(DBAPIError) as caught, writing(engine):
            pass
        assert trouble(caught.value) is Trouble.BUSY
        with reading(engine) as reader:
            assert reader.scalar(text("SELECT count(*) FROM report")) == 0
    engine.dispose()


def test_an_error_rolls_everything_back(tmp_path: Path) -> None:
    engine = open_engine(str(tmp_path / "a"), create_part="drop")
    with pytest.raises(SQLAlchemyError), writing(engine) as connection:
        connection.execute(text(INSERT), row())
        connection.execute(text(INSERT), row())
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM seen_manifest")) == 0
    engine.dispose()


def test_a_vacuum_leaves_no_connection_with_other_settings(tmp_path: Path) -> None:
    engine = open_engine(str(tmp_path / "a"), create_part="drop", attach={"keys": str(tmp_path / "keys")})
    vacuum(engine)
    vacuum(engine, "keys")
    with reading(engine) as first, reading(engine) as second:
        assert {connection.scalar(text("PRAGMA temp_store")) for connection in (first, second)} == {2}
    engine.dispose()


def test_the_copy_of_a_vacuum_stands_beside_the_file(tmp_path: Path) -> None:
    need("strace")
    program = """
import sys
from intake.database import open_engine, vacuum, writing
engine = open_engine(sys.argv[1], create_part="drop", attach={"keys": sys.argv[2]})
for file in ("main", "keys"):
    with writing(engine) as connection:
        connection.exec_driver_sql(f"CREATE TABLE {file}.probe (x BLOB)")
        connection.exec_driver_sql(f"INSERT INTO {file}.probe VALUES (randomblob(9000000))")
    vacuum(engine, None if file == "main" else file)
"""
    files = [str(tmp_path / "one's" / "a"), str(tmp_path / "two" / "keys")]
    command = ["strace", "-f", "-e", "trace=openat", sys.executable, "-c", program, *files]
    result = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    copies = [Path(found) for found in re.findall(r'"([^"]*etilqs_[^"]*)"', result.stderr)]
    assert [copy.parent.name for copy in copies] == ["one's", "two"]


def test_a_change_over_two_files_is_all_or_nothing(tmp_path: Path) -> None:
    engine = open_engine(str(tmp_path / "a"), create_part="drop", attach={"keys": str(tmp_path / "keys")})
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE keys.probe (x BLOB)"))
    full = []

    @event.listens_for(engine, "connect")
    def limit(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA keys.max_page_count=4")
        cursor.close()

    engine.dispose()
    try:
        with writing(engine) as connection:
            connection.execute(text(INSERT), row())
            connection.execute(text("INSERT INTO keys.probe VALUES (zeroblob(100000))"))
    except SQLAlchemyError as error:
        full.append(trouble(error))
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM seen_manifest")) == 0
    engine.dispose()
    assert full == [Trouble.FULL]
