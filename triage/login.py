"""Login: a passphrase opens an identity file for as long as it takes to take a seat (DESK, "People")."""

from sqlalchemy import Connection, insert, select

from crypto import signing
from crypto.errors import AgeError, IdentityFileError, SealedPartError
from crypto.hybrid import HybridIdentity
from crypto.identity_file import PersonKeys, open_identity_file
from crypto.opening import open_desk_key, seal_desk_key
from triage import audit, grants, messages, tables
from triage.audit import AuditAction
from triage.desk import Desk, Seat
from triage.errors import LockedError, LoginError, PersonError
from triage.people import Person, read_people
from triage.register import reading, writing


def login(desk: Desk, label: str, passphrase: str) -> Seat:
    """Take a seat. LoginError never says what was wrong, and an unknown label costs the same work.

    A second factor belongs between the keys and the seat: by then nothing has been written.
    """
    person, keys = _unlock(desk, label, passphrase)
    _check_key(keys, person)
    seat = Seat(person, keys.signing_seed, keys.vault_key, desk.clock())
    with desk.lock:
        with writing(desk.register) as connection:
            grants.accept(connection, seat, keys.lasting)
            seat.cases.update(grants.load_cases(connection, seat))
            _share_desk_key(connection, desk, seat, keys.lasting)
            audit.append(connection, desk, seat, AuditAction.LOGIN)
        desk.sit(seat)
        messages.deliver(desk)
    return seat


def unlock_keys(desk: Desk, seat: Seat, passphrase: str) -> PersonKeys:
    """The person's keys once more, for one act; LoginError if the passphrase is wrong."""
    desk.require(seat)
    return _unlock(desk, seat.person.label, passphrase)[1]


def desk_seed(desk: Desk, label: str, passphrase: str) -> bytes:
    """The key that signs for the desk, for one command; LoginError, or LockedError if they have none."""
    person, keys = _unlock(desk, label, passphrase)
    rows = tables.desk_key
    with reading(desk.register) as connection:
        query = select(rows.c.sealed).where(rows.c.person_id == person.person_id)
        stored = connection.execute(query).scalar()
    for sealed in filter(None, (stored, desk.desk_key_file)):
        seed = _try_desk_key(desk, bytes(sealed), keys.lasting)
        if seed is not None:
            return seed
    raise LockedError(f"{label} has not got the desk key")


def _unlock(desk: Desk, label: str, passphrase: str) -> tuple[Person, PersonKeys]:
    refusal = LoginError("label or passphrase is wrong")
    with reading(desk.register) as connection:
        people = {person.label: person for person in read_people(connection)}
        person = people.get(label)
        # Somebody's file is tried for an unknown label too: the work must not tell who has a login.
        tried = person or next(iter(people.values()), None)
        if tried is None:
            raise refusal
        file = connection.execute(
            select(tables.identity.c.sealed).where(tables.identity.c.person_id == tried.person_id)
        ).scalar()
    try:
        keys = open_identity_file(bytes(file or b""), passphrase)
    except IdentityFileError:
        raise refusal from None
    if person is None or not person.active or keys.lasting.recipient.to_bytes() != person.recipient:
        raise refusal
    return person, keys


def _check_key(keys: PersonKeys, person: Person) -> None:
    """The key that the audit chain is checked with must be the one that only this passphrase gives."""
    if signing.verification_key(keys.signing_seed) != person.verification_key:
        raise PersonError(f"the register's key of {person.label} is not theirs: call an auditor")


def _share_desk_key(connection: Connection, desk: Desk, seat: Seat, lasting: HybridIdentity) -> None:
    """Learn the key that signs slots, and hand it to everyone who reads and has not got it yet."""
    if not seat.person.reads:
        return
    rows = tables.desk_key
    stored = {bytes(row.person_id): bytes(row.sealed) for row in connection.execute(select(rows))}
    seed = desk.desk_seed
    for sealed in (stored.get(seat.person.person_id), desk.desk_key_file):
        if seed is None and sealed is not None:
            seed = _try_desk_key(desk, sealed, lasting)
    if seed is None:
        return
    desk.desk_seed = seed
    for person in read_people(connection):
        if person.reads and person.person_id not in stored and person.reachable:
            sealed = seal_desk_key(seed, desk.board.manifest.board_id, [person.sealed_to()])
            connection.execute(insert(rows).values(person_id=person.person_id, sealed=sealed))


def _try_desk_key(desk: Desk, sealed: bytes, lasting: HybridIdentity) -> bytes | None:
    try:
        return open_desk_key(sealed, desk.board.manifest, [lasting])
    except (AgeError, SealedPartError):
        return None
