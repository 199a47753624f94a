"""schema.sql is read by part and engine, and a broken one is refused."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from intake import schema
from intake.schema import PARTS, SchemaError, load, select, statements

TEXT = """\
-- part: drop
CREATE TABLE a (id INTEGER)  -- why
-- only sqlite
STRICT
-- end
;
-- only postgresql
DO $$ BEGIN
    PERFORM 1;
END $$;
-- end
-- part: keys
CREATE TABLE keys.b (id INTEGER);
"""


@pytest.mark.parametrize(
    ("part", "engine", "expected"),
    [
        ("drop", "sqlite", ["CREATE TABLE a (id INTEGER)\nSTRICT\n"]),
        ("drop", "postgresql", ["CREATE TABLE a (id INTEGER)\n", "DO $$ BEGIN\n    PERFORM 1;\nEND $$"]),
        ("keys", "sqlite", ["CREATE TABLE keys.b (id INTEGER)"]),
        ("register", "sqlite", []),
    ],
)
def test_a_part_and_an_engine_get_their_own_lines(part: str, engine: str, expected: list[str]) -> None:
    found = list(statements(select(TEXT, part, engine)))
    assert [text.rstrip() for text in found] == [text.rstrip() for text in expected]


@pytest.mark.parametrize(
    "text",
    [
        "-- part: drop\n-- only sqlite\n",
        "-- part: drop\n-- end\n",
        "-- part: drop\n-- only sqlite\n-- only postgresql\n-- end\n-- end\n",
        "-- part: drop\n-- only sqlite\n-- part: keys\n-- end\n",
        "-- part: drop\nCREATE TABLE a (id INTEGER)\n",
        "-- part: drop\nDO $$ BEGIN;\n",
    ],
)
def test_marks_that_do_not_match_are_refused(text: str) -> None:
    with pytest.raises(SchemaError):
        list(statements(select(text, "drop", "sqlite")))


def test_every_part_of_ours_makes_a_database() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("ATTACH DATABASE ':memory:' AS keys")
        for part in PARTS:
            for statement in load(part, "sqlite"):
                connection.execute(statement)
        names = {name for (name,) in connection.execute("SELECT name FROM main.sqlite_schema")}
    connection.close()
    assert {"report", "report_share", "message", "message_chunk", "slot", "seen_manifest"} <= names


def test_no_key_is_a_counter_and_no_time_is_kept() -> None:
    for part in PARTS:
        text = " ".join(load(part, "sqlite")).upper()
        assert "AUTOINCREMENT" not in text
        assert "CURRENT_" not in text
        assert "TIMESTAMP" not in text


def test_an_installed_schema_is_found_under_the_prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "share" / "resguardo"
    installed.mkdir(parents=True)
    (installed / "schema.sql").write_text(TEXT)
    monkeypatch.setattr(schema, "__file__", str(tmp_path / "lib" / "intake" / "schema.py"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert load("keys", "sqlite") == ["CREATE TABLE keys.b (id INTEGER)"]
    (installed / "schema.sql").unlink()
    with pytest.raises(SchemaError, match="install again"):
        load("keys", "sqlite")
