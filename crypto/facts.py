"""A case key, and what the desk writes about the case under it (protocol.md §6)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto import labels
from crypto.errors import SealedPartError
from crypto.hybrid import HybridIdentity
from crypto.padding import pad_json
from crypto.strict_json import Fields, Json, canonical, encode_blob, parse_object

STEP = 1024
NONCE_SIZE = 12

_KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class CaseKey:
    """The seed of a case's identity; every revocation makes the next generation."""

    seed: bytes = field(repr=False)
    generation: int

    @property
    def identity(self) -> HybridIdentity:
        """What opens the report, its messages and its files."""
        return HybridIdentity.from_seed(self.seed)

    @property
    def facts_key(self) -> bytes:
        """AES-256-GCM-SIV key of the case's facts."""
        return HKDF(algorithm=SHA256(), length=_KEY_SIZE, salt=None, info=labels.CASE_FACTS).derive(self.seed)


def seal_fact(
    case_key: CaseKey, case_id: bytes, table: str, version: int, value: Mapping[str, Json]
) -> bytes:
    """Nonce and ciphertext of an object, padded to 1 KiB steps, bound to its row and the key's generation."""
    text = canonical(value)
    padded = pad_json(text, max(1, -(-len(text) // STEP)) * STEP)
    nonce = os.urandom(NONCE_SIZE)
    bound = _binding(case_key, case_id, table, version)
    return nonce + AESGCMSIV(case_key.facts_key).encrypt(nonce, padded, bound)


def open_fact(case_key: CaseKey, case_id: bytes, table: str, version: int, sealed: bytes) -> Fields:
    """The object sealed for this very row; SealedPartError."""
    bound = _binding(case_key, case_id, table, version)
    try:
        text = AESGCMSIV(case_key.facts_key).decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], bound)
    except (InvalidTag, ValueError):
        raise SealedPartError("fact", "does not open with this case key in this place") from None
    return Fields(parse_object(text))


def _binding(case_key: CaseKey, case_id: bytes, table: str, version: int) -> bytes:
    # One row in another's place does not open, nor an older one under the present version.
    return canonical(
        {
            "case_id": encode_blob(case_id),
            "generation": case_key.generation,
            "table": table,
            "version": version,
        }
    )
