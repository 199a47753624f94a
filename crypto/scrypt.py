"""The scrypt recipient type: a passphrase, always alone in its header (C2SP age.md)."""

import os
import re
from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from crypto.errors import MalformedHeaderError, RecipientError
from crypto.header import Stanza, decode_base64, encode_base64

STANZA_TYPE = "scrypt"
DEFAULT_WORK_FACTOR = 18
# 2**22 takes 4 GiB and some 15 seconds: more than that is an attack on whoever opens the file.
MAX_WORK_FACTOR = 22

_LABEL = b"age-encryption.org/v1/scrypt"
_SALT_SIZE = 16
_BODY_SIZE = 32
_ZERO_NONCE = bytes(12)  # each wrap key is used once
_DECIMAL = re.compile(r"[1-9][0-9]?")


@dataclass(frozen=True, slots=True)
class ScryptRecipient:
    """A passphrase to seal with; `work_factor` is the base-two logarithm of scrypt's cost."""

    passphrase: str = field(repr=False)
    work_factor: int = DEFAULT_WORK_FACTOR
    label: ClassVar[str] = "passphrase"

    def __post_init__(self) -> None:
        _check(self.passphrase)
        if not 1 <= self.work_factor <= MAX_WORK_FACTOR:
            raise RecipientError(f"the work factor must be between 1 and {MAX_WORK_FACTOR}")

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza that the same passphrase unwraps."""
        salt = os.urandom(_SALT_SIZE)
        key = _wrap_key(self.passphrase, salt, self.work_factor)
        body = ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key, None)
        return Stanza(STANZA_TYPE, (encode_base64(salt).decode("ascii"), str(self.work_factor)), body)


@dataclass(frozen=True, slots=True)
class ScryptIdentity:
    """A passphrase to open with; files that ask for more work than `max_work_factor` are refused."""

    passphrase: str = field(repr=False)
    max_work_factor: int = MAX_WORK_FACTOR

    def __post_init__(self) -> None:
        _check(self.passphrase)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None for a wrong passphrase or another type; ours must be well formed."""
        if stanza.type != STANZA_TYPE:
            return None
        if len(stanza.args) != 2:
            raise MalformedHeaderError("scrypt stanza: wrong number of arguments")
        salt = decode_base64(stanza.args[0].encode("ascii"))
        # age.md: the body's length is checked before decrypting, against partitioning oracles.
        if len(salt) != _SALT_SIZE or len(stanza.body) != _BODY_SIZE:
            raise MalformedHeaderError("scrypt stanza: wrong length")
        if not _DECIMAL.fullmatch(stanza.args[1]) or int(stanza.args[1]) > self.max_work_factor:
            raise MalformedHeaderError("scrypt stanza: the work factor is malformed or too large")
        key = _wrap_key(self.passphrase, salt, int(stanza.args[1]))
        try:
            return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, stanza.body, None)
        except InvalidTag:
            return None


def _check(passphrase: str) -> None:
    if not passphrase:
        raise RecipientError("a passphrase cannot be empty")
    try:
        passphrase.encode("utf-8")
    except UnicodeEncodeError:
        # Not chained: that error holds the passphrase.
        raise RecipientError("a passphrase must be Unicode text") from None


def _wrap_key(passphrase: str, salt: bytes, work_factor: int) -> bytes:
    # The bytes as typed, like stock age: normalising would lock out files it made.
    kdf = Scrypt(salt=_LABEL + salt, length=32, n=1 << work_factor, r=8, p=1)
    try:
        return kdf.derive(passphrase.encode("utf-8"))
    except MemoryError:
        raise MalformedHeaderError("scrypt stanza: not enough memory for its work factor") from None
