"""Rows that no intake of ours writes: who may insert into the drop stops nobody else's report (T2, T8)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, select

from intake.bundle import export
from tests.triage.world import World
from triage import tables
from triage.attachments import CHUNK_SIZE
from triage.audit import verify
from triage.case_list import CaseQuery, list_cases
from triage.case_page import read_case
from triage.collect import Collected, collect, import_bundle
from triage.register import reading
from triage.rounds import run_round


def tamper(world: World, statement: str, *values: object) -> None:
    """Change the drop's file as a thief of it can; its checks do not bind them."""
    connection = sqlite3.connect(world.folder / "drop.db")
    connection.execute("PRAGMA ignore_check_constraints=ON")
    connection.execute(statement, values)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("day", ["abcd-ef-gh", "2026-99-99", "9999-12-31", "0001-01-01", "2027-11-02"])
def test_a_report_of_an_impossible_day_is_one_of_today(world: World, day: str) -> None:
    world.file()
    world.file()
    tamper(world, "UPDATE report SET day = ? WHERE id = (SELECT min(id) FROM report)", day)
    assert collect(world.desk) == Collected(reports=2)
    world.unlock("vocal-1", "vocal-2")
    seat = world.seat("enlace-1")
    rows = list_cases(world.desk, seat, CaseQuery())
    assert {row.record.day for row in rows} == {world.clock.now.date()}
    for row in rows:
        read_case(world.desk, seat, row.case_id)
    assert run_round(world.desk).slots == 2


def test_a_message_of_an_impossible_day_comes_in_with_the_others(world: World) -> None:
    filed = world.file()
    world.send(filed)
    world.send(filed)
    tamper(world, "UPDATE message SET day = '2026-02-31' WHERE id = (SELECT min(id) FROM message)")
    assert collect(world.desk) == Collected(reports=1, messages=2)


def test_a_report_that_the_register_refuses_stays_in_the_drop_and_stops_no_other(world: World) -> None:
    for _ in range(3):
        world.file()
    change = "UPDATE report SET report_age = zeroblob(2097153) WHERE id = (SELECT min(id) FROM report)"
    tamper(world, change)
    assert collect(world.desk) == Collected(reports=2, refused=1)
    assert len(world.drop.report_ids()) == 1
    entries = verify(world.desk.register, world.board).entries
    assert collect(world.desk) == Collected(refused=1)
    assert verify(world.desk.register, world.board).entries == entries


def test_a_message_that_the_register_refuses_stays_in_the_drop_and_stops_no_other(world: World) -> None:
    filed = world.file()
    for _ in range(3):
        world.send(filed)
    tamper(world, "UPDATE message SET kind = 'verdict' WHERE id = (SELECT min(id) FROM message)")
    assert collect(world.desk) == Collected(reports=1, messages=2, refused=1)
    assert len(world.drop.message_ids()) == 1


def test_the_drop_is_not_pruned_of_what_the_register_refused(world: World, tmp_path: Path) -> None:
    good, bad = world.file().sealed, world.file().sealed
    tamper(world, "UPDATE report_share SET sealed = zeroblob(16385) WHERE report_id = ?", bad.report_id)
    path = tmp_path / "carried.bundle"
    export(world.drop, path)
    done, imported = import_bundle(world.desk, path)
    assert done == Collected(reports=1, refused=1)
    assert imported.report_ids == (good.report_id,)


def test_crumbs_of_a_file_are_put_together(world: World) -> None:
    filed = world.file()
    world.send(filed, chunks=(b"a", b"b" * 9, b"c" * CHUNK_SIZE))
    collect(world.desk)
    rows = tables.waiting_chunk.c
    with reading(world.desk.register) as connection:
        sizes = list(connection.scalars(select(func.length(rows.sealed)).order_by(rows.number)))
    assert sizes == [CHUNK_SIZE, 10]
