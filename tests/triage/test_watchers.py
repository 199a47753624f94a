"""Reports for which too few members are left reach a desk of the watchers, and only they open them (T3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from intake.bundle import export
from tests.triage.world import WATCHERS, Clock, World, make_world
from triage import tables
from triage.case_list import CaseQuery, list_cases
from triage.case_page import read_case
from triage.collect import collect, import_bundle, notice
from triage.config import DeskKind
from triage.people import Role
from triage.register import reading
from triage.unopenable import export_unopenable


@pytest.fixture
def board_world(tmp_path: Path) -> Iterator[World]:
    """A board with watchers."""
    folder = tmp_path / "board"
    folder.mkdir()
    made = make_world(folder, watchers=WATCHERS)
    yield made
    made.desk.close()


@pytest.fixture
def watchers(tmp_path: Path, board_world: World) -> Iterator[World]:
    """The watchers' own desk for the same board."""
    folder = tmp_path / "watchers"
    folder.mkdir()
    world = World(
        folder, board_world.board, board_world.desk_seed, Clock(), kind=DeskKind.WATCHERS, air_gap=True
    )
    for label in WATCHERS:
        world.add(label, Role.MEMBER)
    yield world
    world.desk.close()


def waiting(world: World) -> int:
    with reading(world.desk.register) as connection:
        return connection.execute(select(func.count()).select_from(tables.waiting_report)).scalar_one()


def test_what_is_left_to_the_watchers_opens_at_their_desk_alone(
    board_world: World, watchers: World, tmp_path: Path
) -> None:
    board_world.file("contra dos vocales", recused=["vocal-1", "vocal-2"])
    board_world.file("ordinario")
    collect(board_world.desk)
    results = board_world.unlock("vocal-1", "vocal-2", "vocal-3")
    assert sum(result.opened for result in results) == 1
    assert notice(board_world.desk).unopenable == 1
    bundle = tmp_path / "unopenable"
    assert export_unopenable(board_world.desk, bundle).reports == 1
    assert notice(board_world.desk).unopenable == 1

    import_bundle(watchers.desk, bundle)
    assert [result.opened for result in watchers.unlock(*WATCHERS)] == [0, 1]
    seat = watchers.seat(WATCHERS[0])
    (row,) = list_cases(watchers.desk, seat, CaseQuery())
    report = read_case(watchers.desk, seat, row.case_id).report
    assert report is not None
    assert report.answers.story == "contra dos vocales"


def test_what_is_not_for_the_watchers_leaves_their_desk_quietly(
    board_world: World, watchers: World, tmp_path: Path
) -> None:
    board_world.file("ordinario")
    bundle = tmp_path / "carried"
    export(board_world.drop, bundle)
    import_bundle(watchers.desk, bundle)
    assert waiting(watchers) == 1
    assert [result.opened for result in watchers.unlock(*WATCHERS)] == [0, 0]
    assert waiting(watchers) == 0
    assert notice(watchers.desk).unopenable == 0
