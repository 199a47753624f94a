"""The statements of /schema.sql for one part and one engine; the file's head says how it is written."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

Part = Literal["drop", "register", "keys"]
Engine = Literal["sqlite", "postgresql"]

PARTS: tuple[Part, ...] = ("drop", "register", "keys")


class SchemaError(ValueError):
    """schema.sql is missing or breaks its own rules: a broken installation."""


def load(part: Part, engine: Engine) -> list[str]:
    """The statements that make `part`, in order, without comments and final semicolons."""
    path = find_schema()
    return list(statements(select(path.read_text(encoding="utf-8"), part, engine)))


def find_schema() -> Path:
    """schema.sql beside the packages (a work tree) or where the wheel puts it."""
    places = (
        Path(__file__).parent.parent / "schema.sql",
        Path(sys.prefix) / "share" / "resguardo" / "schema.sql",
    )
    for place in places:
        if place.is_file():
            return place
    raise SchemaError("schema.sql is neither beside the packages nor under share/resguardo: install again")


def select(text: str, part: str, engine: str) -> list[str]:
    """The lines of `text` that belong to the part and are not for the other engine only."""
    lines: list[str] = []
    current, only = "", ""
    for line in text.splitlines():
        match line.split():
            case ["--", "part:", name]:
                _refuse(bool(only), f"part {name} begins inside 'only {only}'")
                current = name
            case ["--", "only", "sqlite" | "postgresql" as name]:
                _refuse(bool(only), f"'only {name}' inside 'only {only}'")
                only = name
            case ["--", "end"]:
                _refuse(not only, "'end' without 'only'")
                only = ""
            case _ if current == part and only in ("", engine):
                lines.append(line)
    _refuse(bool(only), f"'only {only}' without 'end'")
    return lines


def statements(lines: list[str]) -> Iterator[str]:
    """Split at semicolons that end a line; what stands between $$ signs is one piece."""
    statement: list[str] = []
    quoted = False
    for line in lines:
        code = line.partition("--")[0].rstrip()
        if not code:
            continue
        quoted ^= code.count("$$") % 2 == 1
        statement.append(code)
        if code.endswith(";") and not quoted:
            yield "\n".join(statement).removesuffix(";").rstrip()
            statement = []
    _refuse(bool(statement), "the last statement has no semicolon")


def _refuse(broken: bool, reason: str) -> None:
    if broken:
        raise SchemaError(f"schema.sql: {reason}")
