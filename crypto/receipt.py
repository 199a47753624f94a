"""The receipt code and the keys that it stands for (protocol.md §4)."""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto import labels, signing
from crypto.errors import ReceiptError
from crypto.hybrid import SEED_SIZE, HybridIdentity, HybridRecipient

DIGITS = 30
GROUP = 5
THREAD_ID_SIZE = 32
SALT_SIZE = 16
FILING_SALT_SIZE = 16

_RANDOM_DIGITS = 28
_ROOT_SIZE = 32
_MODULUS = 97
# More than anyone types.
_MAX_TYPED = 1000


@dataclass(frozen=True, slots=True)
class KdfParameters:
    """The cost of Argon2id (RFC 9106): memory in KiB, passes, lanes."""

    memory_kib: int
    iterations: int
    lanes: int


@dataclass(frozen=True, slots=True)
class ReceiptCode:
    """28 random digits and two check digits of ISO 7064 MOD 97-10."""

    _digits: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self._digits) != DIGITS:
            raise ReceiptError("length")
        if not _is_sound(self._digits):
            raise ReceiptError("check")

    @classmethod
    def generate(cls) -> "ReceiptCode":
        """A fresh code, of the 46 in 100 whose slips are all told although the groups may come reversed."""
        while True:
            digits = f"{secrets.randbelow(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}}"
            digits += _check_digits(digits)
            if _tells_every_slip(digits):
                return cls(digits)

    @classmethod
    def parse(cls, text: str) -> "ReceiptCode":
        """A code as typed or pasted, in any decimal digits, its groups perhaps in reverse order."""
        digits = _read_digits(text) if len(text) <= _MAX_TYPED else ""
        if len(digits) != DIGITS:
            raise ReceiptError("length")
        if not _is_sound(digits) and _looks_reversed(digits):
            # Copied by hand from a right-to-left page, the last group can come first.
            digits = _reversed_groups(digits)
        return cls(digits)

    @property
    def groups(self) -> tuple[str, ...]:
        """Six texts of five digits."""
        return tuple(self._digits[at : at + GROUP] for at in range(0, DIGITS, GROUP))

    def __str__(self) -> str:
        return " ".join(self.groups)


@dataclass(frozen=True, slots=True)
class ReporterKeys:
    """What a reporter can do with a code: find the thread, open its slot, sign messages."""

    thread_id: bytes = field(repr=False)
    identity: HybridIdentity = field(repr=False)
    filing_salt: bytes = field(repr=False)
    _signing_seed: bytes = field(repr=False)

    @property
    def verification_key(self) -> bytes:
        """The Ed25519 public key of 32 bytes that checks what `sign` makes."""
        return signing.verification_key(self._signing_seed)

    def sign(self, data: bytes) -> bytes:
        """An Ed25519 signature of 64 bytes."""
        return signing.sign(self._signing_seed, data)


def derive(code: ReceiptCode, salt: bytes, kdf: KdfParameters) -> ReporterKeys:
    """The keys of a code at one board: its receipt salt of 16 bytes and its KDF parameters (T6)."""
    argon2 = Argon2id(
        salt=salt,
        length=_ROOT_SIZE,
        iterations=kdf.iterations,
        lanes=kdf.lanes,
        memory_cost=kdf.memory_kib,
    )
    root = argon2.derive("".join(code.groups)[:_RANDOM_DIGITS].encode("ascii"))
    identity = HybridIdentity.from_seed(_expand(root, labels.RECEIPT_IDENTITY, SEED_SIZE))
    signing_seed = _expand(root, labels.RECEIPT_SIGNATURE, signing.SEED_SIZE)
    return ReporterKeys(
        thread_id=thread_of(signing.verification_key(signing_seed), identity.recipient),
        identity=identity,
        filing_salt=_expand(root, labels.RECEIPT_FILING_SALT, FILING_SALT_SIZE),
        _signing_seed=signing_seed,
    )


def thread_of(verification_key: bytes, recipient: HybridRecipient) -> bytes:
    """The id, 32 bytes, of the thread of whoever holds these keys: a report cannot claim another's (T8)."""
    return hashlib.sha256(labels.RECEIPT_THREAD_ID + verification_key + recipient.to_bytes()).digest()


def _expand(root: bytes, label: bytes, size: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=size, salt=None, info=label).derive(root)


def _read_digits(text: str) -> str:
    found = []
    for character in text:
        value = unicodedata.decimal(character, None)
        if value is not None:
            found.append(str(int(value)))
        elif not _is_separator(character):
            raise ReceiptError("digits")
    return "".join(found)


def _is_separator(character: str) -> bool:
    # Spaces and dashes of any script, and the invisible marks that come with text copied from a page.
    return (
        character.isspace() or unicodedata.category(character) in {"Zs", "Pd", "Cf"} or character == "\u2212"
    )


def _check_digits(body: str) -> str:
    # Only the computed digits, 02 to 98: 00, 01 and 99 have the same remainders as 97, 98 and 02.
    return f"{98 - int(body) * 100 % _MODULUS:02}"


def _is_sound(digits: str) -> bool:
    return digits[_RANDOM_DIGITS:] == _check_digits(digits[:_RANDOM_DIGITS])


def _looks_reversed(digits: str) -> bool:
    # Of a fresh code the first group is the smaller one; a reversed reading is tried on no other sign.
    return digits[:GROUP] > digits[-GROUP:]


def _reversed_groups(digits: str) -> str:
    return "".join(digits[at : at + GROUP] for at in range(DIGITS - GROUP, -1, -GROUP))


def _tells_every_slip(digits: str) -> bool:
    """Whether no reading of the code with one slip is a code, and its groups can be reversed.

    Without this, one slip in 97 would not be told but taken for another code read from the last group.
    """
    if not digits[:GROUP] < digits[-GROUP:] or _is_sound(_reversed_groups(digits)):
        return False
    return not any(_looks_reversed(slip) and _is_sound(_reversed_groups(slip)) for slip in _slips(digits))


def _slips(digits: str) -> Iterator[str]:
    """Each text with one digit changed, or two neighbours swapped."""
    for place, digit in enumerate(digits):
        before, after = digits[:place], digits[place + 1 :]
        yield from (f"{before}{wrong}{after}" for wrong in "0123456789" if wrong != digit)
        if after:
            yield f"{before}{after[0]}{digit}{after[1:]}"
