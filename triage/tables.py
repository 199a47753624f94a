"""The tables of the register and its keys as SQLAlchemy Core knows them; /schema.sql is the authority."""

from sqlalchemy import MetaData, Table, UniqueConstraint

from triage.columns import at_most, blob, check, day_form, filled, flag, integer, key, size, text

KEYS_SCHEMA = "keys"
_MAX_SEALED = 2097152
_MAX_CHUNK = 1048576
_MAX_SHARE = 16384

register_tables = MetaData()

person = Table(
    "person",
    register_tables,
    blob("id"),
    text("label"),
    text("roles"),
    integer("active"),
    blob("verification_key"),
    blob("recipient"),
    size("person", "id", 16),
    UniqueConstraint("label", name="person_label_once"),
    check("person_label_length", "length(label) BETWEEN 1 AND 64"),
    check("person_roles_length", "length(roles) BETWEEN 1 AND 100"),
    flag("person", "active"),
    size("person", "verification_key", 32),
    size("person", "recipient", 1216),
    key("person", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

known_manifest = Table(
    "known_manifest",
    register_tables,
    blob("hash"),
    integer("sequence"),
    integer("threshold"),
    text("named"),
    size("known_manifest", "hash", 32),
    check("known_manifest_sequence_range", "sequence >= 0"),
    check("known_manifest_threshold_range", "threshold BETWEEN 1 AND 255"),
    key("known_manifest", "hash"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

milestone = Table(
    "milestone",
    register_tables,
    text("name"),
    text("day"),
    check("milestone_name_known", "name IN ('collection', 'round')"),
    day_form("milestone"),
    key("milestone", "name"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

seen_report = Table(
    "seen_report",
    register_tables,
    blob("id"),
    size("seen_report", "id", 16),
    key("seen_report", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

waiting_report = Table(
    "waiting_report",
    register_tables,
    blob("id"),
    text("day"),
    integer("danger"),
    text("status"),
    blob("report_age"),
    size("waiting_report", "id", 16),
    day_form("waiting_report"),
    flag("waiting_report", "danger"),
    check("waiting_report_status_known", "status IN ('waiting', 'unopenable', 'unreadable')"),
    at_most("waiting_report_size", "report_age", _MAX_SEALED),
    key("waiting_report", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

waiting_message = Table(
    "waiting_message",
    register_tables,
    blob("id"),
    text("day"),
    blob("thread_id"),
    text("kind"),
    blob("message_age"),
    size("waiting_message", "id", 16),
    day_form("waiting_message"),
    size("waiting_message", "thread_id", 32),
    check("waiting_message_kind_known", "kind IN ('text', 'file', 'consent', 'withdrawal')"),
    at_most("waiting_message_size", "message_age", _MAX_SEALED),
    key("waiting_message", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

waiting_chunk = Table(
    "waiting_chunk",
    register_tables,
    blob("message_id"),
    integer("number"),
    blob("sealed"),
    check("waiting_chunk_id_size", "length(message_id) = 16"),
    check("waiting_chunk_number_range", "number >= 0"),
    at_most("waiting_chunk_size", "sealed", _MAX_CHUNK),
    key("waiting_chunk", "message_id", "number"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

case_file = Table(
    "case_file",
    register_tables,
    blob("id"),
    integer("version"),
    blob("sealed"),
    blob("report_age"),
    size("case_file", "id", 16),
    check("case_file_version_range", "version >= 0"),
    filled("case_file"),
    at_most("case_file_report_size", "report_age", _MAX_SEALED),
    key("case_file", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

entry = Table(
    "entry",
    register_tables,
    blob("id"),
    blob("sealed"),
    size("entry", "id", 16),
    filled("entry"),
    key("entry", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

attachment = Table(
    "attachment",
    register_tables,
    blob("id"),
    integer("number"),
    blob("sealed"),
    size("attachment", "id", 16),
    check("attachment_number_range", "number >= 0"),
    at_most("attachment_sealed_size", "sealed", _MAX_CHUNK),
    key("attachment", "id", "number"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

audit = Table(
    "audit",
    register_tables,
    integer("number"),
    text("day"),
    blob("person_id", null=True),
    blob("previous"),
    blob("commitment"),
    blob("signature", null=True),
    blob("sealed"),
    check("audit_number_range", "number >= 1"),
    day_form("audit"),
    size("audit", "person_id", 16),
    size("audit", "previous", 32),
    size("audit", "commitment", 32),
    size("audit", "signature", 64),
    check("audit_signed", "person_id IS NULL OR signature IS NOT NULL"),
    key("audit", "number"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

identity = Table(
    "identity",
    register_tables,
    blob("person_id"),
    blob("sealed"),
    size("identity", "person_id", 16),
    filled("identity"),
    key("identity", "person_id"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

desk_key = Table(
    "desk_key",
    register_tables,
    blob("person_id"),
    blob("sealed"),
    size("desk_key", "person_id", 16),
    filled("desk_key"),
    key("desk_key", "person_id"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

share = Table(
    "share",
    register_tables,
    blob("report_id"),
    integer("x"),
    blob("sealed"),
    size("share", "report_id", 16),
    check("share_x_range", "x BETWEEN 1 AND 255"),
    at_most("share_sealed_size", "sealed", _MAX_SHARE),
    key("share", "report_id", "x"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

released = Table(
    "released",
    register_tables,
    blob("report_id"),
    integer("x"),
    text("holder"),
    blob("sealed"),
    size("released", "report_id", 16),
    check("released_x_range", "x BETWEEN 1 AND 255"),
    at_most("released_sealed_size", "sealed", _MAX_SHARE),
    key("released", "report_id", "x", "holder"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

tried = Table(
    "tried",
    register_tables,
    blob("report_id"),
    text("holder"),
    size("tried", "report_id", 16),
    key("tried", "report_id", "holder"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

case_grant = Table(
    "case_grant",
    register_tables,
    blob("id"),
    blob("holder", null=True),
    blob("sealed"),
    size("case_grant", "id", 16),
    size("case_grant", "holder", 16),
    filled("case_grant"),
    key("case_grant", "id"),
    schema=KEYS_SCHEMA,
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
