"""The tables of the register and its keys as SQLAlchemy Core knows them; /schema.sql is the authority."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

KEYS_SCHEMA = "keys"
_MAX_SEALED = 2097152
_MAX_CHUNK = 1048576
_MAX_SHARE = 16384

register_tables = MetaData()


def _blob(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=null)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _integer(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, autoincrement=False)


def _check(name: str, rule: str) -> CheckConstraint:
    return CheckConstraint(rule, name=name)


def _size(table: str, column: str, size: int) -> CheckConstraint:
    return _check(f"{table}_{column}_size", f"length({column}) = {size}")


def _filled(table: str) -> CheckConstraint:
    return _check(f"{table}_sealed_size", "length(sealed) >= 1")


def _at_most(name: str, column: str, size: int) -> CheckConstraint:
    return _check(name, f"length({column}) BETWEEN 1 AND {size}")


def _day_form(table: str) -> CheckConstraint:
    return _check(f"{table}_day_form", "length(day) = 10 AND day LIKE '____-__-__'")


def _flag(table: str, column: str) -> CheckConstraint:
    return _check(f"{table}_{column}_flag", f"{column} IN (0, 1)")


def _key(table: str, *columns: str) -> PrimaryKeyConstraint:
    return PrimaryKeyConstraint(*columns, name=f"{table}_pkey")


person = Table(
    "person",
    register_tables,
    _blob("id"),
    _text("label"),
    _text("roles"),
    _integer("active"),
    _blob("verification_key"),
    _blob("recipient"),
    _size("person", "id", 16),
    UniqueConstraint("label", name="person_label_once"),
    _check("person_label_length", "length(label) BETWEEN 1 AND 64"),
    _check("person_roles_length", "length(roles) BETWEEN 1 AND 100"),
    _flag("person", "active"),
    _size("person", "verification_key", 32),
    _size("person", "recipient", 1216),
    _key("person", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

known_manifest = Table(
    "known_manifest",
    register_tables,
    _blob("hash"),
    _integer("sequence"),
    _integer("threshold"),
    _text("named"),
    _size("known_manifest", "hash", 32),
    _check("known_manifest_sequence_range", "sequence >= 0"),
    _check("known_manifest_threshold_range", "threshold BETWEEN 1 AND 255"),
    _key("known_manifest", "hash"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

milestone = Table(
    "milestone",
    register_tables,
    _text("name"),
    _text("day"),
    _check("milestone_name_known", "name IN ('collection', 'round')"),
    _day_form("milestone"),
    _key("milestone", "name"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

seen_report = Table(
    "seen_report",
    register_tables,
    _blob("id"),
    _size("seen_report", "id", 16),
    _key("seen_report", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

waiting_report = Table(
    "waiting_report",
    register_tables,
    _blob("id"),
    _text("day"),
    _integer("danger"),
    _text("status"),
    _blob("report_age"),
    _size("waiting_report", "id", 16),
    _day_form("waiting_report"),
    _flag("waiting_report", "danger"),
    _check("waiting_report_status_known", "status IN ('waiting', 'unopenable', 'unreadable')"),
    _at_most("waiting_report_size", "report_age", _MAX_SEALED),
    _key("waiting_report", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

waiting_message = Table(
    "waiting_message",
    register_tables,
    _blob("id"),
    _text("day"),
    _blob("thread_id"),
    _text("kind"),
    _blob("message_age"),
    _size("waiting_message", "id", 16),
    _day_form("waiting_message"),
    _size("waiting_message", "thread_id", 32),
    _check("waiting_message_kind_known", "kind IN ('text', 'file', 'consent', 'withdrawal')"),
    _at_most("waiting_message_size", "message_age", _MAX_SEALED),
    _key("waiting_message", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

waiting_chunk = Table(
    "waiting_chunk",
    register_tables,
    _blob("message_id"),
    _integer("number"),
    _blob("sealed"),
    _check("waiting_chunk_id_size", "length(message_id) = 16"),
    _check("waiting_chunk_number_range", "number >= 0"),
    _at_most("waiting_chunk_size", "sealed", _MAX_CHUNK),
    _key("waiting_chunk", "message_id", "number"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

case_file = Table(
    "case_file",
    register_tables,
    _blob("id"),
    _integer("version"),
    _blob("sealed"),
    _blob("report_age"),
    _size("case_file", "id", 16),
    _check("case_file_version_range", "version >= 0"),
    _filled("case_file"),
    _at_most("case_file_report_size", "report_age", _MAX_SEALED),
    _key("case_file", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

entry = Table(
    "entry",
    register_tables,
    _blob("id"),
    _blob("sealed"),
    _size("entry", "id", 16),
    _filled("entry"),
    _key("entry", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

attachment = Table(
    "attachment",
    register_tables,
    _blob("id"),
    _integer("number"),
    _blob("sealed"),
    _size("attachment", "id", 16),
    _check("attachment_number_range", "number >= 0"),
    _at_most("attachment_sealed_size", "sealed", _MAX_CHUNK),
    _key("attachment", "id", "number"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

audit = Table(
    "audit",
    register_tables,
    _integer("number"),
    _text("day"),
    _blob("person_id", null=True),
    _blob("previous"),
    _blob("commitment"),
    _blob("signature", null=True),
    _blob("sealed"),
    _check("audit_number_range", "number >= 1"),
    _day_form("audit"),
    _size("audit", "person_id", 16),
    _size("audit", "previous", 32),
    _size("audit", "commitment", 32),
    _size("audit", "signature", 64),
    _check("audit_signed", "person_id IS NULL OR signature IS NOT NULL"),
    _key("audit", "number"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

identity = Table(
    "identity",
    register_tables,
    _blob("person_id"),
    _blob("sealed"),
    _size("identity", "person_id", 16),
    _filled("identity"),
    _key("identity", "person_id"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

desk_key = Table(
    "desk_key",
    register_tables,
    _blob("person_id"),
    _blob("sealed"),
    _size("desk_key", "person_id", 16),
    _filled("desk_key"),
    _key("desk_key", "person_id"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

share = Table(
    "share",
    register_tables,
    _blob("report_id"),
    _integer("x"),
    _blob("sealed"),
    _size("share", "report_id", 16),
    _check("share_x_range", "x BETWEEN 1 AND 255"),
    _at_most("share_sealed_size", "sealed", _MAX_SHARE),
    _key("share", "report_id", "x"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

released = Table(
    "released",
    register_tables,
    _blob("report_id"),
    _integer("x"),
    _text("holder"),
    _blob("sealed"),
    _size("released", "report_id", 16),
    _check("released_x_range", "x BETWEEN 1 AND 255"),
    _at_most("released_sealed_size", "sealed", _MAX_SHARE),
    _key("released", "report_id", "x", "holder"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

tried = Table(
    "tried",
    register_tables,
    _blob("report_id"),
    _text("holder"),
    _size("tried", "report_id", 16),
    _key("tried", "report_id", "holder"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

case_grant = Table(
    "case_grant",
    register_tables,
    _blob("id"),
    _blob("holder", null=True),
    _blob("sealed"),
    _size("case_grant", "id", 16),
    _size("case_grant", "holder", 16),
    _filled("case_grant"),
    _key("case_grant", "id"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
