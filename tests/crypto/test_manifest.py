"""The board manifest: both signatures, one spelling, every rule, and a chain."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import labels, signing
from crypto.errors import ManifestError
from crypto.hybrid import HybridIdentity
from crypto.manifest import (
    EpochRecipient,
    Manifest,
    Member,
    RootSeeds,
    SignedManifest,
    Watcher,
    check_successor,
    fingerprint_groups,
    sign_manifest,
)
from crypto.receipt import KdfParameters
from crypto.strict_json import Json, canonical, encode_blob, parse_object
from tests.crypto.boards import make_board

BOARD = make_board(3, 2, 1)
MANIFEST = BOARD.manifest
SIGNED = BOARD.signed.to_bytes()


def signed_json(change: dict[str, Json]) -> bytes:
    """The board's file with the manifest's fields changed and both signatures made anew."""
    value = parse_object(MANIFEST.to_bytes()) | change
    # Any manifest of the same root signs the bytes: what is tested is the reading.
    body = canonical(value)
    return canonical(
        {
            "ed25519_signature": encode_blob(signing.sign(BOARD.seeds.ed25519, labels.SIGNED_BOARD + body)),
            "manifest": value,
            "mldsa65_signature": encode_blob(
                MLDSA65PrivateKey.from_seed_bytes(BOARD.seeds.mldsa65).sign(body, labels.SIGNED_BOARD)
            ),
        }
    )


def test_a_signed_manifest_survives_both_ways() -> None:
    assert SignedManifest.from_bytes(SIGNED) == BOARD.signed
    assert SignedManifest.from_bytes(SIGNED + b"\n") == BOARD.signed
    assert SignedManifest.from_bytes(signed_json({})).manifest == MANIFEST


def test_the_file_is_canonical_json_and_its_hash_is_of_the_signed_bytes() -> None:
    assert canonical(parse_object(SIGNED)) == SIGNED
    assert MANIFEST.hash == hashlib.sha256(MANIFEST.to_bytes()).digest()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_a_flipped_byte_anywhere_is_refused(place: int, difference: int) -> None:
    wrong = bytearray(SIGNED)
    wrong[place] ^= difference
    with pytest.raises(ManifestError):
        SignedManifest.from_bytes(bytes(wrong))


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200) | st.integers(0, len(SIGNED) - 1).map(lambda end: SIGNED[:end]))
def test_any_other_bytes_and_any_cut_are_refused_by_our_error(data: bytes) -> None:
    with pytest.raises(ManifestError):
        SignedManifest.from_bytes(data)


@pytest.mark.parametrize("name", ["ed25519_signature", "mldsa65_signature"])
def test_one_good_signature_is_not_enough(name: str) -> None:
    value = parse_object(SIGNED)
    good = value[name]
    assert isinstance(good, str)
    value[name] = "A" * len(good)
    with pytest.raises(ManifestError, match="not signed by its root"):
        SignedManifest.from_bytes(canonical(value))


def test_another_spelling_of_the_same_manifest_is_refused() -> None:
    with pytest.raises(ManifestError, match="canonical"):
        SignedManifest.from_bytes(SIGNED.replace(b'":', b'": ', 1))


def test_other_root_keys_cannot_sign() -> None:
    other = RootSeeds.generate()
    with pytest.raises(ManifestError, match="root keys"):
        sign_manifest(MANIFEST, other.ed25519, other.mldsa65)
    with pytest.raises(ManifestError, match="root keys"):
        sign_manifest(MANIFEST, BOARD.seeds.ed25519, other.mldsa65)


def test_a_manifest_of_another_root_has_another_fingerprint() -> None:
    fingerprint = MANIFEST.root.fingerprint
    assert len(fingerprint) == 26
    assert fingerprint != RootSeeds.generate().public.fingerprint
    assert fingerprint_groups(fingerprint).replace(" ", "") == fingerprint
    assert [len(group) for group in fingerprint_groups(fingerprint).split()] == [4] * 6 + [2]


RULES: list[tuple[dict[str, Json], str]] = [
    ({"threshold": 4}, "larger than the number"),
    ({"threshold": 0}, "threshold"),
    ({"threshold": 1}, "single"),
    ({"single": True}, "single"),
    ({"members": []}, "1 to 15 members"),
    ({"staff": ["triage-1", "triage-1"]}, "same label"),
    ({"staff": ["Vocal-1"]}, "same label"),
    ({"staff": ["ｖocal-1"]}, "same label"),
    ({"staff": ["watcher-1"]}, "same label"),
    ({"staff": [""]}, "label"),
    ({"staff": ["a/b"]}, "label"),
    ({"staff": ["a\u202eb"]}, "label"),
    ({"staff": ["-a"]}, "label"),
    ({"staff": ["e\u0301"]}, "label"),
    ({"staff": ["x" * 61]}, "60"),
    ({"not_after": "2026-11-01"}, "before it begins"),
    ({"not_after": "2026-13-01"}, "not_after"),
    ({"previous": encode_blob(bytes(32))}, "only that one"),
    ({"sequence": 2}, "only that one"),
    ({"sequence": 0}, "sequence"),
    ({"version": 2}, "version"),
    ({"kind": "report"}, "kind"),
    ({"name": ""}, "name"),
    ({"name": "a\nb"}, "name"),
    ({"addresses": [""]}, "address"),
    ({"code_hashes": [{"name": "a.js", "hash": "AB" * 32}]}, "code hash"),
    ({"kdf": {"memory_kib": 2**40, "iterations": 1, "lanes": 1}}, "memory_kib"),
    ({"kdf": {"memory_kib": 4096, "iterations": 1, "lanes": 1, "more": 1}}, "unknown"),
    ({"more": 1}, "unknown"),
    ({"receipt_salt": "AAAA"}, "receipt_salt"),
    ({"desk_key": None}, "desk_key"),
]


@pytest.mark.parametrize(("change", "reason"), RULES)
def test_a_manifest_that_breaks_a_rule_is_refused_though_well_signed(
    change: dict[str, Json], reason: str
) -> None:
    with pytest.raises(ManifestError, match=reason):
        SignedManifest.from_bytes(signed_json(change))


def member(label: str, *epochs: str) -> Member:
    recipients = tuple(EpochRecipient(epoch, HybridIdentity.generate().recipient) for epoch in epochs)
    return Member(label.encode().ljust(8)[:8], label, HybridIdentity.generate().recipient, recipients)


def test_a_recipient_cannot_stand_in_two_places() -> None:
    one, two, *_ = MANIFEST.members
    with pytest.raises(ManifestError, match="same recipient"):
        replace(MANIFEST, members=(one, replace(two, epochs=one.epochs)))
    with pytest.raises(ManifestError, match="same recipient"):
        replace(MANIFEST, watchers=(Watcher("watcher-9", one.lasting),))
    with pytest.raises(ManifestError, match="same id"):
        replace(MANIFEST, members=(one, replace(two, id=one.id)))


@pytest.mark.parametrize("epochs", [("2026-11", "2027-01"), ("2026-12", "2026-11"), ("2026-13",), ("26-11",)])
def test_the_months_of_a_member_must_follow_each_other(epochs: tuple[str, ...]) -> None:
    with pytest.raises(ManifestError, match="month"):
        replace(MANIFEST, members=(*MANIFEST.members, member("vocal-9", *epochs)))


def test_a_member_without_months_is_refused() -> None:
    with pytest.raises(ManifestError, match="no epoch"):
        replace(MANIFEST, members=(*MANIFEST.members, member("vocal-9")))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 31), 0),
        (date(2026, 11, 30), 0),
        (date(2026, 12, 1), 1),
        (date(2027, 1, 31), 2),
        (date(2030, 1, 1), 2),
    ],
)
def test_a_share_goes_to_the_recipient_of_the_month(day: date, expected: int) -> None:
    someone = member("vocal-9", "2026-11", "2026-12", "2027-01")
    assert someone.recipient_for(day) == someone.epochs[expected].recipient


def test_holders_are_the_members_and_then_the_watchers() -> None:
    day = date(2026, 11, 20)
    holders = MANIFEST.holders
    assert [(each.x, each.label, each.kind) for each in holders] == [
        (1, "vocal-1", "member"),
        (2, "vocal-2", "member"),
        (3, "vocal-3", "member"),
        (4, "watcher-1", "watcher"),
    ]
    assert holders[0].recipient_for(day) == MANIFEST.members[0].epochs[0].recipient
    assert holders[3].recipient_for(day) == MANIFEST.watchers[0].recipient


@pytest.mark.parametrize(("watchers", "expected"), [(0, 0), (1, 1), (2, 2), (3, 2)])
def test_watchers_open_all_together_or_as_many_as_members(watchers: int, expected: int) -> None:
    some = tuple(Watcher(f"watcher-{n}", HybridIdentity.generate().recipient) for n in range(watchers))
    assert replace(MANIFEST, watchers=some).watcher_threshold == expected


def successor(**changes: object) -> Manifest:
    new = replace(MANIFEST, sequence=2, previous=MANIFEST.hash)
    for name, value in changes.items():
        object.__setattr__(new, name, value)
    return new


def test_a_direct_successor_is_accepted() -> None:
    check_successor(MANIFEST, successor())
    check_successor(MANIFEST, replace(successor(), threshold=3, name="Otro"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"board_id": bytes(16)}, "another board"),
        ({"root": RootSeeds.generate().public}, "root"),
        ({"receipt_salt": bytes(16)}, "receipt code"),
        ({"kdf": KdfParameters(8192, 1, 1)}, "receipt code"),
        ({"sequence": 3}, "follow"),
        ({"sequence": 1}, "follow"),
        ({"previous": bytes(32)}, "follow"),
    ],
)
def test_a_manifest_that_changes_what_is_fixed_does_not_follow(
    changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(ManifestError, match=reason):
        check_successor(MANIFEST, successor(**changes))


def test_the_root_seeds_do_not_show_themselves() -> None:
    assert repr(BOARD.seeds) == "RootSeeds()"
