"""Fingerprints as people type them from a poster."""

from __future__ import annotations

import hashlib
from base64 import b32decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import ManifestError
from crypto.fingerprint import fingerprint_of, parse_fingerprint


@given(st.binary())
def test_a_fingerprint_is_128_bits_of_the_hash(data: bytes) -> None:
    text = fingerprint_of(data)
    assert b32decode(text + "======") == hashlib.sha256(data).digest()[:16]
    assert parse_fingerprint(text) == text


@given(st.binary(), st.sampled_from([" ", "-", "\n"]))
def test_case_spaces_and_dashes_do_not_matter(data: bytes, separator: str) -> None:
    text = fingerprint_of(data)
    assert parse_fingerprint(f" {text[:4].lower()}{separator}{text[4:].lower()} ") == text


@given(st.text())
def test_any_text_gives_a_fingerprint_or_our_error(text: str) -> None:
    try:
        found = parse_fingerprint(text)
    except ManifestError:
        return
    assert len(found) == 26


@pytest.mark.parametrize("text", ["", "A" * 25, "A" * 27, "1" + "A" * 25, "A" * 25 + "B"])
def test_what_cannot_be_a_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ManifestError):
        parse_fingerprint(text)
