"""Adding, listing and removing people (DESK, "People")."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crypto.errors import IdentityFileError
from crypto.identity_file import Card, make_person, seal_identity_file
from crypto.passphrase import generate_passphrase
from crypto.scrypt import DEFAULT_WORK_FACTOR
from triage import audit
from triage.audit import AuditAction
from triage.desk import Desk
from triage.errors import PersonError
from triage.people import (
    Person,
    Role,
    check_roles,
    deactivate,
    insert_person,
    labels_of,
    new_person_id,
    read_people,
    read_person,
    replace_identity,
    share_recipient,
)
from triage.register import reading, writing


@dataclass(frozen=True, slots=True)
class Added:
    """A new person; ``passphrase`` is set if it was made here, to be shown once and kept nowhere."""

    person: Person
    passphrase: str | None = field(default=None, repr=False)


def add_person(desk: Desk, card: Card, roles: frozenset[Role], identity_file: bytes) -> Person:
    """Add somebody who brings card and identity file; a member's card must be that of the manifest."""
    manifest = desk.board.manifest
    check_roles(manifest, desk.kind, card.label, roles)
    shared = share_recipient(manifest, desk.kind, card.label)
    if shared is not None and shared.to_bytes() != card.lasting.to_bytes():
        raise PersonError(f"the card of {card.label} is not the one that the board's manifest names")
    person = Person(
        person_id=new_person_id(),
        label=card.label,
        roles=roles,
        recipient=card.lasting.to_bytes(),
        verification_key=card.verification_key,
        active=True,
    )
    with desk.lock, writing(desk.register) as connection:
        insert_person(connection, person, identity_file)
        words = " ".join(sorted(roles))
        audit.append(connection, desk, None, AuditAction.PERSON_ADDED, f"{card.label}: {words}")
    return person


def make_and_add(
    desk: Desk,
    label: str,
    roles: frozenset[Role],
    passphrase: str | None = None,
    work_factor: int = DEFAULT_WORK_FACTOR,
) -> Added:
    """Add somebody whose keys are made here; without a passphrase one of six words is made too."""
    if share_recipient(desk.board.manifest, desk.kind, label) is not None:
        raise PersonError(f"{label} holds a share: give the identity file that was made with their card")
    words = generate_passphrase() if passphrase is None else passphrase
    try:
        keys = make_person(label, None)
        file = seal_identity_file(keys, words, work_factor)
    except IdentityFileError as error:
        raise PersonError(str(error)) from None
    person = add_person(desk, Card.of(keys), roles, file)
    return Added(person, words if passphrase is None else None)


def renew_person(desk: Desk, card: Card, identity_file: bytes) -> None:
    """Take a person's new identity file: more months for a member, or another passphrase."""
    person = _with_login(desk, card.label)
    if (card.lasting.to_bytes(), card.verification_key) != (person.recipient, person.verification_key):
        raise PersonError(
            f"that is another identity than {card.label} has here: it needs a label of its own, "
            "in the board's next manifest"
        )
    with desk.lock, writing(desk.register) as connection:
        replace_identity(connection, person.person_id, identity_file)
        audit.append(connection, desk, None, AuditAction.PERSON_RENEWED, card.label)


def list_people(desk: Desk) -> list[Person]:
    """Everyone, those who left too, in the order of their labels."""
    with reading(desk.register) as connection:
        return read_people(connection)


def find_person(desk: Desk, person_id: bytes) -> Person:
    """One person; PersonError if there is none."""
    with reading(desk.register) as connection:
        return read_person(connection, person_id)


def labels(desk: Desk) -> Mapping[bytes, str]:
    """Labels by person id."""
    return labels_of(list_people(desk))


def remove_person(desk: Desk, label: str) -> None:
    """End a person's login. Their grants end case by case: members see them on each case."""
    person = _with_login(desk, label)
    with desk.lock:
        with writing(desk.register) as connection:
            deactivate(connection, person.person_id)
            audit.append(connection, desk, None, AuditAction.PERSON_REMOVED, label)
        for seat in desk.seats_of(person.person_id):
            desk.leave(seat)


def _with_login(desk: Desk, label: str) -> Person:
    person = next((each for each in list_people(desk) if each.label == label), None)
    if person is None or not person.active:
        raise PersonError(f"there is no person {label} with a login")
    return person
