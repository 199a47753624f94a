"""A person's identities in a passphrase-protected file that stock age opens too (protocol.md §6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto import age, labels, signing
from crypto.errors import AgeError, IdentityFileError, ManifestError, SealedPartError
from crypto.fingerprint import fingerprint_of
from crypto.hybrid import HybridIdentity, HybridRecipient
from crypto.manifest import EpochRecipient, parse_epochs
from crypto.manifest_form import (
    MAX_LABEL,
    check_epoch,
    check_epochs,
    check_label,
    epoch_after,
    epochs_to_json,
    parse_recipient,
)
from crypto.scrypt import DEFAULT_WORK_FACTOR, ScryptIdentity, ScryptRecipient
from crypto.strict_json import Fields, canonical, encode_blob

VAULT_KEY_SIZE = 32
# A month of each year's change, and one to spare (protocol.md §2).
DEFAULT_EPOCHS = 13

# 1 GiB: four times what we make. Whoever brings a file must not choose what each login costs the desk.
MAX_WORK_FACTOR = 20

_HEAD = "# resguardo "
_KINDS = ("member", "person")
_LASTING = "# lasting"
_EPOCH = "# epoch "


@dataclass(frozen=True, slots=True)
class PersonKeys:
    """What one person can open and sign with: a lasting identity, and one a month for members."""

    label: str
    lasting: HybridIdentity = field(repr=False)
    epochs: Mapping[str, HybridIdentity] = field(repr=False)

    @property
    def signing_seed(self) -> bytes:
        """Ed25519 seed for the audit chain."""
        return _derive(self.lasting.seed, labels.PERSON_SIGNATURE, signing.SEED_SIZE)

    @property
    def vault_key(self) -> bytes:
        """Symmetric key of 32 bytes for the person's own grants at rest."""
        return _derive(self.lasting.seed, labels.PERSON_VAULT, VAULT_KEY_SIZE)

    def for_day(self, day: date) -> list[HybridIdentity]:
        """The identities that may open a share of that day, the likeliest first."""
        month = _month(f"{day:%Y-%m}")
        nearest = sorted(self.epochs, key=lambda epoch: abs(_month(epoch) - month))
        return [*(self.epochs[epoch] for epoch in nearest), self.lasting]


@dataclass(frozen=True, slots=True)
class Card:
    """The public half of a person's keys, which `board init` takes and the desk knows them by."""

    label: str
    lasting: HybridRecipient
    epochs: tuple[EpochRecipient, ...]
    verification_key: bytes

    @classmethod
    def of(cls, keys: PersonKeys) -> "Card":
        """The card of somebody's keys."""
        epochs = (EpochRecipient(epoch, keys.epochs[epoch].recipient) for epoch in sorted(keys.epochs))
        verification_key = signing.verification_key(keys.signing_seed)
        return cls(keys.label, keys.lasting.recipient, tuple(epochs), verification_key)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Card":
        """From the JSON of a card file; IdentityFileError."""
        try:
            fields = Fields.from_bytes(data, "card")
            card = cls(
                label=fields.text("label", MAX_LABEL),
                lasting=parse_recipient(fields, "lasting"),
                epochs=parse_epochs(fields, "epochs"),
                verification_key=fields.blob("verification_key", signing.KEY_SIZE),
            )
            fields.end()
            check_label(card.label)
            check_epochs(card.epochs)
        except (SealedPartError, AgeError, ManifestError) as error:
            raise IdentityFileError(f"card: {error}") from None
        return card

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return canonical(
            {
                "kind": "card",
                "version": 1,
                "label": self.label,
                "lasting": str(self.lasting),
                "epochs": epochs_to_json(self.epochs),
                "verification_key": encode_blob(self.verification_key),
            }
        )

    @property
    def fingerprint(self) -> str:
        """26 characters to compare when a card is handed over."""
        return fingerprint_of(self.to_bytes())


def make_person(label: str, first_epoch: str | None, epochs: int = DEFAULT_EPOCHS) -> PersonKeys:
    """Fresh keys: for a member with `epochs` months from `first_epoch` (YYYY-MM), without it for others."""
    months = [] if first_epoch is None else _months(first_epoch, epochs)
    keys = PersonKeys(label, HybridIdentity.generate(), {each: HybridIdentity.generate() for each in months})
    _check(keys)
    return keys


def renew_person(
    old: PersonKeys, first_epoch: str, forget_before: str | None = None, epochs: int = DEFAULT_EPOCHS
) -> PersonKeys:
    """The same lasting identity with months up to `epochs` from `first_epoch`; months there already stay.

    What was sealed to a month before `forget_before` and not opened stays closed for ever (protocol.md §6).
    """
    kept = {each: old.epochs[each] for each in old.epochs if each >= (forget_before or "")}
    fresh = {each: HybridIdentity.generate() for each in _months(first_epoch, epochs) if each not in kept}
    keys = PersonKeys(old.label, old.lasting, kept | fresh)
    _check(keys)
    return keys


def seal_identity_file(keys: PersonKeys, passphrase: str, work_factor: int = DEFAULT_WORK_FACTOR) -> bytes:
    """An age file under the passphrase that holds an age identity file; IdentityFileError, RecipientError."""
    _check(keys)
    kind = _KINDS[0] if keys.epochs else _KINDS[1]
    lines = [f"{_HEAD}{kind} {keys.label}", _LASTING, str(keys.lasting)]
    for epoch in sorted(keys.epochs):
        lines += [f"{_EPOCH}{epoch}", str(keys.epochs[epoch])]
    return age.seal("\n".join([*lines, ""]).encode("utf-8"), [ScryptRecipient(passphrase, work_factor)])


def open_identity_file(data: bytes, passphrase: str) -> PersonKeys:
    """The keys in an identity file; IdentityFileError does not say more than that it did not open."""
    try:
        opened = age.open_sealed(data, [ScryptIdentity(passphrase, MAX_WORK_FACTOR)])
    except AgeError:
        raise IdentityFileError("the identity file does not open with this passphrase") from None
    try:
        keys = _parse(opened.decode("utf-8").splitlines())
    except (AgeError, ValueError):
        # Not chained: a decoding error carries the identities.
        raise IdentityFileError("the identity file holds something else than a person's identities") from None
    _check(keys)
    return keys


def _parse(lines: list[str]) -> PersonKeys:
    head, *rest = lines
    kind, _, label = head.removeprefix(_HEAD).partition(" ")
    if not head.startswith(_HEAD) or kind not in _KINDS or len(rest) < 2 or rest[0] != _LASTING:
        raise ValueError
    epochs: dict[str, HybridIdentity] = {}
    for comment, identity in zip(rest[2::2], rest[3::2], strict=True):
        if not comment.startswith(_EPOCH):
            raise ValueError
        epochs[comment.removeprefix(_EPOCH)] = HybridIdentity.parse(identity)
    return PersonKeys(label, HybridIdentity.parse(rest[1]), epochs)


def _months(first: str, count: int) -> list[str]:
    try:
        check_epoch(first)
    except ManifestError as error:
        raise IdentityFileError(str(error)) from None
    return [epoch_after(first, number) for number in range(count)]


def _check(keys: PersonKeys) -> None:
    try:
        check_label(keys.label)
        check_epochs(Card.of(keys).epochs)
    except ManifestError as error:
        raise IdentityFileError(str(error)) from None


def _derive(seed: bytes, label: bytes, size: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=size, salt=None, info=label).derive(seed)


def _month(epoch: str) -> int:
    return int(epoch[:4]) * 12 + int(epoch[5:])
