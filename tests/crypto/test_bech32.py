"""Bech32 without a length limit: every string has one reading and one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.bech32 import decode, encode
from crypto.errors import RecipientError

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
# BIP 173, "Test vectors": valid strings that hold whole bytes, and invalid ones.
VALID = [
    "A12UEL5L",
    "a12uel5l",
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
    "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
    "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    "?1ezyfcl",
]
INVALID = [
    "\x201nwldj5",
    "\x7f1axkwrx",
    "\x801eym55h",
    "pzry9x0s0muk",
    "1pzry9x0s0muk",
    "x1b4n0q5v",
    "li1dgmt3",
    "de1lg7wt\xff",
    "A1G7SGD8",
    "10a06t8",
    "1qzzfhee",
    "A12UEl5L",
]
HRPS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20).map(str.lower)


@pytest.mark.parametrize("text", VALID)
def test_published_strings_are_read_and_written_back(text: str) -> None:
    hrp, data = decode(text)
    assert encode(hrp, data) == text


@pytest.mark.parametrize("text", INVALID)
def test_published_invalid_strings_are_refused(text: str) -> None:
    with pytest.raises(RecipientError):
        decode(text)


@given(HRPS, st.binary(max_size=1300))
def test_what_is_encoded_is_decoded(hrp: str, data: bytes) -> None:
    assert decode(encode(hrp, data)) == (hrp, data)


@given(st.binary(max_size=40))
def test_the_case_of_the_prefix_is_the_case_of_the_text(data: bytes) -> None:
    text = encode("AGE-SECRET-KEY-", data)
    assert text == text.upper()
    assert decode(text) == ("AGE-SECRET-KEY-", data)
    assert decode(text.lower()) == ("age-secret-key-", data)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_one_changed_character_is_refused(data: bytes, draw: st.DataObject) -> None:
    text = encode("age", data)
    place = draw.draw(st.integers(4, len(text) - 1))
    other = draw.draw(st.sampled_from(ALPHABET).filter(lambda c: c != text[place]))
    with pytest.raises(RecipientError):
        decode(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("hrp", ["", "Mixed", "a b", "ñ"])
def test_a_bad_prefix_is_refused(hrp: str) -> None:
    with pytest.raises(RecipientError):
        encode(hrp, b"data")


@given(st.text())
def test_no_text_brings_out_another_error(text: str) -> None:
    try:
        hrp, data = decode(text)
    except RecipientError:
        return
    assert encode(hrp, data) == text


def test_padding_that_is_not_zero_is_refused() -> None:
    # One byte takes two symbols with two bits over; the second symbol here has one of them set.
    with pytest.raises(RecipientError, match="padding"):
        decode(with_checksum("a", [0, 1]))


def test_a_whole_symbol_of_padding_is_refused() -> None:
    with pytest.raises(RecipientError, match="padding"):
        decode(with_checksum("a", [0]))


def with_checksum(hrp: str, symbols: list[int]) -> str:
    """A string with a right checksum over any symbols, valid padding or not (BIP 173, "Checksum")."""
    checksum = 1
    expanded = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    for value in [*expanded, *symbols, 0, 0, 0, 0, 0, 0]:
        top, checksum = checksum >> 25, (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
            checksum ^= term if top >> bit & 1 else 0
    tail = [(checksum ^ 1) >> 5 * place & 31 for place in reversed(range(6))]
    return hrp + "1" + "".join(ALPHABET[value] for value in [*symbols, *tail])
