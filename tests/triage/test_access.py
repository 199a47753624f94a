"""Giving, renewing and ending access; leaving a case. What ended is under another key (T3, T4)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crypto.errors import AgeError
from crypto.parts import open_message
from tests.triage.world import World, open_waiting
from triage import access, cases, tables
from triage.case import Basis, State
from triage.case_file import load_case
from triage.case_list import CaseQuery, list_cases
from triage.case_page import CasePage, read_case
from triage.collect import collect
from triage.desk import Seat
from triage.errors import NotGrantedError, RefusedError, UnknownCaseError
from triage.register import reading
from triage.rounds import run_round
from triage.staff import remove_person


@pytest.fixture
def seat(world: World) -> Seat:
    """A triager with one open case."""
    world.file("relato")
    open_waiting(world)
    return world.login("enlace-1")


def only(seat: Seat) -> bytes:
    return next(iter(seat.cases))


def page(world: World, seat: Seat) -> CasePage:
    return read_case(world.desk, seat, only(seat))


def id_of(world: World, label: str) -> bytes:
    return world.people[label].person_id


def give(world: World, seat: Seat, label: str) -> int:
    return access.give_access(world.desk, seat, only(seat), page(world, seat).version, id_of(world, label))


def test_a_grant_is_there_at_the_next_login(world: World, seat: Seat) -> None:
    give(world, seat, "indaga-1")
    assert list_cases(world.desk, world.login("indaga-1"), CaseQuery())


def test_a_grant_is_there_at_once_for_who_is_at_the_desk(world: World, seat: Seat) -> None:
    other = world.login("indaga-1")
    give(world, seat, "indaga-1")
    assert list_cases(world.desk, other, CaseQuery())
    world.restart()
    assert list_cases(world.desk, world.login("indaga-1"), CaseQuery())


def test_candidates_are_readers_without_access_whom_nobody_recused(world: World) -> None:
    world.file(recused=["indaga-1", "vocal-3"])
    open_waiting(world)
    seat = world.login("enlace-1")
    assert {person.label for person in page(world, seat).candidates} == {"vocal-1", "vocal-2"}
    with pytest.raises(RefusedError) as caught:
        give(world, seat, "indaga-1")
    assert caught.value.reason == "recused"
    with pytest.raises(RefusedError):
        access.assign(world.desk, seat, only(seat), page(world, seat).version, id_of(world, "vocal-3"))


@pytest.mark.parametrize(("label", "reason"), [("control-1", "recused"), ("enlace-2", "has_access")])
def test_who_cannot_get_access_is_refused(world: World, seat: Seat, label: str, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        give(world, seat, label)
    assert caught.value.reason == reason


def test_an_unknown_person_is_refused(world: World, seat: Seat) -> None:
    with pytest.raises(RefusedError):
        access.give_access(world.desk, seat, only(seat), page(world, seat).version, bytes(16))


def test_ended_access_is_ended_for_good(world: World, seat: Seat) -> None:
    filed_before = page(world, seat)
    give(world, seat, "vocal-1")
    gone = world.login("enlace-2")
    old = gone.cases[only(seat)]
    member = world.login("vocal-1")
    version = page(world, member).version
    access.end_access(world.desk, member, only(member), version, id_of(world, "enlace-2"))
    with pytest.raises(UnknownCaseError):
        read_case(world.desk, gone, old.case_id)
    # The key that they may have kept opens nothing of what stands there now.
    with reading(world.desk.register) as connection:
        assert load_case(connection, old.case_key, old.case_id) is None
    world.restart()
    assert list_cases(world.desk, world.login("enlace-2"), CaseQuery()) == []
    kept = read_case(world.desk, world.login("enlace-1"), old.case_id)
    assert kept.report == filed_before.report
    assert len(kept.timeline) == len(filed_before.timeline) + 2


def test_only_members_end_somebodys_access(world: World, seat: Seat) -> None:
    with pytest.raises(NotGrantedError):
        access.end_access(world.desk, seat, only(seat), page(world, seat).version, id_of(world, "enlace-2"))


def test_who_leaves_cannot_be_given_the_case_again(world: World, seat: Seat) -> None:
    case_id, other = only(seat), world.login("enlace-2")
    access.leave_case(world.desk, seat, case_id, page(world, seat).version)
    assert seat.cases == {}
    shown = read_case(world.desk, other, case_id)
    assert "enlace-1" not in {person.label for person in shown.candidates}
    with pytest.raises(RefusedError):
        access.give_access(world.desk, other, case_id, shown.version, id_of(world, "enlace-1"))


def test_a_case_is_never_left_with_nobody(world: World, seat: Seat) -> None:
    case_id, other = only(seat), world.login("enlace-2")
    access.leave_case(world.desk, seat, case_id, page(world, seat).version)
    with pytest.raises(RefusedError) as caught:
        access.leave_case(world.desk, other, case_id, read_case(world.desk, other, case_id).version)
    assert caught.value.reason == "nobody_left"


def test_the_assignee_who_leaves_is_not_the_assignee_any_more(world: World, seat: Seat) -> None:
    case_id, other = only(seat), world.login("enlace-2")
    version = access.assign(world.desk, seat, case_id, page(world, seat).version, id_of(world, "enlace-1"))
    access.leave_case(world.desk, seat, case_id, version)
    assert read_case(world.desk, other, case_id).record.assignee is None


def test_renewed_access_outlives_assessment(world: World, seat: Seat) -> None:
    case_id = only(seat)
    version = access.renew_access(
        world.desk, seat, case_id, page(world, seat).version, id_of(world, "enlace-1")
    )
    for target in (State.ACKNOWLEDGED, State.ASSESSMENT, State.INVESTIGATION):
        version = cases.move(world.desk, seat, case_id, version, target, None, "").version or 0
    holders = page(world, seat).people
    assert [(each.person.label, each.access.basis) for each in holders] == [("enlace-1", Basis.RENEWED)]


def test_a_message_sealed_to_the_old_key_still_arrives(world: World) -> None:
    filed = world.file("relato")
    open_waiting(world)
    seat = world.login("enlace-1")
    run_round(world.desk)
    before = world.send(filed, "sellado a la llave anterior")
    other = world.login("enlace-2")
    case_id = only(seat)
    old_key = seat.cases[case_id].case_key
    access.leave_case(world.desk, other, case_id, page(world, seat).version)
    collect(world.desk)
    assert page(world, seat).timeline[-1].text == "sellado a la llave anterior"
    run_round(world.desk)
    after = world.send(filed, "sellado a la nueva")
    with pytest.raises(AgeError):
        open_message([old_key.identity], after.message_age, filed.keys.verification_key, filed.keys.thread_id)
    collect(world.desk)
    assert page(world, seat).timeline[-1].text == "sellado a la nueva"
    assert before.message_id != after.message_id


def test_a_removed_person_is_out_at_the_next_click(world: World, seat: Seat) -> None:
    world.desk.touch(seat)
    assert world.desk.is_present(seat)
    other = world.seat("enlace-2")
    remove_person(world.desk, "enlace-2")
    assert not world.desk.is_present(other)
    with pytest.raises(RefusedError):
        access.assign(world.desk, seat, only(seat), page(world, seat).version, id_of(world, "enlace-2"))


def test_no_grant_says_whose_or_of_which_case_it_is(world: World, seat: Seat) -> None:
    world.login("enlace-2")
    give(world, seat, "indaga-1")
    ids = {person.person_id for person in world.people.values()} | {only(seat)}
    with reading(world.desk.register) as connection:
        rows = connection.execute(select(tables.case_grant)).all()
    assert [row.holder is None for row in rows].count(True) == 1
    for row in rows:
        seen = bytes(row.id) + bytes(row.holder or b"") + bytes(row.sealed)
        assert not [each for each in ids if each in seen]
