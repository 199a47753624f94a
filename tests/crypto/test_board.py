"""Founding a board and making the next manifest of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from crypto import age
from crypto.board import BoardFiles, Changes, Plan, found, succeed
from crypto.errors import ManifestError, NoMatchingIdentityError, ShareError
from crypto.identity_file import Card, PersonKeys, make_person, renew_person
from crypto.manifest import SignedManifest, check_successor
from crypto.opening import RootShare, combine_root, open_desk_key
from crypto.receipt import KdfParameters

PEOPLE = {f"vocal-{n}": make_person(f"vocal-{n}", "2026-11", 1) for n in range(1, 5)}
WATCHER = make_person("watcher-1", None)
PLAN = Plan(
    name="Consejo",
    threshold=2,
    single=False,
    members=tuple(Card.of(PEOPLE[f"vocal-{n}"]) for n in (1, 2, 3)),
    staff=("triage-1",),
    watchers=(Card.of(WATCHER),),
    addresses=("https://consejo.example",),
    not_before=date(2026, 11, 1),
    not_after=date(2027, 11, 1),
)
BOARD = found(PLAN)


def root_share(files: BoardFiles, keys: PersonKeys) -> RootShare:
    return RootShare.from_bytes(age.open_sealed(files.root_shares[keys.label], [keys.lasting]))


def next_board(changes: Changes, *signers: str) -> BoardFiles:
    shares = [root_share(BOARD, PEOPLE[label]) for label in signers or ("vocal-1", "vocal-3")]
    assert BOARD.desk_key is not None
    desk_seed = open_desk_key(BOARD.desk_key, BOARD.signed.manifest, [PEOPLE["vocal-1"].lasting])
    return succeed(BOARD.signed, shares, desk_seed, changes)


def test_a_new_board_is_what_was_planned() -> None:
    manifest = SignedManifest.from_bytes(BOARD.signed.to_bytes()).manifest
    assert (manifest.name, manifest.threshold, manifest.sequence) == ("Consejo", 2, 1)
    assert [member.label for member in manifest.members] == ["vocal-1", "vocal-2", "vocal-3"]
    assert [watcher.recipient for watcher in manifest.watchers] == [WATCHER.lasting.recipient]
    assert manifest.kdf == KdfParameters(4096, 1, 1)
    assert sorted(BOARD.root_shares) == ["vocal-1", "vocal-2", "vocal-3"]


def test_two_boards_share_nothing() -> None:
    one, two = BOARD.signed.manifest, found(PLAN).signed.manifest
    assert one.board_id != two.board_id
    assert one.receipt_salt != two.receipt_salt
    assert one.root != two.root
    assert one.desk_key != two.desk_key


def test_every_member_opens_the_desk_key_and_only_the_own_root_share() -> None:
    assert BOARD.desk_key is not None
    for member in BOARD.signed.manifest.members:
        keys = PEOPLE[member.label]
        assert root_share(BOARD, keys).sequence == 1
        assert len(open_desk_key(BOARD.desk_key, BOARD.signed.manifest, [keys.lasting])) == 32
    with pytest.raises(NoMatchingIdentityError):
        age.open_sealed(BOARD.root_shares["vocal-1"], [PEOPLE["vocal-2"].lasting])


def test_an_impossible_plan_founds_nothing() -> None:
    with pytest.raises(ManifestError, match="larger"):
        found(replace(PLAN, threshold=4))
    with pytest.raises(ManifestError, match="single"):
        found(replace(PLAN, threshold=1))
    with pytest.raises(ManifestError, match="no epoch"):
        found(replace(PLAN, members=(Card.of(WATCHER),), threshold=1, single=True, watchers=()))


def test_a_change_of_words_keeps_the_shares() -> None:
    changes = Changes(
        name="Otro", add_staff=("triage-2",), remove_staff=("triage-1",), not_after=date(2028, 1, 1)
    )
    new = next_board(changes)
    manifest = new.signed.manifest
    assert (manifest.name, manifest.staff, manifest.not_after) == ("Otro", ("triage-2",), date(2028, 1, 1))
    assert (new.root_shares, new.desk_key) == ({}, None)
    check_successor(BOARD.signed.manifest, SignedManifest.from_bytes(new.signed.to_bytes()).manifest)


def test_a_change_of_members_splits_the_root_anew() -> None:
    new = next_board(
        Changes(add_members=(Card.of(PEOPLE["vocal-4"]),), remove_members=("vocal-2",), threshold=3)
    )
    manifest = new.signed.manifest
    assert [member.label for member in manifest.members] == ["vocal-1", "vocal-3", "vocal-4"]
    assert sorted(new.root_shares) == ["vocal-1", "vocal-3", "vocal-4"]
    shares = [root_share(new, PEOPLE[member.label]) for member in manifest.members]
    assert combine_root(shares, 3, manifest.root).public == manifest.root
    assert new.desk_key is not None
    open_desk_key(new.desk_key, manifest, [PEOPLE["vocal-4"].lasting])
    # Old and new shares do not go together.
    with pytest.raises(ShareError):
        combine_root([root_share(BOARD, PEOPLE["vocal-2"]), *shares[:2]], 3, manifest.root)


def test_a_renewed_member_keeps_the_id() -> None:
    card = Card.of(make_person("vocal-2", "2027-11", 1))
    manifest = next_board(Changes(renew_members=(card,))).signed.manifest
    old = BOARD.signed.manifest.members[1]
    assert (manifest.members[1].id, manifest.members[1].lasting) == (old.id, card.lasting)


def test_new_months_of_a_member_keep_the_shares() -> None:
    card = Card.of(renew_person(PEOPLE["vocal-2"], "2026-12", epochs=2))
    new = next_board(Changes(renew_members=(card,)))
    assert [each.epoch for each in new.signed.manifest.members[1].epochs] == ["2026-11", "2026-12", "2027-01"]
    assert (new.root_shares, new.desk_key) == ({}, None)


def test_watchers_come_and_go_without_a_new_split() -> None:
    other = Card.of(make_person("watcher-2", None))
    new = next_board(
        Changes(add_watchers=(other,), remove_watchers=("watcher-1",), addresses=("https://x.example",))
    )
    assert [watcher.label for watcher in new.signed.manifest.watchers] == ["watcher-2"]
    assert new.signed.manifest.addresses == ("https://x.example",)
    assert new.root_shares == {}


def test_fewer_than_k_members_change_nothing() -> None:
    with pytest.raises(ShareError):
        next_board(Changes(name="Golpe"), "vocal-1")


@pytest.mark.parametrize(
    "changes",
    [
        Changes(remove_members=("nadie",)),
        Changes(remove_staff=("vocal-1",)),
        Changes(remove_watchers=("vocal-1",)),
        Changes(renew_members=(Card.of(PEOPLE["vocal-4"]),)),
    ],
)
def test_a_change_of_somebody_unknown_is_refused(changes: Changes) -> None:
    with pytest.raises(ManifestError, match="has no"):
        next_board(changes)


def test_a_change_that_breaks_a_rule_is_refused() -> None:
    with pytest.raises(ManifestError, match="larger"):
        next_board(Changes(remove_members=("vocal-2", "vocal-3")))
    with pytest.raises(ManifestError, match="single"):
        next_board(Changes(threshold=1))
    assert next_board(Changes(threshold=1, single=True)).signed.manifest.single


def test_neither_files_nor_changes_show_key_material() -> None:
    assert "age-encryption" not in repr(BOARD)
