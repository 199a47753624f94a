"""When the board changes while reports wait, nobody gets what a reporter could not keep from them (T3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.manifest import RootSeeds, SignedManifest, sign_manifest
from tests.triage.world import MEMBERS, STAFF, World, make_world, next_board, open_waiting, seal
from triage.access import give_access
from triage.case_page import read_case
from triage.collect import collect
from triage.errors import ConfigError, RefusedError
from triage.people import Role

ROOT = RootSeeds.generate()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A board whose root keys the test holds."""
    made = make_world(tmp_path, root=ROOT)
    yield made
    made.desk.close()


def change(world: World, members: Sequence[str] = MEMBERS, staff: Sequence[str] = STAFF) -> None:
    world.restart(next_board(world.board, ROOT, members, staff))


def test_a_manifest_that_follows_another_one_is_refused(world: World) -> None:
    """Both are signed by the board: one of them behind somebody's back (protocol.md §2)."""
    fork = replace(world.manifest, name="Otra junta")
    forked = sign_manifest(fork, ROOT.ed25519, ROOT.mldsa65)
    with pytest.raises(ConfigError, match="does not follow"):
        change_from(world, forked)
    world.restart(world.board)
    change_from(world, world.board)


def change_from(world: World, board: SignedManifest) -> None:
    known, following = world.board, next_board(board, ROOT, MEMBERS, STAFF)
    try:
        world.restart(following)
    except ConfigError:
        world.board = known
        raise


def test_a_newcomer_gets_no_report_of_before_they_came(world: World) -> None:
    world.file("de antes")
    change(world, staff=[*STAFF, "enlace-3"])
    world.add("enlace-3", Role.TRIAGER)
    world.file("de ahora")
    open_waiting(world)
    titles = {
        label: sorted(case.record.title for case in world.login(label).cases.values())
        for label in ("enlace-1", "enlace-3")
    }
    assert titles == {"enlace-1": ["de ahora", "de antes"], "enlace-3": ["de ahora"]}


def test_who_left_the_manifest_gets_nothing_more(world: World) -> None:
    world.file("de antes")
    change(world, staff=["enlace-2", "indaga-1"])
    open_waiting(world)
    assert world.login("enlace-1").cases == {}
    seat = world.login("enlace-2")
    (case_id,) = seat.cases
    with pytest.raises(RefusedError):
        version = read_case(world.desk, seat, case_id).version
        give_access(world.desk, seat, case_id, version, world.people["enlace-1"].person_id)


@pytest.mark.parametrize(
    "members",
    [
        ["vocal-2", "vocal-3"],
        ["vocal-3", "vocal-2", "vocal-1"],
        ["vocal-4", "vocal-1", "vocal-2", "vocal-3"],
    ],
    ids=["one left", "other order", "one came first"],
)
def test_members_find_their_shares_wherever_they_stood(world: World, members: list[str]) -> None:
    world.file("de antes")
    collect(world.desk)
    change(world, members=members)
    if "vocal-4" in members:
        world.add("vocal-4", Role.MEMBER)
        assert [result.opened for result in world.unlock("vocal-4")] == [0]
    assert [result.opened for result in world.unlock("vocal-2", "vocal-3")] == [0, 1]


def test_a_report_of_a_manifest_that_this_desk_never_knew_goes_to_members_alone(world: World) -> None:
    unknown = next_board(world.board, ROOT, MEMBERS, [*STAFF, "enlace-9"])
    world.drop.file_report(seal(unknown.manifest, world.clock.now.date()).sealed)
    open_waiting(world)
    sees = {label: len(world.login(label).cases) for label in ("vocal-1", "vocal-3", "enlace-1")}
    assert sees == {"vocal-1": 1, "vocal-3": 1, "enlace-1": 0}
