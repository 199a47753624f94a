"""Shares of a secret: made here, combined in crypto.opening only (protocol.md §3)."""

import os
from dataclasses import dataclass, field

from crypto import gf256
from crypto.errors import SealedPartError, ShareError
from crypto.strict_json import Fields, canonical, encode_blob

MAX_COUNT = 255
Y_SIZE = 32
REPORT_ID_SIZE = 16
HASH_SIZE = 32


@dataclass(frozen=True, slots=True)
class Share:
    """One point of the polynomial whose value at 0 is the case key's seed, and what it belongs to."""

    report_id: bytes
    x: int
    y: bytes = field(repr=False)
    recipient_hash: bytes

    @classmethod
    def from_bytes(cls, data: bytes) -> "Share":
        """From the JSON inside a share file; ShareError if it is anything else."""
        try:
            fields = Fields.from_bytes(data, "share")
            share = cls(
                report_id=fields.blob("report_id", REPORT_ID_SIZE),
                x=fields.integer("x", 1, MAX_COUNT),
                y=fields.blob("y", Y_SIZE),
                recipient_hash=fields.blob("recipient_hash", HASH_SIZE),
            )
            fields.end()
        except SealedPartError as error:
            raise ShareError(f"share: {error}") from None
        return share

    def to_bytes(self) -> bytes:
        """JSON whose length depends on x alone."""
        return canonical(
            {
                "kind": "share",
                "version": 1,
                "report_id": encode_blob(self.report_id),
                "x": self.x,
                "y": encode_blob(self.y),
                "recipient_hash": encode_blob(self.recipient_hash),
            }
        )


def split(secret: bytes, threshold: int, count: int) -> list[bytes]:
    """The y of x = 1 … count, as long as the secret; fewer than `threshold` of them tell nothing of it."""
    if not 1 <= threshold <= count <= MAX_COUNT:
        raise ShareError(
            "a secret is split into 1 to 255 shares, of which at least 1 and at most all are needed"
        )
    size = len(secret)
    coefficients = [
        int.from_bytes(part) for part in (secret, *(os.urandom(size) for _ in range(threshold - 1)))
    ]
    return [gf256.evaluate(coefficients, x, size).to_bytes(size) for x in range(1, count + 1)]


def blank_share(report_id: bytes, x: int, recipient_hash: bytes) -> Share:
    """A share that nobody can tell from a real one alone and that fits no other (T3)."""
    return Share(report_id, x, os.urandom(Y_SIZE), recipient_hash)
