"""Columns and rules as the tables of the register repeat them from /schema.sql."""

from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, PrimaryKeyConstraint, Text


def blob(name: str, *, null: bool = False) -> Column[bytes]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=null)


def text(name: str) -> Column[str]:
    """A text that is always there."""
    return Column(name, Text, nullable=False)


def integer(name: str) -> Column[int]:
    """A number that is always there; never counted up by the database."""
    return Column(name, Integer, nullable=False, autoincrement=False)


def check(name: str, rule: str) -> CheckConstraint:
    """A named rule, word for word as in schema.sql."""
    return CheckConstraint(rule, name=name)


def size(table: str, column: str, size: int) -> CheckConstraint:
    """The column has exactly so many bytes."""
    return check(f"{table}_{column}_size", f"length({column}) = {size}")


def filled(table: str) -> CheckConstraint:
    """There is something in the sealed column."""
    return check(f"{table}_sealed_size", "length(sealed) >= 1")


def at_most(name: str, column: str, size: int) -> CheckConstraint:
    """The column has 1 to `size` bytes."""
    return check(name, f"length({column}) BETWEEN 1 AND {size}")


def day_form(table: str) -> CheckConstraint:
    """The column `day` is YYYY-MM-DD."""
    return check(f"{table}_day_form", "length(day) = 10 AND day LIKE '____-__-__'")


def flag(table: str, column: str) -> CheckConstraint:
    """0 or 1."""
    return check(f"{table}_{column}_flag", f"{column} IN (0, 1)")


def key(table: str, *columns: str) -> PrimaryKeyConstraint:
    """The primary key, of random bytes."""
    return PrimaryKeyConstraint(*columns, name=f"{table}_pkey")
