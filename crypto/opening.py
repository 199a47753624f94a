"""Open shares, combine them, and hand the case key on. Never on the intake host (protocol.md §6)."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from crypto import age, gf256, labels, signing
from crypto.errors import SealedPartError, ShareError
from crypto.facts import NONCE_SIZE, CaseKey
from crypto.hybrid import SEED_SIZE, HybridIdentity, HybridRecipient
from crypto.manifest import BOARD_ID_SIZE, Manifest, RootKeys, RootSeeds
from crypto.manifest_form import MAX_SEQUENCE
from crypto.padding import pad_json
from crypto.shares import MAX_COUNT, Share, split
from crypto.strict_json import Fields, Json, canonical, encode_blob

CASE_ID_SIZE = 16
MAX_GENERATION = 999_999

_ROOT_Y_SIZE = 64
# Constant, so that the generation does not show in the length.
_GRANT_SIZE = 256

# Twice a share file's size: one with ten stanzas would cost each member ten openings (T8).
MAX_SHARE_FILE = 4096


def open_share(sealed: bytes, identities: Sequence[HybridIdentity]) -> Share:
    """The share in a share file; AgeError or ShareError."""
    if len(sealed) > MAX_SHARE_FILE:
        raise ShareError("a share file holds one stanza and one share")
    return Share.from_bytes(age.open_sealed(sealed, identities))


def reseal_share(share: Share, recipient: HybridRecipient) -> bytes:
    """A released share: the same, for another holder."""
    return age.seal(share.to_bytes(), [recipient])


def combine(shares: Sequence[Share], threshold: int) -> bytes:
    """The secret that `threshold` shares give, right or wrong: they carry no proof of their own."""
    points = [(share.x, share.y) for share in shares]
    return _interpolate(points[:threshold], threshold, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """A case key, and the x of shares that do not fit it: the recused members' blank ones, or wrong ones."""

    case_key: CaseKey
    wrong: tuple[int, ...]


def find_case_key(shares: Sequence[Share], thresholds: Iterable[int]) -> Found | None:
    """Try subsets of each threshold's size, in that order, until one gives the recipient that they name.

    Shares of other reports, or that name another recipient, are never mixed into one subset.
    """
    for threshold in dict.fromkeys(thresholds):
        for group in _groups(shares):
            for subset in combinations(group, threshold):
                found = _try(subset, threshold)
                if found is not None:
                    return Found(found, _misfits(shares, subset))
    return None


@dataclass(frozen=True, slots=True)
class Grant:
    """A case key handed to one reviewer."""

    case_id: bytes
    generation: int
    seed: bytes = field(repr=False)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Grant":
        """From its JSON, padding included; SealedPartError."""
        fields = Fields.from_bytes(data, "grant")
        grant = cls(
            case_id=fields.blob("case_id", CASE_ID_SIZE),
            generation=fields.integer("generation", 0, MAX_GENERATION),
            seed=fields.blob("seed", SEED_SIZE),
        )
        fields.end()
        return grant

    def to_bytes(self) -> bytes:
        """JSON of constant length."""
        fields: dict[str, Json] = {
            "kind": "grant",
            "version": 1,
            "case_id": encode_blob(self.case_id),
            "generation": self.generation,
            "seed": encode_blob(self.seed),
        }
        return pad_json(canonical(fields), _GRANT_SIZE)


def seal_grant(recipient: HybridRecipient, grant: Grant) -> bytes:
    """An age file that tells nobody but its reader whose it is and of which case."""
    return age.seal(grant.to_bytes(), [recipient])


def open_grant(sealed: bytes, identities: Sequence[HybridIdentity]) -> Grant:
    """AgeError (NoMatchingIdentityError for somebody else's) or SealedPartError."""
    return Grant.from_bytes(age.open_sealed(sealed, identities))


def vault_wrap(vault_key: bytes, grant: Grant) -> bytes:
    """The grant under the reviewer's own symmetric key, which opens 100,000 in about a second."""
    nonce = os.urandom(NONCE_SIZE)
    return nonce + AESGCMSIV(vault_key).encrypt(nonce, grant.to_bytes(), labels.VAULT_GRANT)


def vault_unwrap(vault_key: bytes, sealed: bytes) -> Grant:
    """The grant again; SealedPartError."""
    try:
        opened = AESGCMSIV(vault_key).decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], labels.VAULT_GRANT)
    except (InvalidTag, ValueError):
        raise SealedPartError("grant", "does not open with this vault key") from None
    return Grant.from_bytes(opened)


