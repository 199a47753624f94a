"""Facts: sealed for one row, one version and one generation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import SealedPartError
from crypto.facts import CaseKey, open_fact, seal_fact
from crypto.hybrid import HybridIdentity

KEY = CaseKey(bytes(range(32)), 1)
CASE = b"c" * 16
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=600)


@given(st.integers(0, 99), st.text("abc", max_size=9), TEXT)
def test_a_fact_survives_both_ways_in_steps_of_a_kibibyte(version: int, table: str, text: str) -> None:
    sealed = seal_fact(KEY, CASE, table, version, {"text": text})
    assert open_fact(KEY, CASE, table, version, sealed).text("text", 600) == text
    assert (len(sealed) - 12 - 16) % 1024 == 0


def test_facts_of_usual_length_have_one_size() -> None:
    assert len({len(seal_fact(KEY, CASE, "entry", 1, {"text": "a" * n})) for n in range(0, 1000, 50)}) == 1


@pytest.mark.parametrize(
    ("key", "case_id", "table", "version"),
    [
        (replace(KEY, seed=bytes(32)), CASE, "case", 1),
        (replace(KEY, generation=2), CASE, "case", 1),
        (KEY, b"d" * 16, "case", 1),
        (KEY, CASE, "entry", 1),
        (KEY, CASE, "case", 0),
    ],
)
def test_a_fact_opens_in_its_own_place_only(key: CaseKey, case_id: bytes, table: str, version: int) -> None:
    sealed = seal_fact(KEY, CASE, "case", 1, {"state": "received"})
    with pytest.raises(SealedPartError, match="does not open"):
        open_fact(key, case_id, table, version, sealed)


@given(st.binary(max_size=100))
def test_any_bytes_give_our_error(data: bytes) -> None:
    with pytest.raises(SealedPartError):
        open_fact(KEY, CASE, "case", 1, data)


@given(st.integers(0, 1051), st.integers(1, 255))
def test_a_flipped_byte_is_refused(place: int, difference: int) -> None:
    sealed = bytearray(seal_fact(KEY, CASE, "case", 1, {}))
    sealed[place] ^= difference
    with pytest.raises(SealedPartError):
        open_fact(KEY, CASE, "case", 1, bytes(sealed))


def test_a_case_key_is_an_identity_and_a_facts_key_and_shows_neither() -> None:
    assert KEY.identity == HybridIdentity.from_seed(KEY.seed)
    assert len(KEY.facts_key) == 32
    assert KEY.facts_key != KEY.seed
    assert repr(KEY) == "CaseKey(generation=1)"
