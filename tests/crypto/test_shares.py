"""Shares: k open, k - 1 tell nothing, and a blank one looks like any other."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import ShareError
from crypto.gf256 import interpolate
from crypto.shares import Share, blank_share, split

BOARDS = st.integers(1, 15).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))
SECRETS = st.binary(min_size=32, max_size=32)
SHARES = st.builds(Share, st.binary(min_size=16, max_size=16), st.integers(1, 255), SECRETS, SECRETS)


def combined(points: list[bytes], places: tuple[int, ...]) -> bytes:
    packed = [(x, int.from_bytes(points[x - 1])) for x in places]
    return interpolate(packed, 0, len(points[0])).to_bytes(len(points[0]))


@given(SECRETS, BOARDS, st.data())
def test_any_k_shares_give_the_secret(secret: bytes, board: tuple[int, int], data: st.DataObject) -> None:
    threshold, count = board
    points = split(secret, threshold, count)
    places = data.draw(st.permutations(range(1, count + 1)))[:threshold]
    assert len(points) == count
    assert combined(points, tuple(places)) == secret


def test_all_smaller_subsets_fail_and_all_of_k_open() -> None:
    secret = bytes(range(32))
    for count in range(2, 8):
        for threshold in range(2, count + 1):
            points = split(secret, threshold, count)
            everyone = range(1, count + 1)
            assert all(combined(points, each) == secret for each in combinations(everyone, threshold))
            assert not any(combined(points, each) == secret for each in combinations(everyone, threshold - 1))


def test_fewer_than_k_shares_fit_every_secret_equally() -> None:
    # For any other secret there is a polynomial through the same k - 1 points: they tell nothing (T4).
    points = split(b"\x17", 3, 5)
    known = [(1, points[0][0]), (2, points[1][0])]
    for other in range(256):
        third = interpolate([(0, other), *known], 3, 1)
        assert interpolate([*known, (3, third)], 0, 1) == other


def test_the_same_secret_is_split_differently_each_time() -> None:
    assert split(bytes(32), 2, 3) != split(bytes(32), 2, 3)


@pytest.mark.parametrize(("threshold", "count"), [(0, 3), (4, 3), (1, 256), (-1, 3), (1, 0)])
def test_an_impossible_split_is_refused(threshold: int, count: int) -> None:
    with pytest.raises(ShareError):
        split(bytes(32), threshold, count)


@given(SHARES)
def test_a_share_survives_both_ways(share: Share) -> None:
    assert Share.from_bytes(share.to_bytes()) == share


@given(SHARES)
def test_a_blank_share_has_the_length_and_shape_of_a_real_one(share: Share) -> None:
    blank = blank_share(share.report_id, share.x, share.recipient_hash)
    assert len(blank.to_bytes()) == len(share.to_bytes())
    assert (blank.report_id, blank.x, blank.recipient_hash) == (
        share.report_id,
        share.x,
        share.recipient_hash,
    )
    assert blank.y != share.y


@given(st.binary(max_size=300))
def test_any_bytes_give_a_share_or_our_error(data: bytes) -> None:
    with pytest.raises(ShareError):
        Share.from_bytes(data)


@given(SHARES, st.data())
def test_a_mutated_share_gives_another_share_or_our_error(share: Share, data: st.DataObject) -> None:
    encoded = bytearray(share.to_bytes())
    place = data.draw(st.integers(0, len(encoded) - 1))
    encoded[place] ^= data.draw(st.integers(1, 255))
    try:
        other = Share.from_bytes(bytes(encoded))
    except ShareError:
        return
    assert other != share


def test_a_share_does_not_show_its_secret() -> None:
    share = Share(bytes(16), 1, b"\xaa" * 32, bytes(32))
    assert "xaa" not in repr(share)
