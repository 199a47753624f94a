"""Ed25519: the RFC's vector, and nothing else verifies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import signing
from crypto.signing import SignatureError

# RFC 8032 §7.1, test 2.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
KEY = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_the_vector_of_the_rfc_holds() -> None:
    assert signing.verification_key(SEED) == KEY
    assert signing.sign(SEED, b"r") == SIGNATURE
    signing.verify(KEY, b"r", SIGNATURE)


@given(st.integers(0, 511))
def test_a_flipped_bit_of_a_signature_is_refused(bit: int) -> None:
    wrong = bytearray(SIGNATURE)
    wrong[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureError):
        signing.verify(KEY, b"r", bytes(wrong))


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_any_key_and_signature_give_our_error(key: bytes, signature: bytes) -> None:
    with pytest.raises(SignatureError):
        signing.verify(key, b"data nobody signed", signature)


def test_fresh_seeds_differ() -> None:
    assert signing.generate_seed() != signing.generate_seed()
