"""Exactly once, whatever is cut in between (T12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast

import pytest
from sqlalchemy import func, select

from intake.bundle import export
from intake.drop import DropError, DropFullError
from tests.triage.world import World, open_waiting
from triage import tables
from triage.collect import Collected, collect, import_bundle
from triage.desk import Desk
from triage.errors import CollectError, RegisterError
from triage.register import get_milestone, reading


def waiting(world: World) -> int:
    with reading(world.desk.register) as connection:
        return connection.execute(select(func.count()).select_from(tables.waiting_report)).scalar_one()


def test_what_is_collected_is_gone_from_the_drop(world: World) -> None:
    filed = world.file()
    world.send(filed)
    assert collect(world.desk) == Collected(reports=1, messages=1)
    assert (world.drop.report_ids(), world.drop.message_ids()) == ([], [])
    assert waiting(world) == 1


def test_the_slot_stays_for_the_reporter(world: World) -> None:
    filed = world.file()
    collect(world.desk)
    assert not world.slot(filed).signed


def test_the_same_report_never_comes_in_twice(world: World) -> None:
    filed = world.file()
    open_waiting(world)
    world.drop.delete([filed.sealed.report_id], [])
    again = world.drop
    with reading(world.desk.register) as connection:
        assert connection.execute(select(func.count()).select_from(tables.seen_report)).scalar_one() == 1
    # The same report id under another thread, as a thief of the drop could put it.
    again.file_report(replace(filed.sealed, thread_id=bytes(32)))
    assert collect(world.desk) == Collected(refused=1)
    assert again.report_ids() == []
    assert waiting(world) == 0


class Method(Protocol):
    """A method of a drop."""

    def __call__(self, *arguments: object) -> object:
        """Whatever it does."""


class Cut:
    """A method that fails once, before or after it did its work."""

    def __init__(self, real: Method, *, after: bool) -> None:
        self._real, self._after, self._armed = real, after, True

    def __call__(self, *arguments: object) -> object:
        if not self._armed:
            return self._real(*arguments)
        self._armed = False
        if self._after:
            self._real(*arguments)
        raise DropError("cut")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "name", ["report_ids", "get_report", "delete", "message_ids", "get_message", "vacuum"]
)
def test_a_cut_at_any_step_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, after: bool
) -> None:
    filed = [world.file(f"relato {number}") for number in range(3)]
    world.send(filed[0], "mensaje")
    real = cast("Method", getattr(world.drop, name))
    monkeypatch.setattr(world.drop, name, Cut(real, after=after))
    with pytest.raises(CollectError):
        collect(world.desk)
    collect(world.desk)
    assert world.drop.report_ids() == world.drop.message_ids() == []
    world.unlock("vocal-1", "vocal-2")
    seat = world.login("enlace-1")
    assert sorted(case.record.title for case in seat.cases.values()) == ["relato 0", "relato 1", "relato 2"]
    assert sum(len(case.messages) for case in seat.cases.values()) == 1


def test_a_register_that_fails_leaves_the_report_in_the_drop(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.file()

    def fail(*_: object) -> bool:
        raise RegisterError("cut")

    monkeypatch.setattr("triage.collect._store_report", fail)
    with pytest.raises(RegisterError):
        collect(world.desk)
    monkeypatch.undo()
    assert waiting(world) == 0
    assert len(world.drop.report_ids()) == 1
    assert collect(world.desk) == Collected(reports=1)


def test_a_bundle_is_taken_in_once_and_names_what_the_drop_may_forget(world: World, tmp_path: Path) -> None:
    filed = world.file()
    sent = world.send(filed)
    path = tmp_path / "carried.bundle"
    export(world.drop, path)
    done, imported = import_bundle(world.desk, path)
    assert done == Collected(reports=1, messages=1)
    assert imported.report_ids == (filed.sealed.report_id,)
    assert imported.message_ids == (sent.message_id,)
    assert import_bundle(world.desk, path)[0] == Collected(refused=2)


def test_a_cut_bundle_brings_nothing_in(world: World, tmp_path: Path) -> None:
    world.file()
    path = tmp_path / "carried.bundle"
    export(world.drop, path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CollectError):
        import_bundle(world.desk, path)
    assert waiting(world) == 0


def test_without_a_drop_there_is_nothing_to_collect(world: World) -> None:
    desk = Desk(world.desk.register, None, world.board, world.clock)
    with pytest.raises(CollectError):
        collect(desk)


def test_the_day_of_the_collection_is_kept(world: World) -> None:
    collect(world.desk)
    with reading(world.desk.register) as connection:
        assert get_milestone(connection, "collection") == world.clock.now.date()


def test_a_full_disk_that_has_no_room_to_delete_many_is_emptied_one_by_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete, filed = world.drop.delete, [world.file() for _ in range(3)]
    world.send(filed[0])
    world.send(filed[1])

    def small(report_ids: Iterable[bytes], message_ids: Iterable[bytes]) -> None:
        ids = [*report_ids], [*message_ids]
        if len(ids[0]) + len(ids[1]) > 1:
            raise DropFullError("the disk is full")
        delete(*ids)

    def no_room() -> None:
        raise DropFullError("the disk is full")

    monkeypatch.setattr(world.drop, "delete", small)
    monkeypatch.setattr(world.drop, "vacuum", no_room)
    assert collect(world.desk) == Collected(reports=3, messages=2)
    assert (world.drop.report_ids(), world.drop.message_ids()) == ([], [])