@dataclass(frozen=True, slots=True)
class RootShare:
    """One member's share of the board's root seeds; `sequence` is the manifest they were split for."""

    board_id: bytes
    sequence: int
    x: int
    y: bytes = field(repr=False)

    @classmethod
    def from_bytes(cls, data: bytes) -> "RootShare":
        """From the JSON inside a root share file; ShareError."""
        try:
            fields = Fields.from_bytes(data, "root-share")
            share = cls(
                board_id=fields.blob("board_id", BOARD_ID_SIZE),
                sequence=fields.integer("sequence", 1, MAX_SEQUENCE),
                x=fields.integer("x", 1, MAX_COUNT),
                y=fields.blob("y", _ROOT_Y_SIZE),
            )
            fields.end()
        except SealedPartError as error:
            raise ShareError(f"root share: {error}") from None
        return share

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return canonical(
            {
                "kind": "root-share",
                "version": 1,
                "board_id": encode_blob(self.board_id),
                "sequence": self.sequence,
                "x": self.x,
                "y": encode_blob(self.y),
            }
        )


def split_root(
    seeds: RootSeeds, board_id: bytes, sequence: int, threshold: int, count: int
) -> list[RootShare]:
    """A root share for each member, in their order."""
    points = split(seeds.ed25519 + seeds.mldsa65, threshold, count)
    return [RootShare(board_id, sequence, x, y) for x, y in enumerate(points, 1)]


def combine_root(shares: Sequence[RootShare], threshold: int, root: RootKeys) -> RootSeeds:
    """The root seeds, if some `threshold` of the shares give the root keys; ShareError."""
    if len({(share.board_id, share.sequence) for share in shares}) > 1:
        raise ShareError("these root shares are of different boards or times")
    for subset in combinations(shares, threshold):
        if len({share.x for share in subset}) == threshold:
            secret = _interpolate([(share.x, share.y) for share in subset], threshold, 0)
            seeds = RootSeeds(secret[:SEED_SIZE], secret[SEED_SIZE:])
            if seeds.public == root:
                return seeds
    raise ShareError("these root shares do not give the board's root keys")


def seal_desk_key(seed: bytes, board_id: bytes, recipients: Sequence[HybridRecipient]) -> bytes:
    """The desk's Ed25519 seed, for whoever may sign slots."""
    desk_key: dict[str, Json] = {
        "kind": "desk-key",
        "version": 1,
        "board_id": encode_blob(board_id),
        "seed": encode_blob(seed),
    }
    return age.seal(canonical(desk_key), recipients)


def open_desk_key(sealed: bytes, manifest: Manifest, identities: Sequence[HybridIdentity]) -> bytes:
    """The desk's seed, if it is the one whose key the manifest names; AgeError or SealedPartError."""
    fields = Fields.from_bytes(age.open_sealed(sealed, identities), "desk-key")
    board_id, seed = fields.blob("board_id", BOARD_ID_SIZE), fields.blob("seed", SEED_SIZE)
    fields.end()
    if board_id != manifest.board_id or signing.verification_key(seed) != manifest.desk_key:
        raise SealedPartError("seed", "is not this board's desk key")
    return seed


def _groups(shares: Sequence[Share]) -> Iterator[list[Share]]:
    """Shares that agree on report and recipient, once each, the largest agreement first."""
    groups: dict[tuple[bytes, bytes], list[Share]] = {}
    for share in shares:
        group = groups.setdefault((share.report_id, share.recipient_hash), [])
        if share not in group:
            group.append(share)
    yield from sorted(groups.values(), key=len, reverse=True)


def _try(subset: Sequence[Share], threshold: int) -> CaseKey | None:
    if len({share.x for share in subset}) < threshold:
        return None
    case_key = CaseKey(combine(subset, threshold), 0)
    digest = hashlib.sha256(case_key.identity.recipient.to_bytes()).digest()
    return case_key if digest == subset[0].recipient_hash else None


def _misfits(shares: Sequence[Share], subset: Sequence[Share]) -> tuple[int, ...]:
    points = [(share.x, share.y) for share in subset]
    first = subset[0]
    fitting = {
        share
        for share in shares
        if (share.report_id, share.recipient_hash) == (first.report_id, first.recipient_hash)
        and _interpolate(points, len(points), share.x) == share.y
    }
    return tuple(sorted({share.x for share in shares if share not in fitting}))


def _interpolate(points: Sequence[tuple[int, bytes]], threshold: int, at: int) -> bytes:
    if len({x for x, _ in points}) < threshold:
        raise ShareError(f"{threshold} different shares are needed")
    size = len(points[0][1])
    packed = [(x, int.from_bytes(y)) for x, y in points]
    return gf256.interpolate(packed, at, size).to_bytes(size)
