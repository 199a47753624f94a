"""A case in the register: one sealed row, and entries whose ids only the facts key derives (T5)."""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, delete, insert, select, update

from crypto.errors import SealedPartError
from crypto.facts import CaseKey, open_fact, seal_fact
from crypto.strict_json import Json, encode_blob
from triage import labels, tables
from triage.case import CaseRecord
from triage.entry import Entry
from triage.errors import RegisterError, StaleCaseError, UnknownCaseError

_CASE, _ENTRY = "case", "entry"
_ID_SIZE = 16
_MAX_ENTRIES = 2**31
_MAX_QUIET = 8
# SQL engines refuse statements with too many values.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case in memory. ``replies`` are entry numbers; ``messages`` the ids of those that were attached.

    ``quiet``: earlier versions since which only the desk itself changed something, as in a slot round.
    """

    case_key: CaseKey = field(repr=False)
    version: int
    record: CaseRecord = field(repr=False)
    entries: int = 0
    replies: tuple[int, ...] = ()
    messages: frozenset[bytes] = frozenset()
    quiet: tuple[int, ...] = ()

    @property
    def case_id(self) -> bytes:
        return self.record.case_id


def new_version(old: int | None = None) -> int:
    """A random number other than the old one: versions are compared, never counted (T5)."""
    while (version := secrets.randbits(31)) == old:
        pass
    return version


def entry_id(case_key: CaseKey, number: int) -> bytes:
    """Where entry `number` of the case stands; without the facts key it is one random id among all."""
    data = labels.ENTRY_ID + number.to_bytes(4)
    return hmac.digest(case_key.facts_key, data, "sha256")[:_ID_SIZE]


def insert_case(connection: Connection, case: OpenCase, report_age: bytes) -> None:
    """Store a new case."""
    connection.execute(
        insert(tables.case_file).values(
            id=case.case_id, version=case.version, sealed=_seal(case), report_age=report_age
        )
    )


def update_case(
    connection: Connection,
    old: OpenCase,
    new: OpenCase,
    report_age: bytes | None = None,
    *,
    quiet: bool = False,
) -> OpenCase:
    """Store a changed case under a new version; StaleCaseError if the row is not the one that `old` was.

    `quiet`: nothing that a person could have decided on changed, so what they are writing still fits.
    """
    earlier = (*old.quiet, old.version)[-_MAX_QUIET:] if quiet else ()
    stored = replace(new, version=new_version(old.version), quiet=earlier)
    values: dict[str, int | bytes] = {"version": stored.version, "sealed": _seal(stored)}
    if report_age is not None:
        values["report_age"] = report_age
    rows = tables.case_file
    changed = connection.execute(
        update(rows).where(rows.c.id == old.case_id, rows.c.version == old.version).values(values)
    )
    if changed.rowcount != 1:
        raise StaleCaseError("somebody else changed the case meanwhile")
    return stored


def read_versions(connection: Connection) -> dict[bytes, int]:
    """The present version of every case."""
    rows = connection.execute(select(tables.case_file.c.id, tables.case_file.c.version))
    return {bytes(row.id): row.version for row in rows}


def load_case(connection: Connection, case_key: CaseKey, case_id: bytes) -> OpenCase | None:
    """The case under its id, or None if it is not there or the key is of another generation."""
    rows = tables.case_file
    row = connection.execute(select(rows.c.version, rows.c.sealed).where(rows.c.id == case_id)).first()
    return None if row is None else open_case(case_key, case_id, row.version, bytes(row.sealed))


def open_case(case_key: CaseKey, case_id: bytes, version: int, sealed: bytes) -> OpenCase | None:
    """A case from its sealed row, or None if the key does not open it."""
    try:
        fields = open_fact(case_key, case_id, _CASE, version, sealed)
        case = OpenCase(
            case_key=case_key,
            version=version,
            record=CaseRecord.from_json(fields.object("record")),
            entries=fields.integer("entries", 0, _MAX_ENTRIES),
            replies=tuple(_numbers(fields.text("replies", 10_000_000))),
            quiet=tuple(_numbers(fields.text("quiet", 1000))),
            messages=frozenset(_ids(fields.blob("messages"))),
        )
        fields.end()
    except SealedPartError:
        return None
    return case if case.case_id == case_id else None


def read_report_age(connection: Connection, case_id: bytes) -> bytes:
    """The sealed report of a case."""
    rows = tables.case_file
    data = connection.execute(select(rows.c.report_age).where(rows.c.id == case_id)).scalar()
    if data is None:
        raise UnknownCaseError("there is no such case")
    return bytes(data)


def add_entry(connection: Connection, case: OpenCase, entry: Entry) -> OpenCase:
    """Store the next entry; the returned case counts it and is to be stored by the caller."""
    numbered = replace(entry, number=case.entries + 1)
    connection.execute(insert(tables.entry).values(**_entry_row(case.case_key, case.case_id, numbered)))
    return replace(case, entries=numbered.number)


def read_entries(connection: Connection, case: OpenCase, numbers: Sequence[int] | None = None) -> list[Entry]:
    """Entries of a case by number, all of them by default, in order; one that is gone is left out."""
    wanted = range(1, case.entries + 1) if numbers is None else numbers
    ids = {entry_id(case.case_key, number): number for number in wanted}
    found: list[Entry] = []
    for batch in _batches(list(ids)):
        rows = connection.execute(select(tables.entry).where(tables.entry.c.id.in_(batch)))
        found += [_open_entry(case, ids[bytes(row.id)], bytes(row.sealed)) for row in rows]
    return sorted(found, key=lambda entry: entry.number)


def _open_entry(case: OpenCase, number: int, sealed: bytes) -> Entry:
    try:
        return Entry.from_json(open_fact(case.case_key, case.case_id, _ENTRY, number, sealed), number)
    except SealedPartError:
        raise RegisterError("an entry of this case is damaged: restore the last backup") from None


def replace_entries(connection: Connection, old: OpenCase, case_key: CaseKey) -> None:
    """Seal all entries of a case again under a key of the next generation, which also gives them new ids."""
    entries = read_entries(connection, old)
    for batch in _batches([entry_id(old.case_key, number) for number in range(1, old.entries + 1)]):
        connection.execute(delete(tables.entry).where(tables.entry.c.id.in_(batch)))
    for entry in entries:
        connection.execute(insert(tables.entry).values(**_entry_row(case_key, old.case_id, entry)))


def _entry_row(case_key: CaseKey, case_id: bytes, entry: Entry) -> dict[str, bytes]:
    sealed = seal_fact(case_key, case_id, _ENTRY, entry.number, entry.to_json())
    return {"id": entry_id(case_key, entry.number), "sealed": sealed}


def _seal(case: OpenCase) -> bytes:
    value: dict[str, Json] = {
        "record": case.record.to_json(),
        "entries": case.entries,
        "replies": " ".join(map(str, case.replies)),
        "quiet": " ".join(map(str, case.quiet)),
        "messages": encode_blob(b"".join(sorted(case.messages))),
    }
    return seal_fact(case.case_key, case.case_id, _CASE, case.version, value)


def _numbers(text: str) -> Iterable[int]:
    for word in text.split():
        if not word.isascii() or not word.isdigit():
            raise SealedPartError("replies", "not numbers")
        yield int(word)


def _ids(joined: bytes) -> Iterable[bytes]:
    return (joined[at : at + _ID_SIZE] for at in range(0, len(joined), _ID_SIZE))


def _batches(ids: list[bytes]) -> Iterable[list[bytes]]:
    return (ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH))
