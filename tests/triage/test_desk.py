"""One desk on one register; seats expire; nothing that is shown of them is a secret."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crypto.manifest import RootSeeds, SignedManifest, sign_manifest
from tests.triage.world import Clock, World, make_board, open_waiting
from triage.config import DeskConfig
from triage.desk import Desk, open_desk, read_board
from triage.errors import ConfigError, DeskBusyError, LockedError, RegisterError
from triage.register import open_register


def config(folder: Path, board: SignedManifest) -> DeskConfig:
    (folder / "board.json").write_bytes(board.to_bytes() + b"\n")
    return DeskConfig(
        register=str(folder / "register.db"),
        keys=str(folder / "keys.db"),
        board=folder / "board.json",
        desk_key=folder / "desk-key.age",
        fingerprint=board.manifest.root.fingerprint,
        drop=str(folder / "drop.db"),
    )


def successor(board: SignedManifest, root: RootSeeds) -> SignedManifest:
    old = board.manifest
    new = replace(old, sequence=old.sequence + 1, previous=old.hash, staff=("enlace-9",))
    return sign_manifest(new, root.ed25519, root.mldsa65)


def test_a_second_desk_on_one_register_is_refused(tmp_path: Path) -> None:
    settings = config(tmp_path, make_board()[0])
    first = open_desk(settings, Clock())
    with pytest.raises(DeskBusyError):
        open_desk(settings, Clock())
    beside = open_desk(settings, Clock(), exclusive=False)
    beside.close()
    first.close()
    open_desk(settings, Clock()).close()


def test_a_manifest_of_another_board_is_refused(tmp_path: Path) -> None:
    settings = replace(config(tmp_path, make_board()[0]), fingerprint="A" * 26)
    with pytest.raises(ConfigError, match="another fingerprint"):
        open_desk(settings)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"not json"])
def test_a_board_that_cannot_be_read_is_said_plainly(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "board.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match="board: "):
        read_board(path, "A" * 26)


def test_a_manifest_older_than_one_this_desk_knew_is_refused(tmp_path: Path) -> None:
    root = RootSeeds.generate()
    manifest = replace(make_board()[0].manifest, root=root.public)
    first = sign_manifest(manifest, root.ed25519, root.mldsa65)
    open_desk(config(tmp_path, successor(first, root))).close()
    with pytest.raises(ConfigError, match="was in use at this desk"):
        open_desk(config(tmp_path, first))


def test_idle_seats_are_left_and_touched_ones_are_not(world: World) -> None:
    world.file()
    open_waiting(world)
    idle, busy = world.login("enlace-1"), world.login("enlace-2")
    world.clock.move(minutes=10)
    world.desk.touch(busy)
    world.clock.move(minutes=5)
    assert world.desk.expire(timedelta(minutes=15)) == (idle,)
    assert world.desk.present() == (busy,)
    assert (idle.cases, idle.vault_key, idle.signing_seed) == ({}, b"", b"")
    with pytest.raises(LockedError):
        world.desk.require(idle)


def test_the_desk_is_sealed_without_readers(world: World) -> None:
    assert world.desk.sealed
    world.login("control-1")
    assert world.desk.sealed
    seat = world.login("enlace-1")
    assert not world.desk.sealed
    world.desk.leave(seat)
    assert world.desk.sealed


def test_seats_and_cases_show_no_secret(world: World) -> None:
    world.file("canario-relato")
    open_waiting(world)
    seat = world.login("enlace-1")
    shown = f"{seat!r} {seat.cases!r} {world.desk!r} {seat.person!r}"
    case = next(iter(seat.cases.values()))
    for secret in (seat.vault_key, seat.signing_seed, case.case_key.seed):
        assert repr(secret) not in shown
    assert "canario" not in shown


def test_a_register_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(RegisterError):
        open_register(str(tmp_path / "file" / "register.db"), str(tmp_path / "keys.db"))


def test_a_damaged_register_is_said_plainly(world: World) -> None:
    world.desk.close()
    (world.folder / "register.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(RegisterError):
        world._open()


def test_clocks_in_other_zones_give_days_in_utc(world: World) -> None:
    desk: Desk = world.desk
    assert desk.now().utcoffset() == timedelta(0)
    assert desk.today() == desk.now().date()
