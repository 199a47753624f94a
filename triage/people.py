"""Everyone with a desk login, their roles, and what adding them needs (DESK, "People")."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection, Row, insert, select, update

from crypto.errors import RecipientError
from crypto.hybrid import HybridRecipient
from crypto.manifest import Holder, Manifest
from triage import tables
from triage.config import DeskKind
from triage.errors import PersonError

PERSON_ID_SIZE = 16


class Role(StrEnum):
    """What a person can do; one may hold several."""

    MEMBER = "member"
    TRIAGER = "triager"
    INVESTIGATOR = "investigator"
    AUDITOR = "auditor"
    ADMIN = "admin"


# Whoever can come to read a report must stand in the manifest, or no reporter could recuse them (T3).
CONTENT_ROLES = frozenset({Role.MEMBER, Role.TRIAGER, Role.INVESTIGATOR})


@dataclass(frozen=True, slots=True)
class Person:
    """A reviewer; the audit chain is checked with ``verification_key``."""

    person_id: bytes
    label: str
    roles: frozenset[Role]
    recipient: bytes = field(repr=False)
    verification_key: bytes = field(repr=False)
    active: bool

    def has(self, role: Role) -> bool:
        """Whether the person holds the role and has not left."""
        return self.active and role in self.roles

    @property
    def reads(self) -> bool:
        """Whether the person may hold grants at all."""
        return self.active and not CONTENT_ROLES.isdisjoint(self.roles)

    @property
    def reachable(self) -> bool:
        """Whether a thing can be sealed to them: one damaged row must not stop what others read (T12)."""
        try:
            self.sealed_to()
        except PersonError:
            return False
        return True

    def sealed_to(self) -> HybridRecipient:
        """Their recipient as a key."""
        try:
            return HybridRecipient.from_bytes(self.recipient)
        except RecipientError:
            raise PersonError(f"the register's recipient of {self.label} is damaged") from None


def named(manifest: Manifest, kind: DeskKind) -> frozenset[str]:
    """The labels that this desk's manifest shows to reporters and that may come to read here."""
    if kind is DeskKind.WATCHERS:
        return frozenset(watcher.label for watcher in manifest.watchers)
    return frozenset(member.label for member in manifest.members) | frozenset(manifest.staff)


def share_holders(manifest: Manifest, kind: DeskKind) -> tuple[Holder, ...]:
    """Who holds shares at this desk, with their x."""
    wanted = "watcher" if kind is DeskKind.WATCHERS else "member"
    return tuple(holder for holder in manifest.holders if holder.kind == wanted)


def share_recipient(manifest: Manifest, kind: DeskKind, label: str) -> HybridRecipient | None:
    """The lasting recipient of a holder of shares at this desk, from the manifest."""
    if kind is DeskKind.WATCHERS:
        return next((each.recipient for each in manifest.watchers if each.label == label), None)
    return next((each.lasting for each in manifest.members if each.label == label), None)


def check_roles(manifest: Manifest, kind: DeskKind, label: str, roles: frozenset[Role]) -> None:
    """Refuse roles that the manifest does not back."""
    if not roles:
        raise PersonError("a person needs a role")
    if not CONTENT_ROLES.isdisjoint(roles) and label not in named(manifest, kind):
        raise PersonError(
            f"{label} does not stand in the board's manifest, so no reporter could recuse them: "
            "sign a manifest with them as member or staff first"
        )
    if Role.MEMBER in roles and share_recipient(manifest, kind, label) is None:
        raise PersonError(f"{label} holds no share in the board's manifest")


def insert_person(connection: Connection, person: Person, identity_file: bytes) -> None:
    """Store a new person and their identity file; PersonError if the label is taken."""
    taken = connection.execute(
        select(tables.person.c.id).where(tables.person.c.label == person.label)
    ).first()
    if taken is not None:
        # Not even after they left: the audit chain and old recusals name people by their label.
        raise PersonError(f"there is or was a person {person.label} already: take another label")
    connection.execute(
        insert(tables.person).values(
            id=person.person_id,
            label=person.label,
            roles=" ".join(role.value for role in Role if role in person.roles),
            active=int(person.active),
            verification_key=person.verification_key,
            recipient=person.recipient,
        )
    )
    connection.execute(insert(tables.identity).values(person_id=person.person_id, sealed=identity_file))


def read_people(connection: Connection) -> list[Person]:
    """Everyone, in the order of their labels."""
    rows = connection.execute(select(tables.person).order_by(tables.person.c.label))
    return [_person(row) for row in rows]


def read_person(connection: Connection, person_id: bytes) -> Person:
    """One person by id; PersonError if there is none."""
    row = connection.execute(select(tables.person).where(tables.person.c.id == person_id)).first()
    if row is None:
        raise PersonError("there is no such person")
    return _person(row)


def labels_of(people: Iterable[Person]) -> Mapping[bytes, str]:
    """Labels by id."""
    return {person.person_id: person.label for person in people}


def replace_identity(connection: Connection, person_id: bytes, identity_file: bytes) -> None:
    """Put another identity file in the place of a person's."""
    rows = tables.identity
    connection.execute(update(rows).where(rows.c.person_id == person_id).values(sealed=identity_file))


def deactivate(connection: Connection, person_id: bytes) -> None:
    """The person has left: no login, no new grant. The row stays for the audit chain."""
    connection.execute(update(tables.person).where(tables.person.c.id == person_id).values(active=0))


def new_person_id() -> bytes:
    """A random id: it says nothing about when the person came."""
    return os.urandom(PERSON_ID_SIZE)


def _person(row: Row[tuple[object, ...]]) -> Person:
    values = row._mapping
    known = {role.value for role in Role}
    return Person(
        person_id=bytes(values["id"]),
        label=values["label"],
        roles=frozenset(Role(word) for word in values["roles"].split() if word in known),
        recipient=bytes(values["recipient"]),
        verification_key=bytes(values["verification_key"]),
        active=values["active"] == 1,
    )
