"""Who gets a case key, and how it is kept and taken back (protocol.md §6, §8; T3, T4)."""

import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, insert, select, update

from crypto import age
from crypto.errors import AgeError, SealedPartError
from crypto.facts import CaseKey
from crypto.hybrid import HybridIdentity
from crypto.opening import Grant, open_grant, seal_grant, vault_unwrap, vault_wrap
from crypto.sealing import Recusal
from triage import attachments, labels, tables
from triage.case import Access, Basis
from triage.case_file import (
    OpenCase,
    entry_id,
    load_case,
    read_entries,
    read_report_age,
    replace_entries,
    update_case,
)
from triage.desk import Desk, Seat
from triage.people import Person, Role, named, share_recipient

GRANT_ID_SIZE = 16
SEED_SIZE = 32


def may_read(desk: Desk, person: Person, recusal: Recusal) -> bool:
    """Whether the person may ever get this case: a reader in the manifest whom nobody recused."""
    if not person.reads or person.label in recusal.labels:
        return False
    manifest = desk.board.manifest
    signed = share_recipient(manifest, desk.kind, person.label)
    if signed is None:
        shown = person.label in named(manifest, desk.kind)
        return shown and not recusal.members_only and person.reachable
    # The board signed this one's key: what the register says of it cannot send a case elsewhere (T3).
    return signed.to_bytes() == person.recipient


def first_readers(
    desk: Desk, people: Iterable[Person], recusal: Recusal, shown: frozenset[str]
) -> list[Person]:
    """Who gets a newly opened case: the triagers on duty, else the members; never anyone recused.

    `shown`: labels in the manifest that the report cites; whoever came later could not be recused.
    """
    able = [person for person in people if person.label in shown and may_read(desk, person, recusal)]
    triagers = [person for person in able if person.has(Role.TRIAGER)]
    return triagers or [person for person in able if person.has(Role.MEMBER)]


def give(connection: Connection, desk: Desk, person: Person, case_key: CaseKey, case_id: bytes) -> bytes:
    """Store a grant for the person and return its id; under the vault key at once if they are here."""
    grant = Grant(case_id, case_key.generation, case_key.seed)
    seats = desk.seats_of(person.person_id)
    if seats:
        holder, sealed = pseudonym(seats[0].vault_key), vault_wrap(seats[0].vault_key, grant)
    else:
        holder, sealed = None, seal_grant(person.sealed_to(), grant)
    grant_id = os.urandom(GRANT_ID_SIZE)
    connection.execute(insert(tables.case_grant).values(id=grant_id, holder=holder, sealed=sealed))
    return grant_id


def give_access(connection: Connection, desk: Desk, case: OpenCase, person: Person, basis: Basis) -> OpenCase:
    """The case with one more reader; the caller stores it."""
    grant_id = give(connection, desk, person, case.case_key, case.case_id)
    access = Access(person.person_id, grant_id, desk.today(), basis)
    record = replace(case.record, access=(*case.record.access, access))
    return replace(case, record=record)


def next_generation(
    connection: Connection, desk: Desk, case: OpenCase, changed: OpenCase, remaining: Sequence[Person]
) -> OpenCase:
    """Store `changed` under a new case key that only `remaining` get: a grant ends for good (protocol.md §6).

    What was read cannot be unread; what comes from now on is sealed to the new key.
    """
    old, key = case.case_key, CaseKey(os.urandom(SEED_SIZE), case.case_key.generation + 1)
    recipient = key.identity.recipient
    report_age = age.rewrap(read_report_age(connection, case.case_id), [old.identity], [recipient])
    for entry in read_entries(connection, changed):
        if entry.file is not None:
            new_id = entry_id(key, entry.number)
            attachments.rename(connection, entry_id(old, entry.number), new_id)
            attachments.rewrap(connection, new_id, [old.identity], recipient)
    replace_entries(connection, changed, key)
    forget(connection, [access.grant_id for access in case.record.access])
    before = {access.person_id: access for access in changed.record.access}
    access = tuple(
        replace(before[person.person_id], grant_id=give(connection, desk, person, key, case.case_id))
        for person in remaining
    )
    seeds = (*changed.record.former_seeds, old.seed)
    record = replace(changed.record, access=access, former_seeds=seeds)
    return update_case(connection, case, replace(changed, case_key=key, record=record), report_age)


def forget(connection: Connection, grant_ids: Sequence[bytes]) -> None:
    """Delete grants by id."""
    rows = tables.case_grant
    for grant_id in grant_ids:
        connection.execute(delete(rows).where(rows.c.id == grant_id))


def accept(connection: Connection, seat: Seat, lasting: HybridIdentity) -> None:
    """Take the new grants that open for this person under their vault key: later logins are fast."""
    rows = tables.case_grant
    fresh = connection.execute(select(rows.c.id, rows.c.sealed).where(rows.c.holder.is_(None))).all()
    for row in fresh:
        try:
            grant = open_grant(bytes(row.sealed), [lasting])
        except (AgeError, SealedPartError):
            continue  # somebody else's: nothing on the outside says whose
        wrapped = {"holder": pseudonym(seat.vault_key), "sealed": vault_wrap(seat.vault_key, grant)}
        connection.execute(update(rows).where(rows.c.id == bytes(row.id)).values(wrapped))


def load_cases(connection: Connection, seat: Seat) -> dict[bytes, OpenCase]:
    """Every case that the seat's grants open. One that opens nothing stays: ended grants are gone already.

    So it is of a damaged case, or of a register restored from a backup older than its keys: deleting it would
    lose the case for ever (T12).
    """
    rows = tables.case_grant
    mine = rows.c.holder == pseudonym(seat.vault_key)
    cases: dict[bytes, OpenCase] = {}
    seat.damaged = 0
    for sealed in connection.scalars(select(rows.c.sealed).where(mine)).all():
        try:
            grant = vault_unwrap(seat.vault_key, bytes(sealed))
        except SealedPartError:
            seat.damaged += 1
            continue
        case = load_case(connection, CaseKey(grant.seed, grant.generation), grant.case_id)
        if case is None:
            seat.damaged += 1
        else:
            cases[case.case_id] = case
    return cases


def pseudonym(vault_key: bytes) -> bytes:
    """Under what a person's grants stand: found by who has the vault key, and by nobody else (T5)."""
    return hmac.digest(vault_key, labels.GRANT_HOLDER, "sha256")[:16]


def readers(people: Iterable[Person], case: OpenCase) -> list[Person]:
    """The people with access to a case."""
    ids = {access.person_id for access in case.record.access}
    return [person for person in people if person.person_id in ids]
