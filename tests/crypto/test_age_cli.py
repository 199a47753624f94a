"""The age commands: every vector, every flag, and files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crypto.age import open_sealed, seal
from crypto.age_cli import age
from crypto.armor import encode
from crypto.hybrid import HybridIdentity
from crypto.scrypt import ScryptRecipient
from crypto.x25519 import X25519Identity
from tests.crypto.age_vectors import VECTORS, Vector

IDENTITY = HybridIdentity.from_seed(bytes(32))
PLAIN = bytes(range(256)) * 600

WORDS = {
    "no match": ("no identity matched any of the recipients", "the passphrase is wrong, or none was given"),
    "HMAC failure": ("bad header MAC: ",),
    "header failure": ("failed to read header: ",),
    "payload failure": ("failed to decrypt payload: ",),
    "armor failure": ("invalid armor: ",),
}
SAMPLE = [v for v in VECTORS if v.name in {"hybrid", "armor_scrypt", "hmac_bad", "stream_bad_tag", "empty"}]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.txt"
    path.write_text(f"# a comment\n\n{IDENTITY}\n")
    return path


def run(*arguments: str | Path, data: bytes = b"") -> Result:
    return CliRunner().invoke(age, [str(argument) for argument in arguments], input=data)


def arguments(vector: Vector, folder: Path) -> list[str]:
    """Files with the keys and the content of a vector, and the command line that opens it."""
    line = ["decrypt", "-o", str(folder / "out")]
    if vector.identities:
        (folder / "keys").write_text("\n".join(vector.identities))
        line += ["-i", str(folder / "keys")]
    if vector.passphrases:
        (folder / "passphrase").write_text(vector.passphrases[0] + "\n")
        line += ["--passphrase-file", str(folder / "passphrase")]
    (folder / "in").write_bytes(vector.sealed)
    return [*line, str(folder / "in")]


def check(vector: Vector, folder: Path, code: int, stderr: str) -> None:
    if vector.expect == "success":
        assert (code, stderr) == (0, "")
        assert hashlib.sha256((folder / "out").read_bytes()).hexdigest() == vector.payload_hash
        return
    assert code == 1
    assert stderr.startswith(tuple(f"age: error: {words}" for words in WORDS[vector.expect]))
    assert {path.name for path in folder.iterdir()} <= {"in", "keys", "passphrase"}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_vector_ends_as_it_says(vector: Vector, tmp_path: Path) -> None:
    result = run(*arguments(vector, tmp_path))
    check(vector, tmp_path, result.exit_code, result.stderr)


@pytest.mark.parametrize("vector", SAMPLE, ids=lambda vector: vector.name)
def test_the_installed_command_ends_alike(vector: Vector, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "resguardo", "age", *arguments(vector, tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    check(vector, tmp_path, done.returncode, done.stderr)


@pytest.mark.parametrize("armor", [[], ["-a"]])
def test_what_is_encrypted_is_decrypted(armor: list[str], key: Path, tmp_path: Path) -> None:
    sealed, opened = tmp_path / "sealed", tmp_path / "opened"
    assert run("encrypt", "-r", str(IDENTITY.recipient), *armor, "-o", sealed, data=PLAIN).exit_code == 0
    assert sealed.read_bytes().startswith(b"-----BEGIN" if armor else b"age-encryption.org/v1\n")
    assert run("decrypt", "-i", key, "-o", opened, sealed).exit_code == 0
    assert opened.read_bytes() == PLAIN
    assert run("decrypt", "-i", key, sealed).stdout_bytes == PLAIN
    assert {stat.S_IMODE(path.stat().st_mode) for path in (sealed, opened)} == {0o600}


def test_recipients_are_read_from_files(key: Path, tmp_path: Path) -> None:
    other = HybridIdentity.generate()
    (tmp_path / "board").write_text(f"# two of them\n{IDENTITY.recipient}\r\n\n{other.recipient}\n")
    sealed = run("encrypt", "-R", tmp_path / "board", data=b"text").stdout_bytes
    assert open_sealed(sealed, [other]) == open_sealed(sealed, [IDENTITY]) == b"text"


def test_a_passphrase_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    sealed = tmp_path / "sealed"
    sealed.write_bytes(seal(b"text", [ScryptRecipient("palabra", 2)]))
    right, wrong = run("decrypt", sealed, data=b"palabra\n"), run("decrypt", sealed, data=b"otra\n")
    assert (right.exit_code, right.stdout_bytes) == (0, b"text")
    assert "palabra" not in right.output
    assert (wrong.exit_code, wrong.stdout_bytes) == (1, b"")


def test_a_passphrase_to_seal_with_is_asked_for_twice(tmp_path: Path) -> None:
    source, sealed = tmp_path / "in", tmp_path / "sealed"
    source.write_bytes(b"text")
    assert run("encrypt", "-p", "-o", sealed, source, data=b"palabra\npalabra\n").exit_code == 0
    (tmp_path / "words").write_bytes(b"palabra\r\n")
    assert run("decrypt", "--passphrase-file", tmp_path / "words", sealed).stdout_bytes == b"text"


@pytest.mark.parametrize("armored", [False, True])
def test_an_identity_file_may_be_under_a_passphrase(armored: bool, tmp_path: Path) -> None:
    locked = seal(f"{IDENTITY}\n".encode(), [ScryptRecipient("palabra", 2)])
    (tmp_path / "key.age").write_bytes(encode(locked) if armored else locked)
    (tmp_path / "sealed").write_bytes(seal(b"text", [IDENTITY.recipient]))
    line = ["decrypt", "-i", str(tmp_path / "key.age"), str(tmp_path / "sealed")]
    assert run(*line, data=b"palabra\n").stdout_bytes == b"text"
    assert run(*line, data=b"otra\n").exit_code == 1


@pytest.mark.parametrize(
    ("flag", "start"), [("--pq", "AGE-SECRET-KEY-PQ-1"), ("--x25519", "AGE-SECRET-KEY-1")]
)
def test_keygen_makes_a_private_file_and_never_replaces_one(flag: str, start: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = run("keygen", flag, "-o", path)
    assert made.exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_text()
    recipient = made.stderr.removeprefix("Public key: ").strip()
    assert content.splitlines()[0] == f"# public key: {recipient}"
    assert content.splitlines()[1].startswith(start)
    assert run("keygen", "-y", path).stdout == recipient + "\n"
    again = run("keygen", "-o", path)
    assert (again.exit_code, again.stderr) == (1, f"age: error: {path}: File exists\n")
    assert path.read_text() == content


def test_keygen_prints_a_hybrid_identity_by_default() -> None:
    assert "\nAGE-SECRET-KEY-PQ-1" in run("keygen").stdout


def test_a_failed_header_leaves_an_existing_output_alone(key: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_bytes(b"before")
    (tmp_path / "sealed").write_bytes(seal(b"text", [HybridIdentity.generate().recipient]))
    failed = run("decrypt", "-i", key, "-o", out, tmp_path / "sealed")
    assert (failed.exit_code, out.read_bytes()) == (1, b"before")


def test_a_pipe_is_written_to_and_not_replaced(key: Path, tmp_path: Path) -> None:
    (tmp_path / "sealed").write_bytes(seal(b"text", [IDENTITY.recipient]))
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run("decrypt", "-i", key, "-o", tmp_path / "pipe", tmp_path / "sealed").exit_code == 0
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("armor", [False, True])
def test_inspect_shows_what_anyone_can_see(armor: bool, tmp_path: Path) -> None:
    sealed = seal(PLAIN, [IDENTITY.recipient, HybridIdentity.generate().recipient])
    (tmp_path / "sealed").write_bytes(encode(sealed) if armor else sealed)
    shown = json.loads(run("inspect", "--json", tmp_path / "sealed").stdout)
    assert shown["stanza_types"] == ["mlkem768x25519"] * 2
    assert (shown["postquantum"], shown["armor"]) == ("yes", armor)
    assert sum(shown["sizes"].values()) == len(sealed)
    assert shown["sizes"]["payload"] == len(PLAIN)
    assert f"payload: {len(PLAIN)} bytes" in run("inspect", tmp_path / "sealed").stdout
    old = seal(b"", [X25519Identity.generate().recipient])
    assert "post-quantum: no" in run("inspect", data=old).stdout


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["encrypt"], "missing recipients"),
        (["encrypt", "-r", "age1nonsense"], "bech32"),
        (["encrypt", "-r", "somebody"], "not a recipient"),
        (["encrypt", "-p", "-r", str(IDENTITY.recipient)], "can't be combined"),
        (["encrypt", "-r", str(IDENTITY.recipient), "-r", str(X25519Identity.generate().recipient)], "mixed"),
        (["encrypt", "-R", "empty"], "holds no recipient"),
        (["encrypt", "-R", "words"], "line 1: not a recipient"),
        (["encrypt", "--passphrase-file", "empty"], "cannot be empty"),
        (["encrypt", "--passphrase-file", "bytes"], "not UTF-8"),
        (["encrypt", "-r", str(IDENTITY.recipient), "missing"], "missing: No such file or directory"),
        (["encrypt", "-r", str(IDENTITY.recipient), "-o", "no/such", "words"], "No such file or directory"),
        (["decrypt", "-i", "words"], "failed to read identity file: line 1: not an identity"),
        (["decrypt", "-i", "empty"], "failed to read identity file: the file holds no identity"),
        (["inspect", "words"], "failed to read header"),
        (["keygen", "words"], "only with -y"),
    ],
)
def test_a_mistake_is_named_and_ends_with_one(
    line: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {"empty": b"", "words": b"these are not keys\n", "bytes": b"\xff\xfe"}
    for name, content in files.items():
        Path(name).write_bytes(content)
    result = run(*line)
    assert {path.name for path in Path().iterdir()} == files.keys()
    assert result.exit_code == 1
    assert result.stderr.startswith("age: error: ")
    assert words in result.stderr
    assert "these are not keys" not in result.stderr
