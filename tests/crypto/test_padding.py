"""Sizes that say little."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import age
from crypto.hybrid import HybridIdentity
from crypto.padding import SEALED_SLOT, SLOT_PLAINTEXT, file_size, json_size, pad_json, padme

SIZES = st.integers(0, 2**40)


@pytest.mark.parametrize(
    ("size", "padded"),
    [
        (0, 16384),
        (16384, 16384),
        (16385, 65536),
        (65536, 65536),
        (65537, 262144),
        (262144, 262144),
        (262145, 270336),
    ],
)
def test_json_comes_in_three_sizes_and_above_them_in_padme_steps(size: int, padded: int) -> None:
    assert json_size(size) == padded


@given(SIZES)
def test_padme_adds_at_most_twelve_percent_and_keeps_order(size: int) -> None:
    assert size <= padme(size) <= size * 1.12
    assert padme(size) <= padme(size + 1)
    assert padme(padme(size)) == padme(size)


def test_padme_leaves_few_sizes() -> None:
    assert len({padme(size) for size in range(2**16 + 1, 2**17 + 1)}) == 32


@given(SIZES)
def test_a_file_is_never_smaller_than_a_kibibyte(size: int) -> None:
    assert file_size(size) == max(1024, padme(size))


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=30)))
def test_padded_json_is_the_same_json(value: dict[str, str]) -> None:
    padded = pad_json(json.dumps(value).encode())
    assert len(padded) == 16384
    assert json.loads(padded) == value


def test_a_full_slot_is_sealed_to_exactly_32_kib() -> None:
    recipient = HybridIdentity.generate().recipient
    assert len(age.seal(bytes(SLOT_PLAINTEXT), [recipient])) == SEALED_SLOT == 32768
