"""The X25519 recipient type (C2SP age.md): not post-quantum, for exchange with older age tools."""

from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto import bech32
from crypto.errors import MalformedHeaderError, RecipientError
from crypto.header import Stanza, decode_base64, encode_base64

STANZA_TYPE = "X25519"
KEY_SIZE = 32

_IDENTITY_HRP = "AGE-SECRET-KEY-"
_RECIPIENT_HRP = "age"
_INFO = b"age-encryption.org/v1/X25519"
_BODY_SIZE = 32
_ZERO_NONCE = bytes(12)  # each wrap key is used once


@dataclass(frozen=True, slots=True)
class X25519Recipient:
    """The public half, 32 bytes. Make it with `parse` or `from_bytes`."""

    _raw: bytes
    label: ClassVar[str] = ""

    @classmethod
    def from_bytes(cls, raw: bytes) -> "X25519Recipient":
        """From the 32 bytes of a point; points of low order are refused, they would share a known secret."""
        recipient = cls(bytes(raw))
        try:
            X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(recipient._raw))
        except ValueError:
            raise RecipientError("X25519 recipient: not a valid key") from None
        return recipient

    @classmethod
    def parse(cls, text: str) -> "X25519Recipient":
        """From `age1…`."""
        hrp, raw = bech32.decode(text)
        if hrp != _RECIPIENT_HRP:
            raise RecipientError("X25519 recipient: not an age1 recipient")
        return cls.from_bytes(raw)

    def to_bytes(self) -> bytes:
        """The 32 bytes that `from_bytes` reads."""
        return self._raw

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza that only this recipient's identity unwraps."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(self._raw))
        body = ChaCha20Poly1305(_wrap_key(secret, share, self._raw)).encrypt(_ZERO_NONCE, file_key, None)
        return Stanza(STANZA_TYPE, (encode_base64(share).decode("ascii"),), body)

    def __str__(self) -> str:
        return bech32.encode(_RECIPIENT_HRP, self._raw)

    def __repr__(self) -> str:
        return f"X25519Recipient({self})"


@dataclass(frozen=True, slots=True)
class X25519Identity:
    """The private half, 32 bytes. Make it with `generate` or `parse`."""

    _raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self._raw) != KEY_SIZE:
            raise RecipientError("X25519 identity: wrong length")

    @classmethod
    def generate(cls) -> "X25519Identity":
        """A fresh identity from the system's randomness."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "X25519Identity":
        """From `AGE-SECRET-KEY-1…`."""
        hrp, raw = bech32.decode(text)
        if hrp != _IDENTITY_HRP:
            raise RecipientError("X25519 identity: not an AGE-SECRET-KEY-1 identity")
        return cls(raw)

    @property
    def recipient(self) -> X25519Recipient:
        """The public half."""
        return X25519Recipient(self._key().public_key().public_bytes_raw())

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None if the stanza is for another; one of our type must be well formed."""
        if stanza.type != STANZA_TYPE:
            return None
        if len(stanza.args) != 1:
            raise MalformedHeaderError("X25519 stanza: wrong number of arguments")
        share = decode_base64(stanza.args[0].encode("ascii"))
        # age.md: the body's length is checked before decrypting, against partitioning oracles.
        if len(share) != KEY_SIZE or len(stanza.body) != _BODY_SIZE:
            raise MalformedHeaderError("X25519 stanza: wrong length")
        key = self._key()
        try:
            secret = key.exchange(X25519PublicKey.from_public_bytes(share))
        except ValueError:
            raise MalformedHeaderError("X25519 stanza: share of low order") from None
        wrap_key = _wrap_key(secret, share, key.public_key().public_bytes_raw())
        try:
            return ChaCha20Poly1305(wrap_key).decrypt(_ZERO_NONCE, stanza.body, None)
        except InvalidTag:
            return None

    def _key(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self._raw)

    def __str__(self) -> str:
        return bech32.encode(_IDENTITY_HRP, self._raw)


def _wrap_key(secret: bytes, share: bytes, recipient: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=share + recipient, info=_INFO).derive(secret)
