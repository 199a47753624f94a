"""A command that is given the wrong file says so in words and changes nothing; no command shows a trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import resguardo
from tests.e2e.copies import copy_of
from tests.e2e.system import System

GARBAGE = {
    "empty": b"",
    "zeros": bytes(5000),
    "bytes": bytes(range(256)) * 20,
    "deep": b"[" * 50_000,
    "object": b'{"kind":"board","version":1}',
    "surrogate": b'{"manifest":"\\ud800"}',
    "toml": b"board = 5\nfingerprint = [1]\n[budgets]\nreport = true\n",
    "age": b"age-encryption.org/v1\n-> scrypt AAAA 10\n\n--- AAAA\n",
    "armor": b"-----BEGIN AGE ENCRYPTED FILE-----\n!!!!\n-----END AGE ENCRYPTED FILE-----\n",
    "bundle": b"resguardo-bundle/1\n\x00\x00\x10\x00{}",
}
# F stands for the wrong file, B for the board's folder, P for the passphrases, I and D for the settings.
COMMANDS = [
    "board show F",
    "board verify F --fingerprint AAAA",
    "board verify B/board.json --fingerprint PRINT --previous F",
    "board sign B --key vocal-1=F --key vocal-2=B/members/vocal-2.key --passphrases-from P",
    "board sign B --key vocal-1=B/members/vocal-1.key --passphrases-from F",
    "board sign B --key vocal-1=B/members/vocal-1.key --passphrases-from P --add-member new=F",
    "board sign B --key vocal-1=B/members/vocal-1.key --passphrases-from P --add-watcher new=F",
    "board init B/new --name x --threshold 2 --member a=F --member b --passphrases-from P",
    "intake check --config F",
    "drop show --config F",
    "drop show --drop F",
    "drop export --drop F B/out",
    "drop prune --config I --board F F",
    "drop prune --config I --board B/board.json F",
    "desk serve --config F",
    "desk person list --config F",
    "desk person add vocal-1 --role member --config D --identity F --card B/members/vocal-1.card",
    "desk person add vocal-1 --role member --config D --identity B/members/vocal-1.key --card F",
    "desk person add other --role admin --config D --passphrases-from F --card F",
    "desk import F --config D --signer vocal-1 --passphrases-from P",
    "desk import F --config D --signer vocal-1 --passphrases-from F",
    "audit verify --config F",
    "audit verify --config D --head F",
    "age decrypt -i F -o B/out F",
    "age decrypt -i B/members/vocal-1.key -o B/out F",
    "age encrypt -R F -o B/out B/board.json",
    "age keygen -y F",
    "age inspect F",
]


@pytest.fixture(scope="module")
def system(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> System:
    return copy_of(founded, tmp_path_factory.mktemp("garbage"))


def invoke(system: System, line: str, wrong: Path) -> Result:
    known = {
        "F": str(wrong),
        "B": str(system.path("board")),
        "P": str(system.path("passphrases")),
        "I": str(system.path("intake.toml")),
        "D": str(system.path("desk.toml")),
        "PRINT": system.fingerprint(),
    }
    return CliRunner().invoke(resguardo.main, [filled(word, known) for word in line.split()], input="wrong\n")


def filled(word: str, known: dict[str, str]) -> str:
    """The word with what its letter stands for, before a slash or after an equals sign too."""
    option, equals, rest = word.rpartition("=")
    head, slash, tail = rest.partition("/")
    return f"{option}{equals}{known.get(head, head)}{slash}{tail}"


def state(system: System) -> dict[str, bytes]:
    """Everything of the system, byte for byte."""
    names = ("board", "desk", "intake")
    files = (path for name in names for path in system.path(name).rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files}


@pytest.mark.parametrize("line", COMMANDS)
def test_a_wrong_file_is_refused_in_words_and_changes_nothing(
    system: System, tmp_path: Path, line: str
) -> None:
    before = state(system)
    for name, data in GARBAGE.items():
        wrong = tmp_path / name
        wrong.write_bytes(data)
        done = invoke(system, line, wrong)
        assert isinstance(done.exception, SystemExit), (name, done.output, done.exception)
        assert done.exit_code in {1, 2}, (name, done.output)
        assert "Traceback" not in done.output
        assert len(done.output.strip().splitlines()) >= 1, name
    assert state(system) == before


def test_the_same_commands_take_the_right_file(system: System) -> None:
    # Else all of the above could be refused for another reason.
    board = system.path("board") / "board.json"
    right = {
        "board show F": board,
        "board verify F --fingerprint PRINT": board,
        "intake check --config F": system.path("intake.toml"),
        "desk person list --config F": system.path("desk.toml"),
        "audit verify --config F": system.path("desk.toml"),
        "drop show --config F": system.path("intake.toml"),
    }
    for line, path in right.items():
        done = invoke(system, line, path)
        assert done.exit_code == 0, (line, done.output)
