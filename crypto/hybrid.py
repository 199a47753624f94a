"""The mlkem768x25519 recipient type: HPKE with the X-Wing KEM (C2SP age.md; protocol.md §1)."""

import hashlib
import os
from dataclasses import dataclass, field, replace
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from crypto import bech32
from crypto.errors import MalformedHeaderError, RecipientError
from crypto.header import Stanza, decode_base64, encode_base64

STANZA_TYPE = "mlkem768x25519"
SEED_SIZE = 32
RECIPIENT_SIZE = 1216

_IDENTITY_HRP = "AGE-SECRET-KEY-PQ-"
_RECIPIENT_HRP = "age1pq"
_INFO = b"age-encryption.org/mlkem768x25519"
_MLKEM_SEED_SIZE = 64
_MLKEM_PUBLIC_SIZE = 1184
_MLKEM_CIPHERTEXT_SIZE = 1088
_ENC_SIZE = 1120
_BODY_SIZE = 32
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
# Scalars are multiples of the cofactor: with any of them a point of low order gives zero, which pyca refuses.
_ORDER_PROBE = X25519PrivateKey.from_private_bytes(bytes(SEED_SIZE))


@dataclass(frozen=True, slots=True)
class HybridRecipient:
    """The public half: a validated ML-KEM-768 key and an X25519 key. Make it with `parse` or `from_bytes`."""

    _raw: bytes
    _key: MLKEM768X25519PublicKey = field(compare=False)
    # As it was parsed: there is one spelling, and a board.json is written again to see that it is canonical.
    _text: str = field(default="", compare=False)
    label: ClassVar[str] = "postquantum"

    @classmethod
    def from_bytes(cls, raw: bytes) -> "HybridRecipient":
        """From 1,216 bytes: the ML-KEM-768 key, then the X25519 key."""
        if len(raw) != RECIPIENT_SIZE:
            raise RecipientError("hybrid recipient: wrong length")
        x25519 = X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC_SIZE:])
        try:
            mlkem = MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_SIZE])
            _ORDER_PROBE.exchange(x25519)
        except ValueError:
            raise RecipientError("hybrid recipient: not a valid key") from None
        return cls(bytes(raw), MLKEM768X25519PublicKey(mlkem, x25519))

    @classmethod
    def parse(cls, text: str) -> "HybridRecipient":
        """From `age1pq1…`."""
        hrp, raw = bech32.decode(text)
        if hrp != _RECIPIENT_HRP:
            raise RecipientError("hybrid recipient: not an age1pq1 recipient")
        return replace(cls.from_bytes(raw), _text=text)

    def to_bytes(self) -> bytes:
        """The 1,216 bytes that `from_bytes` reads."""
        return self._raw

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza that only this recipient's identity unwraps."""
        sealed = _SUITE.encrypt(file_key, self._key, info=_INFO)
        enc = encode_base64(sealed[:_ENC_SIZE]).decode("ascii")
        return Stanza(STANZA_TYPE, (enc,), sealed[_ENC_SIZE:])

    def __str__(self) -> str:
        return self._text or bech32.encode(_RECIPIENT_HRP, self._raw)

    def __repr__(self) -> str:
        return f"HybridRecipient({str(self)[:20]}…)"

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        # The key object has no serialiser; worker processes (protocol.md §6) get the bytes.
        return HybridRecipient.from_bytes, (self._raw,)


@dataclass(frozen=True, slots=True)
class HybridIdentity:
    """The private half: a 32-byte seed and the keys it expands to."""

    seed: bytes = field(repr=False)
    recipient: HybridRecipient = field(init=False, compare=False, repr=False)
    _key: MLKEM768X25519PrivateKey = field(init=False, compare=False, repr=False)
    _x25519: X25519PrivateKey = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_SIZE:
            raise RecipientError("hybrid identity: wrong length")
        expanded = hashlib.shake_256(self.seed).digest(_MLKEM_SEED_SIZE + SEED_SIZE)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_SIZE])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_SIZE:])
        key = MLKEM768X25519PrivateKey(mlkem, x25519)
        raw = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_x25519", x25519)
        object.__setattr__(self, "recipient", HybridRecipient(raw, key.public_key()))

    @classmethod
    def generate(cls) -> "HybridIdentity":
        """A fresh identity from the system's randomness."""
        return cls(os.urandom(SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> "HybridIdentity":
        """From its 32-byte seed."""
        return cls(bytes(seed))

    @classmethod
    def parse(cls, text: str) -> "HybridIdentity":
        """From `AGE-SECRET-KEY-PQ-1…`."""
        hrp, seed = bech32.decode(text)
        if hrp != _IDENTITY_HRP:
            raise RecipientError("hybrid identity: not an AGE-SECRET-KEY-PQ-1 identity")
        return cls(seed)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None if the stanza is for another; one of our type must be well formed."""
        if stanza.type != STANZA_TYPE:
            return None
        if len(stanza.args) != 1:
            raise MalformedHeaderError("mlkem768x25519 stanza: wrong number of arguments")
        enc = decode_base64(stanza.args[0].encode("ascii"))
        # age.md: both lengths are checked before decrypting, against partitioning oracles.
        if len(enc) != _ENC_SIZE or len(stanza.body) != _BODY_SIZE:
            raise MalformedHeaderError("mlkem768x25519 stanza: wrong length")
        try:
            return _SUITE.decrypt(enc + stanza.body, self._key, info=_INFO)
        except InvalidTag:
            self._refuse_low_order(enc[_MLKEM_CIPHERTEXT_SIZE:])
            return None

    def _refuse_low_order(self, share: bytes) -> None:
        # pyca reports a zero shared secret and a stanza for somebody else alike; the vectors tell them apart.
        try:
            self._x25519.exchange(X25519PublicKey.from_public_bytes(share))
        except ValueError:
            raise MalformedHeaderError("mlkem768x25519 stanza: share of low order") from None

    def __str__(self) -> str:
        return bech32.encode(_IDENTITY_HRP, self.seed)

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        # As for the recipient: a member's identity travels to the process pool as its seed, never to disk.
        return HybridIdentity, (self.seed,)
