"""schema.sql and the tables in code say the same, on both engines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, create_engine, event, inspect
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeEngine

from intake.database import open_engine
from intake.schema import Part, load
from intake.tables import drop_tables
from tests.servers import PostgreSQL
from triage.tables import register_tables

PARTS: list[tuple[Part, MetaData]] = [("drop", drop_tables), ("register", register_tables)]
Described = dict[str, dict[str, object]]


def describe(engine: Engine) -> Described:
    """Everything that a database knows of its tables, with the spelling of rules made one."""
    inspector = inspect(engine)
    found: Described = {}
    schemas = [schema for schema in ("keys",) if schema in inspector.get_schema_names()]
    for schema in (None, *schemas):
        for name in inspector.get_table_names(schema=schema):
            found[f"{schema or 'main'}.{name}"] = {
                "columns": [
                    (column["name"], type_name(column["type"]), column["nullable"], column["default"])
                    for column in inspector.get_columns(name, schema)
                ],
                "key": inspector.get_pk_constraint(name, schema)["constrained_columns"],
                "key name": inspector.get_pk_constraint(name, schema)["name"],
                "checks": {
                    str(check["name"]): re.sub(r"::bytea|[()\s]", "", check["sqltext"]).lower()
                    for check in inspector.get_check_constraints(name, schema)
                },
                "uniques": sorted(
                    (str(unique["name"]), unique["column_names"])
                    for unique in inspector.get_unique_constraints(name, schema)
                ),
                "foreign": inspector.get_foreign_keys(name, schema),
                "indexes": sorted(str(index["name"]) for index in inspector.get_indexes(name, schema)),
                "options": inspector.get_table_options(name, schema)
                if engine.dialect.name == "sqlite"
                else {},
            }
    engine.dispose()
    return found


def type_name(found: TypeEngine[object]) -> str:
    """A domain counts as what it is of."""
    return str(found.data_type) if isinstance(found, DOMAIN) else str(found)


def sqlite_from_schema(folder: Path, part: Part) -> Engine:
    keys: dict[Part, str] = {"keys": str(folder / "schema-keys")} if part == "register" else {}
    return open_engine(str(folder / "schema"), create_part=part, attach=keys)


def sqlite_from_code(folder: Path, tables: MetaData) -> Engine:
    engine = create_engine(f"sqlite:///{folder / 'code'}")

    @event.listens_for(engine, "connect")
    def attach(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.cursor().execute("ATTACH DATABASE ? AS keys", (str(folder / "code-keys"),))

    tables.create_all(engine)
    return engine


@pytest.mark.parametrize(("part", "tables"), PARTS)
def test_sqlite_tables_are_those_in_code(tmp_path: Path, part: Part, tables: MetaData) -> None:
    found = describe(sqlite_from_schema(tmp_path, part))
    assert found == describe(sqlite_from_code(tmp_path, tables))
    assert {name.removeprefix("main.") for name in found} == set(tables.tables)


@pytest.mark.parametrize(("part", "tables"), PARTS)
def test_postgresql_tables_are_those_in_code(postgresql: PostgreSQL, part: Part, tables: MetaData) -> None:
    keys: dict[Part, str] = {"keys": ""} if part == "register" else {}
    schema = open_engine(postgresql.url(postgresql.new_database()), create_part=part, attach=keys)
    database = postgresql.new_database()
    postgresql.run(database, "CREATE SCHEMA keys")
    code = create_engine(postgresql.url(database))
    tables.create_all(code)
    found = describe(schema)
    assert found == describe(code)
    assert {name.removeprefix("main.") for name in found} == set(tables.tables)


@pytest.mark.parametrize(("part", "tables"), PARTS)
def test_both_engines_have_the_same_names_and_rules(
    tmp_path: Path, postgresql: PostgreSQL, part: Part, tables: MetaData
) -> None:
    keys: dict[Part, str] = {"keys": ""} if part == "register" else {}
    on_sqlite = describe(sqlite_from_schema(tmp_path, part))
    server = open_engine(postgresql.url(postgresql.new_database()), create_part=part, attach=keys)
    on_postgresql = describe(server)
    assert on_sqlite.keys() == on_postgresql.keys()
    for name, table in on_sqlite.items():
        other = on_postgresql[name]
        assert names_of(table) == names_of(other), name


def names_of(table: dict[str, object]) -> dict[str, object]:
    columns, checks = table["columns"], table["checks"]
    assert isinstance(columns, list)
    assert isinstance(checks, dict)
    return {
        "columns": [(name, nullable) for name, _, nullable, _ in columns],
        "checks": sorted(checks),
        "key": (table["key name"], table["key"]),
        "uniques": table["uniques"],
    }


@pytest.mark.parametrize(("part", "tables"), PARTS)
def test_no_table_has_a_hidden_counter_or_a_time(tmp_path: Path, part: Part, tables: MetaData) -> None:
    for name, table in describe(sqlite_from_schema(tmp_path, part)).items():
        assert table["options"] == {"sqlite_with_rowid": False, "sqlite_strict": True}, name
        columns = table["columns"]
        assert isinstance(columns, list)
        assert {kind for _, kind, _, _ in columns} <= {"BLOB", "TEXT", "INTEGER"}, name
    assert tables.tables


def test_no_foreign_key_crosses_the_parts() -> None:
    for part, other in (("drop", register_tables), ("register", drop_tables), ("keys", drop_tables)):
        text = " ".join(load(part, "postgresql"))  # type: ignore[arg-type]
        for name in other.tables:
            assert not re.search(rf"REFERENCES {name}\b", text)
