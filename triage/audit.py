"""The audit chain: who did what on which day, verifiable by all, readable by auditors (protocol.md §6).

Action and detail of an entry are sealed to the auditors and hold no content; its case shows only as a
commitment, so that nobody learns from it of a case they must not know of (T3). Cutting off the newest entries
leaves a chain that verifies: only a head that was noted elsewhere shows that.
"""

import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from crypto import age, signing
from crypto.errors import AgeError, SealedPartError
from crypto.hybrid import HybridIdentity, HybridRecipient
from crypto.manifest import SignedManifest
from crypto.strict_json import Fields, canonical
from triage import tables
from triage.audit_entry import About, AuditEntry, commit_to, genesis
from triage.config import DeskKind
from triage.desk import Desk, Seat
from triage.errors import BrokenAuditError, LockedError
from triage.people import Role, read_people
from triage.register import Register, reading

# One size for every entry: what was done is not readable from its length.
_SEALED_TEXT = 1024
_MAX_DETAIL = 200


class AuditAction(StrEnum):
    """What an entry is about."""

    PERSON_ADDED = "person_added"
    PERSON_REMOVED = "person_removed"
    PERSON_RENEWED = "person_renewed"
    LOGIN = "login"
    COLLECTED = "collected"
    EXPORTED = "exported"
    UNLOCKED = "unlocked"
    OPENED = "opened"
    VIEW = "view"
    DOWNLOAD = "download"
    CHANGE = "change"
    GRANT = "grant"
    GRANT_ENDED = "grant_ended"
    MESSAGES = "messages"
    ROUND = "round"


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry as an auditor reads it; ``person`` is a label, or empty for the desk itself."""

    number: int
    day: str
    person: str
    action: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many entries hold, and the hash of the last one: note it elsewhere to see later cuts."""

    entries: int
    head: bytes


def append(
    connection: Connection,
    desk: Desk,
    seat: Seat | None,
    action: AuditAction,
    detail: str = "",
    about: About | None = None,
) -> int:
    """Add an entry in the caller's transaction and return its number; without a seat the desk itself acts."""
    newest = select(tables.audit).order_by(tables.audit.c.number.desc()).limit(1)
    row = connection.execute(newest).first()
    last = None if row is None else AuditEntry.from_row(row)
    number = 1 if last is None else last.number + 1
    entry = AuditEntry(
        number=number,
        day=desk.today().isoformat(),
        person_id=None if seat is None else seat.person.person_id,
        previous=genesis(desk.board.manifest.board_id) if last is None else last.hash,
        commitment=os.urandom(32) if about is None else commit_to(about, number),
        sealed=_seal(connection, desk, action, detail),
    )
    # The desk collects while its key is locked too: that entry is chained, and the next signature covers it.
    seed = desk.desk_seed if seat is None else seat.signing_seed
    if seat is not None and not seed:
        raise LockedError("this seat is locked: log in again")
    if seed is not None:
        entry = replace(entry, signature=signing.sign(seed, entry.signed_bytes()))
    values = {name: getattr(entry, name) for name in tables.audit.c.keys()}  # noqa: SIM118 - columns iterate as columns
    connection.execute(insert(tables.audit).values(values))
    return number


def verify(register: Register, board: SignedManifest, noted: tuple[int, bytes] | None = None) -> Verified:
    """Check numbers, links and signatures of the whole chain; BrokenAuditError names the first bad entry.

    `noted` is a number and hash kept from an earlier check: that entry must still be the same.
    """
    with reading(register) as connection:
        keys = {person.person_id: person.verification_key for person in read_people(connection)}
        head, number = genesis(board.manifest.board_id), 0
        for row in connection.execute(select(tables.audit).order_by(tables.audit.c.number)):
            entry, number = AuditEntry.from_row(row), number + 1
            key = board.manifest.desk_key if entry.person_id is None else keys.get(entry.person_id)
            if entry.number != number or entry.previous != head or not entry.holds(key):
                raise BrokenAuditError(number)
            head = entry.hash
            if noted is not None and noted[0] == number and noted[1] != head:
                raise BrokenAuditError(number)
    if noted is not None and noted[0] > number:
        raise BrokenAuditError(number + 1)
    return Verified(number, head)


def discloses(register: Register, number: int, about: About) -> bool:
    """Whether entry `number` is about that case and those people: a proof for somebody who may know it."""
    with reading(register) as connection:
        committed = select(tables.audit.c.commitment).where(tables.audit.c.number == number)
        stored = connection.execute(committed).scalar()
    return stored is not None and hmac.compare_digest(bytes(stored), commit_to(about, number))


def read_lines(
    connection: Connection, identities: Sequence[HybridIdentity], first: int, count: int
) -> list[AuditLine]:
    """Entries from `first` on; what was sealed before the reader was an auditor has no action and detail."""
    people = {person.person_id: person.label for person in read_people(connection)}
    chain = tables.audit
    rows = connection.execute(
        select(chain).where(chain.c.number >= first).order_by(chain.c.number).limit(count)
    )
    lines = []
    for entry in map(AuditEntry.from_row, rows):
        action, detail = _open(entry.sealed, identities)
        label = "" if entry.person_id is None else people.get(entry.person_id, "?")
        lines.append(AuditLine(entry.number, entry.day, label, action, detail))
    return lines


def _recipients(connection: Connection, desk: Desk) -> list[HybridRecipient]:
    auditors = [person.sealed_to() for person in read_people(connection) if person.has(Role.AUDITOR)]
    if auditors:
        return auditors
    manifest = desk.board.manifest
    if desk.kind is DeskKind.WATCHERS:
        return [watcher.recipient for watcher in manifest.watchers]
    return [member.lasting for member in manifest.members]


def _seal(connection: Connection, desk: Desk, action: AuditAction, detail: str) -> bytes:
    body = canonical({"kind": "audit", "version": 1, "action": action.value, "detail": detail[:_MAX_DETAIL]})
    return age.seal(body.ljust(_SEALED_TEXT), _recipients(connection, desk))


def _open(sealed: bytes, identities: Sequence[HybridIdentity]) -> tuple[str, str]:
    try:
        fields = Fields.from_bytes(age.open_sealed(sealed, identities), "audit")
        return fields.text("action", _MAX_DETAIL), fields.text("detail", _MAX_DETAIL)
    except (AgeError, SealedPartError):
        return "", ""
