"""The board commands, as their users meet them."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crypto import age
from crypto.board_cli import board
from crypto.identity_file import Card, open_identity_file
from crypto.manifest import SignedManifest, check_successor
from crypto.opening import open_desk_key

FAST = ["--work-factor", "1"]
THREE = ["--member", "vocal-1", "--member", "vocal-2", "--member", "vocal-3"]


def run(*arguments: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(board, [str(each) for each in arguments], input=typed)


def done(*arguments: str | Path, typed: str = "") -> str:
    result = run(*arguments, typed=typed)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: str | Path, typed: str = "") -> str:
    result = run(*arguments, typed=typed)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.splitlines()[-1].startswith("board: error: ")
    return result.stderr


def signed(folder: Path) -> SignedManifest:
    return SignedManifest.from_bytes((folder / "board.json").read_bytes())


@pytest.fixture
def passphrases(tmp_path: Path) -> Path:
    path = tmp_path / "passphrases"
    path.write_text(
        "".join(f"{label}=p={label}\n" for label in ("vocal-1", "vocal-2", "vocal-3", "watcher-1"))
    )
    return path


@pytest.fixture
def folder(tmp_path: Path, passphrases: Path) -> Path:
    path = tmp_path / "board"
    people = [*THREE, "--staff", "triage-1", "--watcher", "watcher-1"]
    given = [
        "--passphrases-from",
        str(passphrases),
        "--not-before",
        "2026-11-01",
        "--address",
        "https://c.example",
    ]
    done("init", path, "--name", "Consejo", "--threshold", "2", *people, *given, *FAST)
    return path


def keys(folder: Path, *labels: str) -> list[str]:
    return [part for label in labels for part in ("--key", f"{label}={folder}/members/{label}.key")]


def fingerprint(text: str) -> str:
    found = re.search(r"Fingerprint of the board: ([A-Z2-7 ]+)$", text, re.MULTILINE)
    assert found
    return found[1]


def test_init_writes_a_whole_board(folder: Path) -> None:
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert names == [
        "board.json",
        "desk-key.age",
        "history/000001.json",
        "members/vocal-1.card",
        "members/vocal-1.key",
        "members/vocal-2.card",
        "members/vocal-2.key",
        "members/vocal-3.card",
        "members/vocal-3.key",
        "root/vocal-1.share.age",
        "root/vocal-2.share.age",
        "root/vocal-3.share.age",
        "watchers/watcher-1.card",
        "watchers/watcher-1.key",
    ]
    assert (folder / "history/000001.json").read_bytes() == (folder / "board.json").read_bytes()
    manifest = signed(folder).manifest
    assert (manifest.threshold, len(manifest.members), manifest.staff) == (2, 3, ("triage-1",))
    assert [len(member.epochs) for member in manifest.members] == [13, 13, 13]


def test_secret_files_are_the_owners_alone(folder: Path) -> None:
    for pattern in ("members/*.key", "watchers/*.key", "root/*", "desk-key.age"):
        for path in folder.glob(pattern):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_passphrases_given_open_the_keys_and_the_keys_the_desk_key(folder: Path) -> None:
    opened = open_identity_file((folder / "members/vocal-2.key").read_bytes(), "p=vocal-2")
    sealed = (folder / "desk-key.age").read_bytes()
    assert open_desk_key(sealed, signed(folder).manifest, [opened.lasting])
    assert age.open_sealed((folder / "root/vocal-2.share.age").read_bytes(), [opened.lasting])


def test_a_member_makes_keys_alone_and_joins_with_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = done("member", "vocal-1", "--first-epoch", "2026-11", *FAST)
    passphrase = re.search(r"^    ([a-z-]+)$", said, re.MULTILINE)
    assert passphrase
    opened = open_identity_file(Path("vocal-1.key").read_bytes(), passphrase[1])
    assert Card.of(opened) == Card.from_bytes(Path("vocal-1.card").read_bytes())
    options = ["--name", "C", "--threshold", "1", "--single", "--not-before", "2026-12-01"]
    said = done("init", "board", *options, "--member", "vocal-1=vocal-1.card")
    assert "This one machine" not in said
    assert not Path("board/members").exists()
    said = refused("init", "b2", *options, "--member", "vocal-2=vocal-1.card")
    assert "is vocal-1's, not vocal-2's" in said


def test_keys_made_on_one_machine_are_said_to_be(tmp_path: Path) -> None:
    said = done("init", tmp_path / "b", "--name", "C", "--threshold", "2", *THREE, *FAST)
    assert "This one machine has seen the keys of: vocal-1, vocal-2, vocal-3." in said
    assert len(re.findall(r"^    [a-z]+(?:-[a-z]+){5}$", said, re.MULTILINE)) == 3


def test_nothing_is_written_twice(folder: Path, tmp_path: Path, passphrases: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = ["--name", "C", "--threshold", "2", *THREE, "--passphrases-from", str(passphrases), *FAST]
    assert "exists already" in refused("init", folder, *again)
    key = folder / "members/vocal-1.key"
    assert "exists already" in refused("member", "vocal-1", "-o", key, *FAST)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--threshold", "4", *THREE], "larger than the number of members"),
        (["--threshold", "1", *THREE], "single"),
        (["--threshold", "2", *THREE, "--staff", "vocal-1"], "same label"),
        (["--threshold", "2", *THREE, "--staff", "a/b"], "label"),
        (["--threshold", "2", "--member", "vocal-1="], "LABEL=CARD"),
        (["--threshold", "2", "--member", "vocal-1=nowhere"], "nowhere: No such file"),
    ],
)
def test_a_board_that_cannot_work_is_not_written(tmp_path: Path, options: list[str], reason: str) -> None:
    assert reason in refused("init", tmp_path / "b", "--name", "C", *options, *FAST)
    assert not (tmp_path / "b").exists()


def test_a_card_without_the_first_month_is_refused(tmp_path: Path) -> None:
    done("member", "vocal-1", "-o", tmp_path / "vocal-1.key", "--first-epoch", "2020-01", *FAST)
    options = ["--name", "C", "--threshold", "1", "--single", "--not-before", "2026-11-01"]
    said = refused("init", tmp_path / "b", *options, "--member", f"vocal-1={tmp_path}/vocal-1.card")
    assert "no key for 2026-11" in said


def test_show_says_who_and_until_when(folder: Path) -> None:
    said = done("show", folder)
    assert said == done("show", folder / "board.json")
    for line in (
        "Board: Consejo",
        "Manifest: number 1, from 2026-11-01 to 2027-11-01",
        "Opened by: 2 of 3 members",
        "  member vocal-1, keys 2026-11 to 2027-11",
        "  staff triage-1",
        "  watcher watcher-1",
        "Address: https://c.example",
    ):
        assert line in said.splitlines()


def test_verify_knows_the_fingerprint_and_the_chain(folder: Path, passphrases: Path) -> None:
    known = fingerprint(done("show", folder))
    assert "Good: manifest 1" in done("verify", folder, "--fingerprint", known.lower())
    assert "26 characters" in refused("verify", folder, "--fingerprint", "ABC")
    assert "not the board" in refused("verify", folder, "--fingerprint", "A" * 26)
    done("sign", folder, *keys(folder, "vocal-1", "vocal-2"), "--passphrases-from", passphrases)
    first = folder / "history/000001.json"
    done("verify", folder, "--fingerprint", known, "--previous", first)
    assert "follow" in refused("verify", first, "--fingerprint", known, "--previous", folder / "board.json")


def test_a_changed_board_file_is_refused(folder: Path) -> None:
    path = folder / "board.json"
    path.write_bytes(path.read_bytes().replace(b"Consejo", b"Consejq"))
    assert "not signed by its root keys" in refused("show", folder)
    path.write_bytes(b"\xff")
    assert "malformed" in refused("show", folder)


def test_k_members_sign_the_next_manifest(folder: Path, passphrases: Path, tmp_path: Path) -> None:
    before = signed(folder)
    done("member", "vocal-4", "-o", tmp_path / "vocal-4.key", "--first-epoch", "2026-11", *FAST)
    changes = ["--name", "Consejo 2", "--add-member", f"vocal-4={tmp_path}/vocal-4.card", "--extend"]
    changes += ["--remove-member", "vocal-2", "--add-staff", "triage-2", "--remove-staff", "triage-1"]
    said = done(
        "sign", folder, *keys(folder, "vocal-1", "vocal-3"), *changes, "--passphrases-from", passphrases
    )
    assert "split anew" in said
    after = signed(folder)
    check_successor(before.manifest, after.manifest)
    assert [member.label for member in after.manifest.members] == ["vocal-1", "vocal-3", "vocal-4"]
    assert (after.manifest.staff, after.manifest.name) == (("triage-2",), "Consejo 2")
    assert fingerprint(said) == fingerprint(done("show", folder / "history/000001.json"))
    assert sorted(path.name for path in (folder / "root").iterdir()) == [
        "vocal-1.share.age",
        "vocal-3.share.age",
        "vocal-4.share.age",
    ]
    assert (folder / "history/000002.json").read_bytes() == (folder / "board.json").read_bytes()
    # The new shares sign, with a passphrase that is typed.
    third = done("sign", folder, *keys(folder, "vocal-1", "vocal-3"), typed="p=vocal-1\np=vocal-3\n")
    assert "manifest 3" in third


def test_a_member_renews_keys_for_another_year(folder: Path, passphrases: Path, tmp_path: Path) -> None:
    secret, old, new = tmp_path / "secret", folder / "members/vocal-1.key", tmp_path / "new.key"
    secret.write_text("p=vocal-1")
    months = ["--first-epoch", "2027-11", "--forget-before", "2027-06"]
    done("member", "vocal-1", "-o", new, "--renew", old, *months, "--passphrase-file", secret, *FAST)
    before, after = (open_identity_file(path.read_bytes(), "p=vocal-1") for path in (old, new))
    assert after.lasting == before.lasting
    assert (min(after.epochs), max(after.epochs)) == ("2027-06", "2028-11")
    change = ["--renew", f"vocal-1={tmp_path}/new.card", "--passphrases-from", passphrases]
    said = done("sign", folder, *keys(folder, "vocal-1", "vocal-2"), *map(str, change))
    assert "split anew" not in said
    assert "  member vocal-1, keys 2027-06 to 2028-11" in done("show", folder)


def test_a_key_is_not_written_where_the_card_goes(tmp_path: Path) -> None:
    assert "another ending" in refused("member", "vocal-1", "-o", tmp_path / "a.card", *FAST)


def test_fewer_than_k_members_sign_nothing(folder: Path, passphrases: Path) -> None:
    before = (folder / "board.json").read_bytes()
    said = refused("sign", folder, *keys(folder, "vocal-1"), "--passphrases-from", passphrases)
    assert "do not give the board's root keys" in said
    said = refused("sign", folder, *keys(folder, "vocal-1", "vocal-1"), "--passphrases-from", passphrases)
    assert "do not give the board's root keys" in said
    assert (folder / "board.json").read_bytes() == before
    assert not (folder / "history/000002.json").exists()


def test_a_wrong_passphrase_is_said_without_repeating_it(folder: Path, tmp_path: Path) -> None:
    said = refused("sign", folder, *keys(folder, "vocal-1"), typed="canario\n")
    assert "does not open with this passphrase" in said
    assert "canario" not in said
    wrong = tmp_path / "wrong"
    wrong.write_text("canario\n")
    said = refused("sign", folder, *keys(folder, "vocal-1"), "--passphrases-from", wrong)
    assert "LABEL=passphrase" in said
    assert "canario" not in said


def test_somebody_elses_key_file_is_refused(folder: Path, passphrases: Path) -> None:
    passphrases.write_text("vocal-1=p=vocal-2\n")
    key = f"vocal-1={folder}/members/vocal-2.key"
    assert "is vocal-2's, not vocal-1's" in refused(
        "sign", folder, "--key", key, "--passphrases-from", passphrases
    )


def test_a_passphrase_file_is_taken_for_one_member(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("una frase larga\n")
    path = tmp_path / "w.key"
    said = done("member", "watcher-1", "--watcher", "-o", path, "--passphrase-file", secret, *FAST)
    assert "una frase" not in said
    assert open_identity_file(path.read_bytes(), "una frase larga").epochs == {}
