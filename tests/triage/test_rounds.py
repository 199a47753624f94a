"""Slot rounds: signed answers for every case that somebody at the desk can read."""

from __future__ import annotations

from datetime import date

import pytest

from crypto.slots import SlotState
from tests.triage.world import Filed, World, open_waiting
from triage import cases
from triage.case import Outcome, State
from triage.case_page import read_case
from triage.desk import Desk, Seat
from triage.entry import EntryKind
from triage.errors import LockedError
from triage.rounds import last_round, run_round


@pytest.fixture
def filed(world: World) -> Filed:
    """A report that is open."""
    made = world.file("relato")
    open_waiting(world)
    return made


@pytest.fixture
def seat(world: World, filed: Filed) -> Seat:
    """A triager who reads it."""
    assert filed
    return world.login("enlace-1")


def only(seat: Seat) -> bytes:
    return next(iter(seat.cases))


def test_the_first_signed_slot_is_the_acknowledgement(world: World, filed: Filed, seat: Seat) -> None:
    assert not world.slot(filed).signed
    assert run_round(world.desk).slots == 1
    slot = world.slot(filed)
    assert (slot.signed, slot.state, slot.sequence) == (True, SlotState.RECEIVED, 1)
    shown = read_case(world.desk, seat, only(seat))
    assert shown.record.state is State.ACKNOWLEDGED
    assert shown.record.acknowledged_at == world.clock.now
    assert shown.timeline[-1].kind is EntryKind.ACKNOWLEDGED
    run_round(world.desk)
    assert len(read_case(world.desk, seat, only(seat)).timeline) == 2


def test_a_slot_names_the_day_by_which_feedback_is_owed(world: World, filed: Filed, seat: Seat) -> None:
    assert seat
    run_round(world.desk)
    (deadline,) = world.slot(filed).deadlines
    assert deadline.name == "feedback"
    assert deadline.day > date(2027, 1, 31)


def test_replies_go_out_in_order_and_the_newest_stay_when_room_is_short(
    world: World, filed: Filed, seat: Seat
) -> None:
    version = read_case(world.desk, seat, only(seat)).version
    for number in range(12):
        version = cases.reply(world.desk, seat, only(seat), version, f"{number:02} " + "x" * 3900)
    run_round(world.desk)
    starts = [reply.text[:2] for reply in world.slot(filed).replies]
    assert 1 < len(starts) < 12
    assert starts == [f"{number:02}" for number in range(12 - len(starts), 12)]


def test_every_round_rewrites_and_counts_up(world: World, filed: Filed, seat: Seat) -> None:
    assert seat
    seen = []
    for _ in range(3):
        run_round(world.desk)
        seen.append((world.slot(filed).sequence, world.drop.read_slot(filed.keys.thread_id)))
    assert [sequence for sequence, _ in seen] == [1, 2, 3]
    assert len({sealed for _, sealed in seen}) == 3


def test_the_state_that_a_reporter_sees_follows(world: World, filed: Filed, seat: Seat) -> None:
    run_round(world.desk)
    version = read_case(world.desk, seat, only(seat)).version
    outcome = Outcome.INSUFFICIENT_INFORMATION
    cases.move(world.desk, seat, only(seat), version, State.CLOSED, outcome, "")
    run_round(world.desk)
    slot = world.slot(filed)
    assert (slot.state, slot.deadlines) == (SlotState.CLOSED, ())


def test_a_round_covers_all_cases_open_to_people_at_the_desk_and_no_others(world: World) -> None:
    both = world.file("uno")
    only_second = world.file("dos", recused=["enlace-1"])
    open_waiting(world)
    world.login("enlace-1")
    assert run_round(world.desk).slots == 1
    assert not world.slot(only_second).signed
    world.login("enlace-2")
    assert run_round(world.desk).slots == 2
    assert world.slot(only_second).signed
    assert world.slot(both).sequence == 2


def test_without_the_desk_key_no_round_runs(world: World, filed: Filed) -> None:
    assert filed
    with pytest.raises(LockedError):
        run_round(world.desk)
    world.login("control-1")
    with pytest.raises(LockedError):
        run_round(world.desk)


def test_a_desk_without_a_drop_runs_no_round(world: World) -> None:
    desk = Desk(world.desk.register, None, world.board, world.clock)
    with pytest.raises(LockedError):
        run_round(desk)


def test_the_day_of_the_round_is_kept(world: World, seat: Seat) -> None:
    assert seat
    assert last_round(world.desk) is None
    run_round(world.desk)
    assert last_round(world.desk) == world.clock.now.date()
