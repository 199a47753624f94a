"""Receipt codes: slips are told, every way of writing is read, and the keys are the protocol's."""

from __future__ import annotations

import hashlib
import hmac
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import signing
from crypto.errors import ReceiptError
from crypto.receipt import DIGITS, KdfParameters, ReceiptCode, derive

KDF = KdfParameters(memory_kib=1024, iterations=1, lanes=1)
SALT = bytes(range(16))

CODES = st.builds(ReceiptCode.generate)
# Each begins a run of ten decimal digits: ASCII, Arabic-Indic, Persian, Devanagari, Bengali, full width.
SCRIPTS = ["0", "٠", "۰", "०", "০", "０"]


def digits_of(code: ReceiptCode) -> str:
    return "".join(code.groups)


def reason(text: str) -> str:
    with pytest.raises(ReceiptError) as caught:
        ReceiptCode.parse(text)
    return caught.value.reason


@given(CODES)
def test_a_code_is_six_groups_of_five_and_reads_back(code: ReceiptCode) -> None:
    assert [len(group) for group in code.groups] == [5] * 6
    assert str(code) == " ".join(code.groups)
    assert ReceiptCode.parse(str(code)) == code


@given(CODES)
def test_the_check_digits_are_those_of_iso_7064_mod_97_10(code: ReceiptCode) -> None:
    assert int(digits_of(code)) % 97 == 1
    assert 2 <= int(digits_of(code)[-2:]) <= 98


@settings(max_examples=50)
@given(CODES)
def test_every_single_slip_is_told(code: ReceiptCode) -> None:
    digits = digits_of(code)
    for place in range(DIGITS):
        for wrong in set("0123456789") - {digits[place]}:
            assert reason(digits[:place] + wrong + digits[place + 1 :]) == "check"


@settings(max_examples=50)
@given(CODES)
def test_every_transposition_of_neighbours_is_told(code: ReceiptCode) -> None:
    digits = digits_of(code)
    for place, (left, right) in enumerate(pairwise(digits)):
        if left != right:
            assert reason(digits[:place] + right + left + digits[place + 2 :]) == "check"


@given(CODES)
def test_the_groups_may_come_in_reverse_order(code: ReceiptCode) -> None:
    assert ReceiptCode.parse(" ".join(reversed(code.groups))) == code


@given(st.integers(0, 10**28 - 1))
def test_any_28_digits_with_their_check_digits_are_a_code(body: int) -> None:
    digits = f"{body:028}{98 - body * 100 % 97:02}"
    assert "".join(ReceiptCode.parse(digits).groups) == digits


@given(
    CODES,
    st.sampled_from(SCRIPTS),
    st.sampled_from([" ", "-", "", "\u00a0", "\u2013", "\u200f \u200e", "\n"]),
)
def test_a_code_is_read_in_any_decimal_digits_and_with_any_separator(
    code: ReceiptCode, zero: str, separator: str
) -> None:
    written = separator.join("".join(chr(ord(zero) + int(digit)) for digit in group) for group in code.groups)
    assert ReceiptCode.parse(f" {written}\t") == code


@pytest.mark.parametrize("alias", ["00", "01", "99"])
def test_aliases_of_check_digits_are_refused(alias: str) -> None:
    # 28 digits whose computed check digits have the same remainder as the alias.
    computed = {"00": 97, "01": 98, "99": 2}[alias]
    body = next(f"{n:028}" for n in range(1, 200) if 98 - n * 100 % 97 == computed)
    assert reason(body + alias) == "check"
    assert ReceiptCode.parse(f"{body}{computed:02}").groups[-1].endswith(f"{computed:02}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "length"),
        ("1" * 29, "length"),
        ("1" * 31, "length"),
        ("1" * 10**6, "length"),
        ("12345 x", "digits"),
        ("²" * 30, "digits"),
        ("①" * 30, "digits"),
        ("一" * 30, "digits"),
        ("1" * 30, "check"),
    ],
)
def test_what_is_no_code_is_refused_with_a_reason(text: str, expected: str) -> None:
    assert reason(text) == expected


@given(st.text(max_size=60))
def test_any_text_gives_a_code_or_our_error(text: str) -> None:
    try:
        code = ReceiptCode.parse(text)
    except ReceiptError:
        return
    assert len(digits_of(code)) == DIGITS


def test_neither_a_code_nor_its_keys_show_themselves() -> None:
    code = ReceiptCode.generate()
    keys = derive(code, SALT, KDF)
    shown = repr(code) + repr(keys) + str(keys)
    assert all(group not in shown for group in code.groups)
    assert keys.thread_id.hex() not in shown
    assert "b'" not in shown


def test_fresh_codes_differ() -> None:
    assert len({digits_of(ReceiptCode.generate()) for _ in range(200)}) == 200


def test_the_keys_are_recomputed_by_hand() -> None:
    code = ReceiptCode.generate()
    password = digits_of(code)[:28].encode()
    root = Argon2id(salt=SALT, length=32, iterations=1, lanes=1, memory_cost=1024).derive(password)

    def expand(label: bytes, size: int) -> bytes:
        # RFC 5869 by hand: no salt is a block of zeros, and one block of output is enough.
        key = hmac.digest(bytes(32), root, "sha256")
        return hmac.digest(key, label + b"\x01", hashlib.sha256)[:size]

    keys = derive(code, SALT, KDF)
    assert keys.identity.seed == expand(b"resguardo/v1/receipt/reporter-identity", 32)
    assert keys.filing_salt == expand(b"resguardo/v1/receipt/filing-salt", 16)
    seed = expand(b"resguardo/v1/receipt/reporter-signature", 32)
    assert keys.verification_key == signing.verification_key(seed)
    assert keys.sign(b"x") == signing.sign(seed, b"x")
    public = signing.verification_key(seed) + keys.identity.recipient.to_bytes()
    assert keys.thread_id == hashlib.sha256(b"resguardo/v1/receipt/thread-id" + public).digest()


def test_another_board_gives_another_thread() -> None:
    code = ReceiptCode.generate()
    assert derive(code, SALT, KDF).thread_id != derive(code, bytes(16), KDF).thread_id
