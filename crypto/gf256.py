"""GF(2^8) with the polynomial 0x11b, on many bytes packed in one integer (protocol.md §3).

No tables, and no branch or index on a packed value: only on scalars, which are public positions of shares.
"""

from collections.abc import Sequence
from functools import reduce

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
    value = 0
    for x, y in points:
        weight = 1
        for other, _ in points:
            if other != x:
                weight = multiply(weight, multiply(at ^ other, _inverse(x ^ other), 1), 1)
        value ^= multiply(y, weight, size)
    return value


def _inverse(scalar: int) -> int:
    power = 1
    for _ in range(254):
        power = multiply(power, scalar, 1)
    return power
