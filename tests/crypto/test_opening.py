"""Opening: subsets of shares, wrong ones named, grants and the root handed on."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import age, signing
from crypto.errors import AgeError, NoMatchingIdentityError, SealedPartError, ShareError
from crypto.hybrid import HybridIdentity
from crypto.manifest import RootSeeds
from crypto.opening import (
    Grant,
    RootShare,
    combine,
    combine_root,
    find_case_key,
    open_desk_key,
    open_grant,
    open_share,
    reseal_share,
    seal_desk_key,
    seal_grant,
    split_root,
    vault_unwrap,
    vault_wrap,
)
from crypto.shares import Share, blank_share, split
from tests.crypto.boards import make_board

SEED = bytes(range(32))
REPORT = b"r" * 16
HASH = hashlib.sha256(HybridIdentity.from_seed(SEED).recipient.to_bytes()).digest()
READER = HybridIdentity.from_seed(b"\x05" * 32)
OTHER = HybridIdentity.from_seed(b"\x06" * 32)
GRANT = Grant(b"c" * 16, 3, SEED)
VAULT = b"v" * 32
BLOB16 = st.binary(min_size=16, max_size=16)
BLOB32 = st.binary(min_size=32, max_size=32)


def shares_of(threshold: int, count: int) -> list[Share]:
    return [Share(REPORT, x, y, HASH) for x, y in enumerate(split(SEED, threshold, count), 1)]


def test_combine_gives_what_was_split() -> None:
    assert combine(shares_of(3, 5)[1:4], 3) == SEED


def test_combine_refuses_too_few_or_repeated_shares() -> None:
    shares = shares_of(3, 5)
    with pytest.raises(ShareError, match="3 different"):
        combine(shares[:2], 3)
    with pytest.raises(ShareError, match="3 different"):
        combine([shares[0], shares[0], shares[1]], 3)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 4), st.integers(0, 3), st.randoms())
def test_wrong_shares_are_named_and_do_not_prevent_opening(
    threshold: int, wrong: int, random: object
) -> None:
    shares = shares_of(threshold, threshold + wrong)
    places = list(range(len(shares)))
    getattr(random, "shuffle")(places)  # noqa: B009 - hypothesis types its Random as object
    for place in places[:wrong]:
        shares[place] = blank_share(REPORT, place + 1, HASH)
    found = find_case_key(shares, [threshold])
    assert found is not None
    assert found.case_key.seed == SEED
    assert found.case_key.generation == 0
    assert found.wrong == tuple(sorted(place + 1 for place in places[:wrong]))


def test_fewer_than_k_good_shares_find_nothing() -> None:
    shares = shares_of(3, 5)
    blanks = [blank_share(REPORT, x, HASH) for x in (3, 4, 5)]
    for pair in combinations(shares, 2):
        assert find_case_key(pair, [3]) is None
    assert find_case_key([*shares[:2], *blanks], [3]) is None
    assert find_case_key([], [3]) is None


def test_an_excluded_member_and_k_minus_one_others_open_none_of_2000() -> None:
    opened = 0
    for _ in range(2000):
        shares = shares_of(3, 5)
        # T3: the excluded member's own share is blank, and only two others are at hand.
        opened += find_case_key([blank_share(REPORT, 2, HASH), shares[0], shares[4]], [3]) is not None
    assert opened == 0


def test_two_versions_of_one_share_are_both_tried() -> None:
    shares = shares_of(3, 3)
    forged = blank_share(REPORT, 2, HASH)
    found = find_case_key([forged, *shares, shares[0]], [3])
    assert found is not None
    assert found.case_key.seed == SEED
    assert found.wrong == (2,)


def test_shares_of_another_report_or_recipient_are_named_and_never_mixed_in() -> None:
    shares = shares_of(2, 3)
    elsewhere = [replace(shares[0], report_id=b"s" * 16), replace(shares[1], recipient_hash=bytes(32))]
    assert find_case_key([elsewhere[0], shares[1]], [2]) is None
    found = find_case_key([*elsewhere, *shares[1:]], [2])
    assert found is not None
    assert found.wrong == (1, 2)


def test_each_threshold_is_tried() -> None:
    watchers = shares_of(2, 7)[5:]
    members = [blank_share(REPORT, x, HASH) for x in range(1, 6)]
    found = find_case_key([*members, *watchers], [3, 2])
    assert found is not None
    assert found.wrong == (1, 2, 3, 4, 5)


def test_a_released_share_is_the_same_share_for_another() -> None:
    share = shares_of(2, 3)[0]
    sealed = reseal_share(share, READER.recipient)
    assert open_share(sealed, [OTHER, READER]) == share
    with pytest.raises(NoMatchingIdentityError):
        open_share(sealed, [OTHER])


def test_a_share_file_with_many_stanzas_is_refused_before_it_is_tried() -> None:
    share = Share(REPORT, 1, bytes(32), HASH)
    assert open_share(age.seal(share.to_bytes(), [READER.recipient]), [READER]) == share
    with pytest.raises(ShareError, match="one stanza"):
        open_share(age.seal(share.to_bytes(), [OTHER.recipient, OTHER.recipient, READER.recipient]), [READER])


def test_what_is_no_share_is_refused() -> None:
    with pytest.raises(ShareError, match="kind"):
        open_share(seal_grant(READER.recipient, GRANT), [READER])
    with pytest.raises(AgeError):
        open_share(b"age-encryption.org/v1\n", [READER])


@given(BLOB16, st.integers(0, 999_999), BLOB32)
def test_a_grant_survives_both_ways_at_one_length(case_id: bytes, generation: int, seed: bytes) -> None:
    grant = Grant(case_id, generation, seed)
    assert Grant.from_bytes(grant.to_bytes()) == grant
    assert len(grant.to_bytes()) == 256
    assert vault_unwrap(VAULT, vault_wrap(VAULT, grant)) == grant


def test_a_sealed_grant_opens_for_its_reader_only() -> None:
    sealed = seal_grant(READER.recipient, GRANT)
    assert open_grant(sealed, [OTHER, READER]) == GRANT
    with pytest.raises(NoMatchingIdentityError):
        open_grant(sealed, [OTHER])
    assert len(sealed) == len(seal_grant(OTHER.recipient, replace(GRANT, generation=0)))


def test_a_wrapped_grant_opens_with_its_vault_key_only_and_unchanged() -> None:
    wrapped = vault_wrap(VAULT, GRANT)
    with pytest.raises(SealedPartError, match="vault key"):
        vault_unwrap(b"w" * 32, wrapped)
    for place in range(0, len(wrapped), 7):
        wrong = bytearray(wrapped)
        wrong[place] ^= 1
        with pytest.raises(SealedPartError):
            vault_unwrap(VAULT, bytes(wrong))


@given(st.binary(max_size=300))
def test_any_bytes_give_our_errors(data: bytes) -> None:
    with pytest.raises(SealedPartError):
        Grant.from_bytes(data)
    with pytest.raises(SealedPartError):
        vault_unwrap(VAULT, data)
    with pytest.raises(ShareError):
        RootShare.from_bytes(data)
    with pytest.raises(AgeError):
        open_share(data, [READER])
    with pytest.raises(AgeError):
        open_grant(data, [READER])


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=300))
def test_any_plaintext_for_the_right_reader_gives_our_errors(data: bytes) -> None:
    sealed = age.seal(data, [READER.recipient])
    with pytest.raises(ShareError):
        open_share(sealed, [READER])
    with pytest.raises(SealedPartError):
        open_grant(sealed, [READER])
    with pytest.raises(SealedPartError):
        open_desk_key(sealed, make_board(2, 2).manifest, [READER])


def test_any_k_root_shares_give_the_root_and_fewer_do_not() -> None:
    seeds = RootSeeds.generate()
    shares = split_root(seeds, b"b" * 16, 1, 3, 5)
    for subset in combinations(shares, 3):
        assert combine_root(subset, 3, seeds.public) == seeds
    with pytest.raises(ShareError, match="do not give"):
        combine_root(shares[:2], 3, seeds.public)
    with pytest.raises(ShareError, match="do not give"):
        combine_root([shares[0], shares[1], shares[1]], 3, seeds.public)


def test_a_wrong_root_share_is_survived_and_others_boards_are_refused() -> None:
    seeds = RootSeeds.generate()
    shares = split_root(seeds, b"b" * 16, 1, 2, 3)
    wrong = replace(shares[0], y=bytes(64))
    assert combine_root([wrong, *shares[1:]], 2, seeds.public) == seeds
    with pytest.raises(ShareError, match="different boards or times"):
        combine_root([replace(shares[0], sequence=2), *shares[1:]], 2, seeds.public)


@given(st.builds(RootShare, BLOB16, st.integers(1, 999_999), st.integers(1, 255), st.just(bytes(64))))
def test_a_root_share_survives_both_ways(share: RootShare) -> None:
    assert RootShare.from_bytes(share.to_bytes()) == share


def test_the_desk_key_opens_if_it_is_the_boards() -> None:
    board = make_board(2, 2)
    manifest = board.manifest
    sealed = seal_desk_key(board.desk_seed, manifest.board_id, [READER.recipient, OTHER.recipient])
    assert open_desk_key(sealed, manifest, [OTHER]) == board.desk_seed
    for seed, board_id in ((signing.generate_seed(), manifest.board_id), (board.desk_seed, bytes(16))):
        with pytest.raises(SealedPartError, match="not this board's"):
            open_desk_key(seal_desk_key(seed, board_id, [READER.recipient]), manifest, [READER])


def test_no_secret_shows_itself() -> None:
    shown = repr([GRANT, find_case_key(shares_of(1, 1), [1]), RootShare(b"b" * 16, 1, 1, SEED * 2)])
    assert "x01" not in shown
