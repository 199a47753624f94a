"""Found a board, and make the next manifest of one; whoever writes the files is crypto.board_cli."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from crypto import age, signing
from crypto.errors import ManifestError
from crypto.hybrid import HybridRecipient
from crypto.identity_file import Card
from crypto.manifest import (
    BOARD_ID_SIZE,
    MEMBER_ID_SIZE,
    Manifest,
    Member,
    RootSeeds,
    SignedManifest,
    Watcher,
    check_successor,
    sign_manifest,
)
from crypto.opening import RootShare, combine_root, seal_desk_key, split_root
from crypto.receipt import SALT_SIZE, KdfParameters

# protocol.md §4 says why so light.
RECEIPT_KDF = KdfParameters(memory_kib=4096, iterations=1, lanes=1)


@dataclass(frozen=True, slots=True)
class BoardFiles:
    """What a board's folder gets: `root_shares` and `desk_key` are age files, empty where nothing changes."""

    signed: SignedManifest
    root_shares: Mapping[str, bytes] = field(repr=False)
    desk_key: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the founders decide; members' cards need epochs, a watcher's lasting recipient is taken."""

    name: str
    threshold: int
    single: bool
    members: tuple[Card, ...]
    staff: tuple[str, ...]
    watchers: tuple[Card, ...]
    addresses: tuple[str, ...]
    not_before: date
    not_after: date


@dataclass(frozen=True, slots=True)
class Changes:
    """What the next manifest changes; None and empty mean that it stays."""

    name: str | None = None
    threshold: int | None = None
    single: bool = False
    add_members: tuple[Card, ...] = ()
    remove_members: tuple[str, ...] = ()
    renew_members: tuple[Card, ...] = ()
    add_staff: tuple[str, ...] = ()
    remove_staff: tuple[str, ...] = ()
    add_watchers: tuple[Card, ...] = ()
    remove_watchers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    not_after: date | None = None


def found(plan: Plan) -> BoardFiles:
    """A new board, its root seeds split and forgotten; ManifestError."""
    seeds, desk_seed = RootSeeds.generate(), signing.generate_seed()
    manifest = Manifest(
        board_id=os.urandom(BOARD_ID_SIZE),
        name=plan.name,
        sequence=1,
        previous=None,
        threshold=plan.threshold,
        single=plan.single,
        members=tuple(_member(card) for card in plan.members),
        staff=plan.staff,
        watchers=tuple(_watcher(card) for card in plan.watchers),
        not_before=plan.not_before,
        not_after=plan.not_after,
        desk_key=signing.verification_key(desk_seed),
        code_hashes=(),
        addresses=plan.addresses,
        receipt_salt=os.urandom(SALT_SIZE),
        kdf=RECEIPT_KDF,
        root=seeds.public,
    )
    return _files(manifest, seeds, desk_seed)


def succeed(
    old: SignedManifest, shares: Sequence[RootShare], desk_seed: bytes, changes: Changes
) -> BoardFiles:
    """The manifest after `old`, signed with what k members' root shares give; ManifestError, ShareError."""
    seeds = combine_root(shares, old.manifest.threshold, old.manifest.root)
    manifest = _apply(old.manifest, changes)
    check_successor(old.manifest, manifest)
    if _keepers(manifest) == _keepers(old.manifest):
        return BoardFiles(sign_manifest(manifest, seeds.ed25519, seeds.mldsa65), {}, None)
    return _files(manifest, seeds, desk_seed)


def _files(manifest: Manifest, seeds: RootSeeds, desk_seed: bytes) -> BoardFiles:
    lasting = [member.lasting for member in manifest.members]
    shares = split_root(seeds, manifest.board_id, manifest.sequence, manifest.threshold, len(lasting))
    return BoardFiles(
        signed=sign_manifest(manifest, seeds.ed25519, seeds.mldsa65),
        root_shares={
            member.label: age.seal(share.to_bytes(), [member.lasting])
            for member, share in zip(manifest.members, shares, strict=True)
        },
        desk_key=seal_desk_key(desk_seed, manifest.board_id, lasting),
    )


def _keepers(manifest: Manifest) -> tuple[int, list[HybridRecipient]]:
    # New months of a member leave the root shares as they are: these are sealed to lasting recipients.
    return manifest.threshold, [member.lasting for member in manifest.members]


def _apply(old: Manifest, changes: Changes) -> Manifest:
    renewed = {card.label: card for card in changes.renew_members}
    _check_known(changes.remove_members, [member.label for member in old.members])
    _check_known(renewed, [member.label for member in old.members])
    _check_known(changes.remove_staff, old.staff)
    _check_known(changes.remove_watchers, [watcher.label for watcher in old.watchers])
    kept = [member for member in old.members if member.label not in changes.remove_members]
    members = [
        # The id stays: it is the same person with new keys.
        _member(renewed[member.label], member.id) if member.label in renewed else member
        for member in kept
    ]
    watchers = [watcher for watcher in old.watchers if watcher.label not in changes.remove_watchers]
    return replace(
        old,
        name=old.name if changes.name is None else changes.name,
        sequence=old.sequence + 1,
        previous=old.hash,
        threshold=old.threshold if changes.threshold is None else changes.threshold,
        single=old.single if changes.threshold is None else changes.single,
        members=(*members, *(_member(card) for card in changes.add_members)),
        staff=(*(label for label in old.staff if label not in changes.remove_staff), *changes.add_staff),
        watchers=(*watchers, *(_watcher(card) for card in changes.add_watchers)),
        addresses=changes.addresses or old.addresses,
        not_after=changes.not_after or old.not_after,
    )


def _member(card: Card, member_id: bytes | None = None) -> Member:
    return Member(member_id or os.urandom(MEMBER_ID_SIZE), card.label, card.lasting, card.epochs)


def _watcher(card: Card) -> Watcher:
    return Watcher(card.label, card.lasting)


def _check_known(named: Iterable[str], known: Sequence[str]) -> None:
    for label in named:
        if label not in known:
            raise ManifestError(f"the board has no {label} in that place")
