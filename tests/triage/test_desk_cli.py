"""The commands of the desk: people, bundles, the audit chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from crypto.identity_file import Card, make_person, seal_identity_file
from crypto.opening import seal_desk_key
from intake.bundle import export, prune, read_list
from intake.drop import open_drop
from tests.triage.world import MEMBERS, World, identity_file, keys_of, make_world, passphrase
from triage.audit_cli import audit
from triage.desk_cli import COMMANDS
from triage.errors import LoginError
from triage.login import login


@dataclass
class Place:
    """A world's folder with the files that commands read."""

    world: World
    folder: Path

    def run(self, *words: str, stdin: str | None = None) -> Result:
        group = click.Group(commands=[*COMMANDS, audit])
        arguments = [*words, "--config", str(self.folder / "desk.toml")]
        return CliRunner().invoke(group, arguments, input=stdin, catch_exceptions=False)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    world = make_world(tmp_path, people=False)
    world.desk.close()
    (tmp_path / "board.json").write_bytes(world.board.to_bytes() + b"\n")
    lasting = [member.lasting for member in world.manifest.members]
    sealed = seal_desk_key(world.desk_seed, world.manifest.board_id, lasting)
    (tmp_path / "desk-key.age").write_bytes(sealed)
    for label in MEMBERS:
        (tmp_path / f"{label}.key").write_bytes(identity_file(label, 3))
        (tmp_path / f"{label}.card").write_bytes(Card.of(keys_of(label, 3)).to_bytes() + b"\n")
    (tmp_path / "phrases").write_text(
        "".join(f"{each}={passphrase(each)}\n" for each in (*MEMBERS, "enlace-1"))
    )
    (tmp_path / "desk.toml").write_text(
        'register = "register.db"\nkeys = "keys.db"\ndrop = "drop.db"\nboard = "board.json"\n'
        f'fingerprint = "{world.manifest.root.fingerprint}"\n'
    )
    yield Place(world, tmp_path)


def add_member(place: Place, label: str) -> Result:
    key, card = place.folder / f"{label}.key", place.folder / f"{label}.card"
    return place.run("person", "add", label, "--role", "member", "--identity", str(key), "--card", str(card))


def test_people_are_added_listed_and_removed(place: Place) -> None:
    assert "own passphrase" in add_member(place, "vocal-1").output
    result = place.run(
        "person", "add", "enlace-1", "--role", "triager", "--role", "admin", "--work-factor", "4"
    )
    assert "shown only now" in result.output
    assert place.run("person", "list").output == "enlace-1\ttriager admin\nvocal-1\tmember\n"
    assert place.run("person", "remove", "enlace-1").exit_code == 0
    assert "enlace-1\ttriager admin (left)" in place.run("person", "list").output


def test_a_passphrase_from_a_file_is_not_shown(place: Place) -> None:
    phrases = str(place.folder / "phrases")
    words = ["--role", "triager", "--passphrases-from", phrases, "--work-factor", "4"]
    result = place.run("person", "add", "enlace-1", *words)
    assert result.output == "enlace-1 can log in\n"
    place.world.desk = place.world._open()
    assert place.world.login("enlace-1").person.label == "enlace-1"
    place.world.desk.close()


def test_without_a_card_the_passphrase_shows_whose_identity_it_is(place: Place) -> None:
    key = str(place.folder / "vocal-1.key")
    words = ["person", "add", "vocal-1", "--role", "member", "--identity", key]
    assert place.run(*words, stdin="otra\n").exit_code == 1
    assert place.run(*words, stdin=passphrase("vocal-1") + "\n").exit_code == 0
    words[2] = "vocal-2"
    assert "vocal-1's, not vocal-2's" in place.run(*words, stdin=passphrase("vocal-1") + "\n").output


@pytest.mark.parametrize(
    ("label", "role", "said"),
    [("fuera-1", "triager", "no reporter could recuse them"), ("vocal-1", "member", "holds a share")],
)
def test_a_refusal_is_one_plain_line(place: Place, label: str, role: str, said: str) -> None:
    result = place.run("person", "add", label, "--role", role, "--work-factor", "4")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert said in result.output


def test_the_drop_is_collected(place: Place) -> None:
    place.world.desk = place.world._open()
    place.world.file()
    place.world.desk.close()
    assert place.run("collect").output == "reports: 1, messages: 0, refused: 0\n"
    assert place.run("collect").output == "reports: 0, messages: 0, refused: 0\n"


def test_an_import_gives_a_signed_list_by_which_the_drop_is_pruned(place: Place) -> None:
    add_member(place, "vocal-1")
    place.world.desk = place.world._open()
    place.world.file()
    place.world.desk.close()
    drop = open_drop(str(place.folder / "drop.db"))
    bundle = place.folder / "carried"
    export(drop, bundle)
    words = ["import", str(bundle), "--signer", "vocal-1"]
    assert place.run(*words, stdin="otra\n").exit_code == 1
    result = place.run(*words, "--passphrases-from", str(place.folder / "phrases"))
    assert result.output.startswith("reports: 1, messages: 0, refused: 0\n")
    data = (place.folder / "carried.imported").read_bytes()
    assert prune(drop, read_list(data, place.world.manifest.desk_key)).reports == 1
    assert drop.report_ids() == []
    drop.close()


def test_the_chain_is_verified_and_a_break_is_named(place: Place) -> None:
    add_member(place, "vocal-1")
    result = place.run("audit", "verify")
    assert result.output.startswith("1 entries hold\nhead: 1:")
    head = result.output.split("head: ")[1].strip()
    assert place.run("audit", "verify", "--head", head).exit_code == 0
    wrong = place.run("audit", "verify", "--head", "1:00")
    assert (wrong.exit_code, wrong.output) == (1, "Error: the chain is broken at entry 1\n")
    assert place.run("audit", "verify", "--head", "x").exit_code == 2


def test_settings_that_are_wrong_are_said_plainly(place: Place) -> None:
    (place.folder / "desk.toml").write_text("colour = 1\n")
    for words in (["collect"], ["person", "list"], ["audit", "verify"]):
        result = place.run(*words)
        assert result.exit_code == 1
        assert "unknown setting 'colour'" in result.output


def test_a_member_brings_a_file_with_another_passphrase(place: Place) -> None:
    add_member(place, "vocal-1")
    path = place.folder / "new.key"
    path.write_bytes(seal_identity_file(keys_of("vocal-1", 3), "otra clave", 4))
    card = str(place.folder / "vocal-1.card")
    result = place.run("person", "renew", "vocal-1", "--identity", str(path), "--card", card)
    assert (result.exit_code, result.output) == (0, "vocal-1 logs in with the new file's passphrase\n")
    place.world.desk = place.world._open()
    with pytest.raises(LoginError):
        place.world.login("vocal-1")
    assert login(place.world.desk, "vocal-1", "otra clave").person.label == "vocal-1"
    place.world.desk.close()


def test_another_identity_is_no_renewal(place: Place) -> None:
    add_member(place, "vocal-1")
    other = make_person("vocal-1", "2026-11", 2)
    (place.folder / "new.key").write_bytes(seal_identity_file(other, "x", 4))
    (place.folder / "new.card").write_bytes(Card.of(other).to_bytes() + b"\n")
    words = ["--identity", str(place.folder / "new.key"), "--card", str(place.folder / "new.card")]
    assert "another identity" in place.run("person", "renew", "vocal-1", *words).output
