"""One number is read out of Exif, however hostile the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.metadata.orientation import UPRIGHT, block, find
from tests.intake.metadata.pictures import exif


@pytest.mark.parametrize("side", range(1, 9))
def test_a_block_states_its_orientation_and_is_short(side: int) -> None:
    assert find(block(side)) == side
    assert len(block(side)) == 26


@pytest.mark.parametrize("side", range(1, 9))
def test_blocks_of_others_are_read(side: int) -> None:
    assert find(exif(side).tobytes().removeprefix(b"Exif\0\0")) == side


@pytest.mark.parametrize("side", [0, 9, 65535])
def test_an_impossible_orientation_is_none(side: int) -> None:
    assert find(block(side)) == UPRIGHT


@given(
    st.binary(max_size=80),
    st.sampled_from([b"", b"II*\0", b"MM\0*", b"MM\0*\0\0\0\x08", b"II*\0\xff\xff\xff\xff"]),
)
def test_any_bytes_give_an_orientation(data: bytes, start: bytes) -> None:
    assert 1 <= find(start + data) <= 8


@given(st.integers(0, 25))
def test_a_cut_block_gives_an_orientation(size: int) -> None:
    assert find(block(6)[:size]) in {UPRIGHT, 6}
