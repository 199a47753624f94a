"""The board manifest: who holds shares, who can come to read, and the keys that say so (protocol.md §2)."""

import hashlib
import os
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from crypto import labels, signing
from crypto.errors import ManifestError, RecipientError, SealedPartError
from crypto.fingerprint import fingerprint_of
from crypto.hybrid import HybridRecipient
from crypto.manifest_form import (
    MAX_ADDRESSES,
    MAX_CODE_HASHES,
    MAX_EPOCHS,
    MAX_LABEL,
    MAX_MEMBERS,
    MAX_SEQUENCE,
    MAX_STAFF,
    MAX_TEXT,
    MAX_WATCHERS,
    check_rules,
    parse_code_hash,
    parse_kdf,
    parse_recipient,
    to_json,
)
from crypto.receipt import SALT_SIZE, KdfParameters
from crypto.strict_json import Fields, canonical, encode_blob, parse_object

BOARD_ID_SIZE = 16
MEMBER_ID_SIZE = 8
HASH_SIZE = 32
MLDSA65_KEY_SIZE = 1952
MLDSA65_SIGNATURE_SIZE = 3309


@dataclass(frozen=True, slots=True)
class RootKeys:
    """The board's root verification keys; both must have signed what counts."""

    ed25519: bytes
    mldsa65: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """128 bits of SHA-256 over both keys, as 26 characters of base32."""
        return fingerprint_of(self.ed25519 + self.mldsa65)


@dataclass(frozen=True, slots=True)
class RootSeeds:
    """The board's root private keys, 32 bytes each: together only for as long as a signature takes."""

    ed25519: bytes = field(repr=False)
    mldsa65: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "RootSeeds":
        """Fresh seeds."""
        return cls(os.urandom(signing.SEED_SIZE), os.urandom(signing.SEED_SIZE))

    @property
    def public(self) -> RootKeys:
        """The verification keys of these seeds."""
        mldsa65 = MLDSA65PrivateKey.from_seed_bytes(self.mldsa65).public_key()
        return RootKeys(signing.verification_key(self.ed25519), mldsa65.public_bytes_raw())


@dataclass(frozen=True, slots=True)
class EpochRecipient:
    """A member's recipient for one month, `YYYY-MM` in UTC."""

    epoch: str
    recipient: HybridRecipient


@dataclass(frozen=True, slots=True)
class Member:
    """One who holds a share of every report: random id of 8 bytes, public label, recipients."""

    id: bytes
    label: str
    lasting: HybridRecipient
    epochs: tuple[EpochRecipient, ...]

    def recipient_for(self, day: date) -> HybridRecipient:
        """The recipient of the day's month; the last one after the end, the first one before the start."""
        month = day.isoformat()[:7]
        begun = [epoch.recipient for epoch in self.epochs if epoch.epoch <= month]
        return begun[-1] if begun else self.epochs[0].recipient


@dataclass(frozen=True, slots=True)
class Watcher:
    """An outside body that can open what too few members may see."""

    label: str
    recipient: HybridRecipient


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever gets a share file: members in their order, then watchers; x counts from 1."""

    x: int
    label: str
    kind: Literal["member", "watcher"]
    _from: Member | Watcher

    def recipient_for(self, day: date) -> HybridRecipient:
        """The recipient that a share of that day is sealed to."""
        return self._from.recipient_for(day) if isinstance(self._from, Member) else self._from.recipient


@dataclass(frozen=True, slots=True)
class Manifest:
    """A board at one time; making one that breaks a rule raises ManifestError."""

    board_id: bytes
    name: str
    sequence: int
    previous: bytes | None
    threshold: int
    single: bool
    members: tuple[Member, ...]
    staff: tuple[str, ...]
    watchers: tuple[Watcher, ...]
    not_before: date
    not_after: date
    desk_key: bytes
    code_hashes: tuple[tuple[str, str], ...]
    addresses: tuple[str, ...]
    receipt_salt: bytes
    kdf: KdfParameters
    root: RootKeys
    _body: bytes = field(init=False, repr=False, compare=False)
    hash: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_rules(self)
        body = canonical(to_json(self))
        object.__setattr__(self, "_body", body)
        object.__setattr__(self, "hash", hashlib.sha256(body).digest())

    def to_bytes(self) -> bytes:
        """The canonical JSON that is signed and hashed."""
        return self._body

    @property
    def holders(self) -> tuple[Holder, ...]:
        """All who get a share file of every report."""
        members = [Holder(x, member.label, "member", member) for x, member in enumerate(self.members, 1)]
        start = len(members) + 1
        watchers = [Holder(x, each.label, "watcher", each) for x, each in enumerate(self.watchers, start)]
        return (*members, *watchers)

    @property
    def watcher_threshold(self) -> int:
        """How many watchers open what no k members may see: all, or k if there are more; 0 without any."""
        return min(self.threshold, len(self.watchers))


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """`board.json`: a manifest and the root's two signatures of it."""

    manifest: Manifest
    ed25519_signature: bytes
    mldsa65_signature: bytes = field(repr=False)

    @classmethod
    def from_bytes(cls, data: bytes) -> "SignedManifest":
        """From the bytes of `board.json`, if both signatures and every rule hold; else ManifestError."""
        try:
            fields = Fields(parse_object(data))
            signed = cls(
                manifest=_parse(fields.object("manifest")),
                ed25519_signature=fields.blob("ed25519_signature", signing.SIGNATURE_SIZE),
                mldsa65_signature=fields.blob("mldsa65_signature", MLDSA65_SIGNATURE_SIZE),
            )
            fields.end()
        except (SealedPartError, RecipientError) as error:
            raise ManifestError(f"board manifest: {error}") from None
        # One spelling only: what was signed is exactly what was read.
        if signed.to_bytes() != data.rstrip(b"\n"):
            raise ManifestError("board manifest: is not canonical JSON")
        _verify(signed)
        return signed

    def to_bytes(self) -> bytes:
        """The bytes of `board.json`, canonical as a whole."""
        ed25519 = encode_blob(self.ed25519_signature).encode("ascii")
        mldsa65 = encode_blob(self.mldsa65_signature).encode("ascii")
        form = b'{"ed25519_signature":"%b","manifest":%b,"mldsa65_signature":"%b"}'
        return form % (ed25519, self.manifest.to_bytes(), mldsa65)


