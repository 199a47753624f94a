"""Hybrid recipients and identities: text, bytes, secrets out of sight, and stanzas."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import bech32
from crypto.errors import MalformedHeaderError, RecipientError
from crypto.header import Stanza, encode_base64
from crypto.hybrid import HybridIdentity, HybridRecipient
from tests.crypto.age_vectors import VECTORS

# The example in C2SP age.md; of its recipient the first and last characters.
EXAMPLE = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
EXAMPLE_START = "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5zrqtzdxz95paef6caq5aap"
EXAMPLE_END = "8k0c55zfnegrm9efhxpfqdkmhh6gjtqmwze9pyyzk3tlhl53k2ykx3qheyty7saeq0d3fzv49zc0k"

IDENTITY = HybridIdentity.from_seed(bytes(range(32)))
FILE_KEY = bytes(range(16))


def test_the_example_of_the_specification_has_its_recipient() -> None:
    identity = HybridIdentity.parse(EXAMPLE)
    text = str(identity.recipient)
    assert (str(identity), len(text)) == (EXAMPLE, 1959)
    assert text.startswith(EXAMPLE_START)
    assert text.endswith(EXAMPLE_END)


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16))
def test_a_seed_opens_what_its_recipient_sealed(seed: bytes, file_key: bytes) -> None:
    identity = HybridIdentity.from_seed(seed)
    assert identity.seed == seed
    assert HybridIdentity.parse(str(identity)) == identity
    recipient = HybridRecipient.parse(str(identity.recipient))
    assert recipient == HybridRecipient.from_bytes(identity.recipient.to_bytes()) == identity.recipient
    assert hash(recipient) == hash(identity.recipient)
    assert identity.unwrap(recipient.wrap(file_key)) == file_key


def test_two_stanzas_for_one_recipient_share_nothing() -> None:
    first, second = (IDENTITY.recipient.wrap(FILE_KEY) for _ in range(2))
    assert first.args != second.args
    assert first.body != second.body


def test_a_stanza_for_another_is_not_ours() -> None:
    assert HybridIdentity.generate().unwrap(IDENTITY.recipient.wrap(FILE_KEY)) is None
    assert IDENTITY.unwrap(Stanza("X25519", ("anything",), b"")) is None


def test_the_seed_does_not_show() -> None:
    shown = repr(IDENTITY) + repr([IDENTITY]) + repr(IDENTITY.recipient) + repr({"key": IDENTITY})
    assert IDENTITY.seed.hex() not in shown
    assert repr(IDENTITY.seed) not in shown
    assert "SECRET" not in shown
    with pytest.raises(AttributeError):
        IDENTITY.seed = bytes(32)  # type: ignore[misc]  # the point of the test


def test_both_halves_travel_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(IDENTITY)) == IDENTITY  # noqa: S301 - our own bytes
    assert pickle.loads(pickle.dumps(IDENTITY.recipient)) == IDENTITY.recipient  # noqa: S301 - our own bytes


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(RecipientError):
        HybridIdentity.from_seed(bytes(size))
    with pytest.raises(RecipientError):
        HybridIdentity.parse(bech32.encode("AGE-SECRET-KEY-PQ-", bytes(size)))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        IDENTITY.recipient.to_bytes()[:-1],
        IDENTITY.recipient.to_bytes() + b"\x00",
        # Coefficients of ML-KEM are below 3,329: FIPS 203, section 7.2.
        b"\xff" * 1184 + IDENTITY.recipient.to_bytes()[1184:],
        # The identity and a point of order 8 (RFC 7748, section 6.1).
        IDENTITY.recipient.to_bytes()[:1184] + bytes(32),
        IDENTITY.recipient.to_bytes()[:1184]
        + bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    ],
)
def test_bytes_that_are_no_recipient_are_refused(raw: bytes) -> None:
    with pytest.raises(RecipientError):
        HybridRecipient.from_bytes(raw)
    with pytest.raises(RecipientError):
        HybridRecipient.parse(bech32.encode("age1pq", raw))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age1pq1",
        str(IDENTITY.recipient).upper(),
        str(IDENTITY.recipient)[:-1],
        str(IDENTITY.recipient) + " ",
        bech32.encode("age", IDENTITY.recipient.to_bytes()),
    ],
)
def test_text_that_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(RecipientError):
        HybridRecipient.parse(text)


@pytest.mark.parametrize("text", ["", str(IDENTITY).lower(), bech32.encode("AGE-SECRET-KEY-", IDENTITY.seed)])
def test_text_that_is_no_identity_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(RecipientError) as caught:
        HybridIdentity.parse(text)
    assert not text or text not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.text(max_size=100))
def test_no_text_brings_out_another_error(text: str) -> None:
    for parse in (HybridRecipient.parse, HybridIdentity.parse):
        with pytest.raises(RecipientError):
            parse(text)


SOUND = IDENTITY.recipient.wrap(FILE_KEY)


@pytest.mark.parametrize(
    "stanza",
    [
        Stanza(SOUND.type, (), SOUND.body),
        Stanza(SOUND.type, (*SOUND.args, "more"), SOUND.body),
        Stanza(SOUND.type, (SOUND.args[0] + "=",), SOUND.body),
        Stanza(SOUND.type, (SOUND.args[0][:-4],), SOUND.body),
        Stanza(SOUND.type, SOUND.args, SOUND.body[:-1]),
        Stanza(SOUND.type, SOUND.args, SOUND.body + b"\x00"),
        Stanza(SOUND.type, (encode_base64(bytes(1120)).decode(),), SOUND.body),
    ],
)
def test_a_malformed_stanza_of_our_type_is_refused(stanza: Stanza) -> None:
    with pytest.raises(MalformedHeaderError):
        IDENTITY.unwrap(stanza)


@settings(deadline=None)
@given(
    st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126)), max_size=3), st.binary(max_size=40)
)
def test_no_stanza_brings_out_another_error(args: list[str], body: bytes) -> None:
    try:
        assert IDENTITY.unwrap(Stanza(SOUND.type, tuple(args), body)) is None
    except MalformedHeaderError:
        return


def test_the_vectors_exercise_this_type() -> None:
    assert sum("AGE-SECRET-KEY-PQ-1" in "".join(vector.identities) for vector in VECTORS) >= 15
