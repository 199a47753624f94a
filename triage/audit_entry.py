"""One entry of the audit chain: what of it is public, how it is hashed and signed (protocol.md §6)."""

import hashlib
import hmac
from dataclasses import dataclass

from sqlalchemy import Row

from crypto import signing
from crypto.facts import CaseKey
from crypto.signing import SignatureError
from crypto.strict_json import canonical, encode_blob
from triage import labels


@dataclass(frozen=True, slots=True)
class About:
    """The case that an entry commits to, and the people who got or lost access by it."""

    case_key: CaseKey
    case_id: bytes
    grantees: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """``person_id`` None: the desk itself, unsigned while its key is locked. ``sealed``: for auditors."""

    number: int
    day: str
    person_id: bytes | None
    previous: bytes
    commitment: bytes
    sealed: bytes
    signature: bytes | None = None

    @classmethod
    def from_row(cls, row: Row[tuple[object, ...]]) -> "AuditEntry":
        """From a row of the table `audit`."""
        values = row._mapping
        return cls(
            number=values["number"],
            day=values["day"],
            person_id=None if values["person_id"] is None else bytes(values["person_id"]),
            previous=bytes(values["previous"]),
            commitment=bytes(values["commitment"]),
            sealed=bytes(values["sealed"]),
            signature=None if values["signature"] is None else bytes(values["signature"]),
        )

    def signed_bytes(self) -> bytes:
        """Canonical JSON of everything but the signature, after a label of its own."""
        person = None if self.person_id is None else encode_blob(self.person_id)
        return labels.AUDIT_SIGNED + canonical(
            {
                "number": self.number,
                "day": self.day,
                "person_id": person,
                "previous": encode_blob(self.previous),
                "commitment": encode_blob(self.commitment),
                "sealed": encode_blob(hashlib.sha256(self.sealed).digest()),
            }
        )

    @property
    def hash(self) -> bytes:
        """What the next entry links to: the signature too, or one could be taken off unseen."""
        return hashlib.sha256(self.signed_bytes() + (self.signature or b"")).digest()

    def holds(self, key: bytes | None) -> bool:
        """Whether the signature is right; only the desk itself may go without one."""
        if self.signature is None:
            return self.person_id is None
        try:
            signing.verify(key or b"", self.signed_bytes(), self.signature)
        except SignatureError:
            return False
        return True


def genesis(board_id: bytes) -> bytes:
    """What the first entry links to: the board itself, so that no chain of another board fits."""
    return hashlib.sha256(labels.AUDIT_GENESIS + board_id).digest()


def commit_to(about: About, number: int) -> bytes:
    """Hash of case and grantees; its salt comes from the facts key, so only who has the case can check it."""
    salt = hmac.digest(about.case_key.facts_key, labels.AUDIT_SALT + number.to_bytes(8), "sha256")
    parts = (labels.AUDIT_COMMITMENT, salt, about.case_id, *sorted(about.grantees))
    return hashlib.sha256(b"".join(parts)).digest()
