"""X25519 recipients and identities, against the stock tool where it is installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import bech32
from crypto.age import open_sealed, seal
from crypto.armor import decode, is_armored
from crypto.errors import MalformedHeaderError, RecipientError
from crypto.header import Stanza, encode_base64
from crypto.x25519 import X25519Identity, X25519Recipient
from tests.conftest import need

# The example in C2SP age.md.
EXAMPLE = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
EXAMPLE_RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

IDENTITY = X25519Identity.parse(EXAMPLE)
FILE_KEY = bytes(range(16))
SOUND = IDENTITY.recipient.wrap(FILE_KEY)


def test_the_example_of_the_specification_has_its_recipient() -> None:
    assert str(IDENTITY) == EXAMPLE
    assert str(IDENTITY.recipient) == EXAMPLE_RECIPIENT
    assert X25519Recipient.parse(EXAMPLE_RECIPIENT) == IDENTITY.recipient


def test_a_recipient_seals_for_its_identity_only() -> None:
    identity = X25519Identity.generate()
    assert identity.unwrap(identity.recipient.wrap(FILE_KEY)) == FILE_KEY
    assert identity.unwrap(SOUND) is None
    assert identity.unwrap(Stanza("x25519", SOUND.args, SOUND.body)) is None


def test_the_secret_does_not_show() -> None:
    assert repr(IDENTITY) == "X25519Identity()"


@pytest.mark.parametrize("raw", [b"", bytes(31), bytes(32), b"\x01" + bytes(31), bytes(33)])
def test_bytes_that_are_no_recipient_are_refused(raw: bytes) -> None:
    with pytest.raises(RecipientError):
        X25519Recipient.from_bytes(raw)
    with pytest.raises(RecipientError):
        X25519Recipient.parse(bech32.encode("age", raw))


@given(st.text(max_size=80))
def test_no_text_brings_out_another_error(text: str) -> None:
    for parse in (X25519Recipient.parse, X25519Identity.parse):
        with pytest.raises(RecipientError):
            parse(text)


@pytest.mark.parametrize(
    "text", [EXAMPLE.lower(), EXAMPLE_RECIPIENT, bech32.encode("AGE-SECRET-KEY-", bytes(31))]
)
def test_text_that_is_no_identity_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(RecipientError) as caught:
        X25519Identity.parse(text)
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    "stanza",
    [
        Stanza("X25519", (), SOUND.body),
        Stanza("X25519", (*SOUND.args, "more"), SOUND.body),
        Stanza("X25519", (SOUND.args[0][:-1],), SOUND.body),
        Stanza("X25519", (encode_base64(bytes(32)).decode(),), SOUND.body),
        Stanza("X25519", SOUND.args, SOUND.body + b"\x00"),
    ],
)
def test_a_malformed_stanza_of_our_type_is_refused(stanza: Stanza) -> None:
    with pytest.raises(MalformedHeaderError):
        IDENTITY.unwrap(stanza)


@pytest.mark.parametrize("size", [0, 65_536, 65_537])
def test_files_cross_with_the_stock_tool_both_ways(size: int, tmp_path: Path) -> None:
    need("age")
    plain = bytes(size)
    key = tmp_path / "key"
    key.write_text(EXAMPLE + "\n")
    opened = subprocess.run(
        ["age", "-d", "-i", str(key)],
        input=seal(plain, [IDENTITY.recipient]),
        capture_output=True,
        check=True,
    )
    assert opened.stdout == plain
    for options in ([], ["-a"]):
        sealed = subprocess.run(
            ["age", *options, "-r", EXAMPLE_RECIPIENT], input=plain, capture_output=True, check=True
        ).stdout
        assert open_sealed(unarmored(sealed), [IDENTITY]) == plain


def unarmored(data: bytes) -> bytes:
    return decode(data) if is_armored(data) else data
