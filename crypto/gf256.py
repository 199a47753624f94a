"""GF(2^8) with the polynomial 0x11b, on many bytes packed in one integer (protocol.md §3).

No tables, and no branch or index on a packed value: only on scalars, which are public positions of shares.
"""

from collections.abc import Sequence
from functools import lru_cache, reduce
from operator import xor

_LOW_BITS = 0x7F
_REDUCTION = 0x1B


def multiply(packed: int, scalar: int, size: int) -> int:
    """Each of the `size` bytes of `packed` times the public `scalar`."""
    ones = int.from_bytes(b"\x01" * size)
    product = 0
    while scalar:
        if scalar & 1:
            product ^= packed
        # Times x in every byte at once: the bit that leaves a byte comes back as the reduction polynomial.
        packed = ((packed & ones * _LOW_BITS) << 1) ^ ((packed >> 7 & ones) * _REDUCTION)
        scalar >>= 1
    return product


def evaluate(coefficients: Sequence[int], x: int, size: int) -> int:
    """The polynomial with these packed coefficients, constant term first, at the public `x`."""
    return reduce(lambda value, term: multiply(value, x, size) ^ term, reversed(coefficients), 0)


def interpolate(points: Sequence[tuple[int, int]], at: int, size: int) -> int:
    """The value at the public `at` of the polynomial through (x, packed y), all x different."""
    weights = _lagrange(tuple(x for x, _ in points), at)
    return reduce(xor, (multiply(y, weight, size) for (_, y), weight in zip(points, weights, strict=True)), 0)


@lru_cache(maxsize=4096)
def _lagrange(places: tuple[int, ...], at: int) -> tuple[int, ...]:
    # Public, and the same for every report of a board.
    weights = []
    for x in places:
        weight = 1
        for other in places:
            if other != x:
                weight = multiply(weight, multiply(at ^ other, _inverse(x ^ other), 1), 1)
        weights.append(weight)
    return tuple(weights)


def _inverse(scalar: int) -> int:
    # scalar ** 254: the product of its squares from the second to the 128th power.
    product, power = 1, scalar
    for _ in range(7):
        power = multiply(power, power, 1)
        product = multiply(product, power, 1)
    return product
