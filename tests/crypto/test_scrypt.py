"""Passphrases: the right one opens, costs are bounded, and nothing of it shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.age import open_sealed, seal
from crypto.errors import MalformedHeaderError, RecipientError
from crypto.header import Stanza
from crypto.scrypt import MAX_WORK_FACTOR, ScryptIdentity, ScryptRecipient
from tests.conftest import need

PASSPHRASE = "caballo correcto batería"
FILE_KEY = bytes(range(16))
SOUND = ScryptRecipient(PASSPHRASE, 4).wrap(FILE_KEY)
SALT = SOUND.args[0]


def test_the_right_passphrase_opens_and_another_does_not() -> None:
    assert ScryptIdentity(PASSPHRASE).unwrap(SOUND) == FILE_KEY
    assert ScryptIdentity(PASSPHRASE + " ").unwrap(SOUND) is None
    assert ScryptIdentity(PASSPHRASE).unwrap(Stanza("X25519", SOUND.args, SOUND.body)) is None


def test_a_passphrase_is_taken_as_typed() -> None:
    stanza = ScryptRecipient("bater\u00eda", 2).wrap(FILE_KEY)
    assert ScryptIdentity("bateri\u0301a").unwrap(stanza) is None


def test_every_stanza_has_a_fresh_salt() -> None:
    assert ScryptRecipient(PASSPHRASE, 4).wrap(FILE_KEY).args[0] != SALT


def test_the_passphrase_does_not_show() -> None:
    assert PASSPHRASE not in repr(ScryptRecipient(PASSPHRASE)) + repr(ScryptIdentity(PASSPHRASE))


@pytest.mark.parametrize("passphrase", ["", "\ud800"])
def test_a_passphrase_that_cannot_be_used_is_refused(passphrase: str) -> None:
    with pytest.raises(RecipientError) as caught:
        ScryptRecipient(passphrase)
    assert caught.value.__cause__ is None
    with pytest.raises(RecipientError):
        ScryptIdentity(passphrase)


@pytest.mark.parametrize("work_factor", [-1, 0, MAX_WORK_FACTOR + 1])
def test_a_work_factor_out_of_bounds_is_refused(work_factor: int) -> None:
    with pytest.raises(RecipientError):
        ScryptRecipient(PASSPHRASE, work_factor)


@pytest.mark.parametrize(
    "stanza",
    [
        Stanza("scrypt", (SALT,), SOUND.body),
        Stanza("scrypt", (SALT, "4", "4"), SOUND.body),
        Stanza("scrypt", (SALT[:-1], "4"), SOUND.body),
        Stanza("scrypt", (SALT + "AAAA", "4"), SOUND.body),
        Stanza("scrypt", SOUND.args, SOUND.body[:-1]),
        *(
            Stanza("scrypt", (SALT, work), SOUND.body)
            for work in ("23", "0", "04", "+4", "4 ", "9" * 5000, "٤")
        ),
    ],
)
def test_a_malformed_stanza_of_our_type_is_refused(stanza: Stanza) -> None:
    with pytest.raises(MalformedHeaderError):
        ScryptIdentity(PASSPHRASE).unwrap(stanza)


def test_the_bound_can_be_lowered() -> None:
    with pytest.raises(MalformedHeaderError):
        ScryptIdentity(PASSPHRASE, max_work_factor=3).unwrap(SOUND)


@given(
    st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126)), max_size=3), st.binary(max_size=40)
)
def test_no_stanza_brings_out_another_error(args: list[str], body: bytes) -> None:
    try:
        assert (
            ScryptIdentity(PASSPHRASE, max_work_factor=4).unwrap(Stanza("scrypt", tuple(args), body)) is None
        )
    except MalformedHeaderError:
        return


def test_a_work_factor_beyond_this_machines_memory_is_our_error() -> None:
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))\n"
        "from crypto.scrypt import *; from crypto.header import Stanza\n"
        "from crypto.errors import MalformedHeaderError\n"
        f"stanza = Stanza('scrypt', ({SALT!r}, '22'), bytes(32))\n"
        "try: ScryptIdentity('x').unwrap(stanza)\n"
        "except MalformedHeaderError as error: print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert "not enough memory" in run.stdout


def test_files_cross_with_the_stock_tool_both_ways(tmp_path: Path) -> None:
    need("age")
    ours, theirs, opened = tmp_path / "ours", tmp_path / "theirs", tmp_path / "opened"
    ours.write_bytes(seal(b"text", [ScryptRecipient("palabra", 4)]))
    at_a_terminal(f"age -d -o {opened} {ours}", "palabra\n")
    assert opened.read_bytes() == b"text"
    at_a_terminal(f"age -p -o {theirs} {opened}", "palabra\npalabra\n")
    assert open_sealed(theirs.read_bytes(), [ScryptIdentity("palabra")]) == b"text"


def at_a_terminal(command: str, typed: str) -> None:
    """Run a command that takes a passphrase from nothing but a terminal."""
    subprocess.run(
        ["script", "-qec", command, "/dev/null"],
        input=typed.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
