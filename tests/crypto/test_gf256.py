"""Packed arithmetic in GF(2^8), against the textbook's one byte at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crypto.gf256 import evaluate, interpolate, multiply

BYTES = st.integers(0, 255)


def textbook(a: int, b: int) -> int:
    product = 0
    for bit in range(8):
        if b >> bit & 1:
            product ^= a << bit
    for bit in range(15, 7, -1):
        if product >> bit & 1:
            product ^= 0x11B << (bit - 8)
    return product


def test_every_product_of_two_bytes_is_the_textbooks() -> None:
    assert all(multiply(a, b, 1) == textbook(a, b) for a in range(256) for b in range(256))


@given(st.binary(min_size=1, max_size=64), BYTES)
def test_packed_bytes_are_multiplied_each_alone(data: bytes, scalar: int) -> None:
    packed = multiply(int.from_bytes(data), scalar, len(data)).to_bytes(len(data))
    assert packed == bytes(textbook(byte, scalar) for byte in data)


@given(st.lists(BYTES, min_size=1, max_size=6), st.data())
def test_a_polynomial_goes_through_its_own_points(coefficients: list[int], data: st.DataObject) -> None:
    count = len(coefficients)
    places = data.draw(st.lists(BYTES, min_size=count, max_size=count, unique=True))
    points = [(x, evaluate(coefficients, x, 1)) for x in places]
    at = data.draw(BYTES)
    assert interpolate(points, at, 1) == evaluate(coefficients, at, 1)