def sign_manifest(manifest: Manifest, ed25519_seed: bytes, mldsa65_seed: bytes) -> SignedManifest:
    """Sign with both root keys; they must be those that the manifest names."""
    if RootSeeds(ed25519_seed, mldsa65_seed).public != manifest.root:
        raise ManifestError("the root keys are not those of the board")
    body = manifest.to_bytes()
    mldsa65 = MLDSA65PrivateKey.from_seed_bytes(mldsa65_seed)
    return SignedManifest(
        manifest,
        signing.sign(ed25519_seed, labels.SIGNED_BOARD + body),
        mldsa65.sign(body, labels.SIGNED_BOARD),
    )


def check_successor(old: Manifest, new: Manifest) -> None:
    """Raise ManifestError unless `new` follows `old` directly and changes nothing that is fixed for life."""
    if new.board_id != old.board_id:
        raise ManifestError("the next manifest is of another board")
    if new.root != old.root:
        raise ManifestError("the next manifest has other root keys")
    if new.receipt_salt != old.receipt_salt or new.kdf != old.kdf:
        raise ManifestError("the next manifest would void every receipt code: its salt or its cost changed")
    if new.sequence != old.sequence + 1 or new.previous != old.hash:
        raise ManifestError("the next manifest does not follow the one before it")


def fingerprint_groups(text: str) -> str:
    """A fingerprint as people read it aloud: groups of four, the last of two."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def parse_epochs(fields: Fields, name: str) -> tuple[EpochRecipient, ...]:
    """The epochs in a list of a member or a card."""
    found = []
    for item in fields.objects(name, MAX_EPOCHS):
        found.append(EpochRecipient(item.text("epoch", len("YYYY-MM")), parse_recipient(item, "recipient")))
        item.end()
    return tuple(found)


def _parse(fields: Fields) -> Manifest:
    fields.choice("kind", ("board",))
    fields.integer("version", 1, 1)
    manifest = Manifest(
        board_id=fields.blob("board_id", BOARD_ID_SIZE),
        name=fields.text("name", MAX_TEXT),
        sequence=fields.integer("sequence", 1, MAX_SEQUENCE),
        previous=fields.maybe_blob("previous", HASH_SIZE),
        threshold=fields.integer("threshold", 1, MAX_MEMBERS),
        single=fields.flag("single"),
        members=tuple(_parse_member(item) for item in fields.objects("members", MAX_MEMBERS)),
        staff=tuple(fields.texts("staff", MAX_STAFF, MAX_LABEL)),
        watchers=tuple(_parse_watcher(item) for item in fields.objects("watchers", MAX_WATCHERS)),
        not_before=fields.day("not_before"),
        not_after=fields.day("not_after"),
        desk_key=fields.blob("desk_key", signing.KEY_SIZE),
        code_hashes=tuple(parse_code_hash(item) for item in fields.objects("code_hashes", MAX_CODE_HASHES)),
        addresses=tuple(fields.texts("addresses", MAX_ADDRESSES, MAX_TEXT)),
        receipt_salt=fields.blob("receipt_salt", SALT_SIZE),
        kdf=parse_kdf(fields.object("kdf")),
        root=_parse_root(fields.object("root")),
    )
    fields.end()
    return manifest


def _parse_member(fields: Fields) -> Member:
    member = Member(
        id=fields.blob("id", MEMBER_ID_SIZE),
        label=fields.text("label", MAX_LABEL),
        lasting=parse_recipient(fields, "lasting"),
        epochs=parse_epochs(fields, "epochs"),
    )
    fields.end()
    return member


def _parse_watcher(fields: Fields) -> Watcher:
    watcher = Watcher(fields.text("label", MAX_LABEL), parse_recipient(fields, "recipient"))
    fields.end()
    return watcher


def _parse_root(fields: Fields) -> RootKeys:
    root = RootKeys(fields.blob("ed25519", signing.KEY_SIZE), fields.blob("mldsa65", MLDSA65_KEY_SIZE))
    fields.end()
    return root


def _verify(signed: SignedManifest) -> None:
    body, root = signed.manifest.to_bytes(), signed.manifest.root
    try:
        signing.verify(root.ed25519, labels.SIGNED_BOARD + body, signed.ed25519_signature)
        key = MLDSA65PublicKey.from_public_bytes(root.mldsa65)
        key.verify(signed.mldsa65_signature, body, labels.SIGNED_BOARD)
    except (signing.SignatureError, InvalidSignature, ValueError):
        raise ManifestError("the board manifest is not signed by its root keys") from None
