"""Work on a case: every change is an entry, and nobody overwrites what somebody else did."""

from __future__ import annotations

import pytest

from crypto.slots import REPLY_BYTES
from intake.report import Answers, Group, Tri, UrgentAnswers
from tests.triage.world import World, open_waiting
from triage import cases
from triage.access import assign
from triage.audit import verify
from triage.case import Basis, Categories, Outcome, State
from triage.case_list import CaseQuery, Sort, list_cases
from triage.case_page import CasePage, read_case, report_text
from triage.desk import Seat
from triage.entry import EntryKind
from triage.errors import (
    IllegalTransitionError,
    LockedError,
    RefusedError,
    StaleCaseError,
    UnknownCaseError,
)
from triage.rounds import run_round
from triage.urgency import Urgency


@pytest.fixture
def seat(world: World) -> Seat:
    """A triager with one open case."""
    world.file("Me pidieron dinero en la garita.")
    open_waiting(world)
    return world.login("enlace-1")


def only(seat: Seat) -> bytes:
    return next(iter(seat.cases))


def page(world: World, seat: Seat) -> CasePage:
    return read_case(world.desk, seat, only(seat))


def kinds(world: World, seat: Seat) -> list[EntryKind]:
    return [entry.kind for entry in page(world, seat).timeline]


def test_a_new_case_says_who_got_it(world: World, seat: Seat) -> None:
    shown = page(world, seat)
    assert {holder.person.label for holder in shown.people} == {"enlace-1", "enlace-2"}
    assert {holder.access.basis for holder in shown.people} == {Basis.OPENING}
    assert shown.record.title == "Me pidieron dinero en la garita."
    assert [entry.after for entry in shown.timeline] == ["enlace-1, enlace-2"]
    assert shown.moves == (State.ACKNOWLEDGED, State.CLOSED)


def test_the_record_keeps_what_lists_show_of_the_answers(world: World) -> None:
    answers = Answers(
        story="relato", group=Group.MONEY, language="ht", place_state="MX-CHP", place_text="el río"
    )
    world.file(answers=answers)
    open_waiting(world)
    record = next(iter(world.login("enlace-1").cases.values())).record
    assert (record.group, record.language, record.title) == (Group.MONEY, "ht", "relato")
    assert (record.place_state, record.place_text) == ("MX-CHP", "el río")
    assert record.day == world.clock.now.date()
    assert (record.urgency, record.urgency_reasons) == (Urgency.PRIORITY, ("money",))


def test_the_first_look_is_remembered_and_later_ones_are_not(world: World, seat: Seat) -> None:
    first = page(world, seat).record.looked_at
    world.clock.move(hours=2)
    assert page(world, seat).record.looked_at == first == world.clock.now.replace(hour=9)


def test_the_story_comes_byte_for_byte(world: World, seat: Seat) -> None:
    assert report_text(world.desk, seat, only(seat)) == b"Me pidieron dinero en la garita."


def test_notes_translations_and_replies_are_entries(world: World, seat: Seat) -> None:
    version = page(world, seat).version
    version = cases.note(world.desk, seat, only(seat), version, "primera\r\nnota")
    version = cases.translate(world.desk, seat, only(seat), version, "They asked for money.")
    version = cases.reply(world.desk, seat, only(seat), version, "Lo leímos.")
    shown = page(world, seat)
    assert version == shown.version
    assert [entry.text for entry in shown.timeline[1:]] == [
        "primera\nnota",
        "They asked for money.",
        "Lo leímos.",
    ]
    assert {entry.by for entry in shown.timeline[1:]} == {seat.person.person_id}
    assert shown.translation == "They asked for money."
    assert (shown.record.reply_count, shown.record.feedback_at) == (1, world.clock.now)


def test_a_stale_version_is_refused_and_nothing_is_lost(world: World, seat: Seat) -> None:
    other = world.login("enlace-2")
    version = page(world, seat).version
    cases.note(world.desk, other, only(seat), version, "la otra")
    with pytest.raises(StaleCaseError):
        cases.note(world.desk, seat, only(seat), version, "la mía")
    assert [entry.text for entry in page(world, seat).timeline[1:]] == ["la otra"]


def test_a_form_survives_the_desks_own_changes(world: World, seat: Seat) -> None:
    version = page(world, seat).version
    run_round(world.desk)
    cases.note(world.desk, seat, only(seat), version, "sigue valiendo")
    assert page(world, seat).timeline[-1].text == "sigue valiendo"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "empty"), (" \n", "empty"), ("ñ" * (REPLY_BYTES // 2 + 1), "long"), ("\ud800", "characters")],
)
def test_a_reply_that_cannot_go_out_is_refused(world: World, seat: Seat, text: str, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        cases.reply(world.desk, seat, only(seat), page(world, seat).version, text)
    assert (caught.value.field, caught.value.reason) == ("reply", reason)


def test_a_reply_of_exactly_the_room_is_taken(world: World, seat: Seat) -> None:
    shown = page(world, seat)
    cases.reply(world.desk, seat, only(seat), shown.version, "ñ" * (shown.reply_room // 2))
    assert page(world, seat).record.reply_count == 1


def test_categories_raise_the_urgency_until_a_person_overrides_it(world: World, seat: Seat) -> None:
    version = page(world, seat).version
    version = cases.categorise(world.desk, seat, only(seat), version, Categories("COR-02"))
    assert page(world, seat).record.urgency is Urgency.URGENT
    version = cases.set_urgency(world.desk, seat, only(seat), version, Urgency.NORMAL, "ya pasó")
    version = cases.categorise(world.desk, seat, only(seat), version, Categories("COR-02", ("COR-01",)))
    record = page(world, seat).record
    assert (record.urgency, record.urgency_override) == (Urgency.NORMAL, "ya pasó")
    assert record.categories.all == ("COR-02", "COR-01")
    assert kinds(world, seat)[1:] == [
        EntryKind.CATEGORIES,
        EntryKind.URGENCY,
        EntryKind.URGENCY,
        EntryKind.CATEGORIES,
    ]


@pytest.mark.parametrize(
    "categories",
    [Categories("XXX-99"), Categories("COR-01", ("COR-01",)), Categories(None, ("COR-01",))],
    ids=["unknown", "twice", "no primary"],
)
def test_categories_that_make_no_sense_are_refused(world: World, seat: Seat, categories: Categories) -> None:
    with pytest.raises(RefusedError):
        cases.categorise(world.desk, seat, only(seat), page(world, seat).version, categories)


def test_urgency_without_a_reason_is_refused(world: World, seat: Seat) -> None:
    with pytest.raises(RefusedError):
        cases.set_urgency(world.desk, seat, only(seat), page(world, seat).version, Urgency.URGENT, " ")


def test_an_illegal_move_is_refused_with_the_legal_ones(world: World, seat: Seat) -> None:
    with pytest.raises(IllegalTransitionError) as caught:
        cases.move(
            world.desk, seat, only(seat), page(world, seat).version, State.INVESTIGATION, None, "rápido"
        )
    assert caught.value.legal == (State.ACKNOWLEDGED, State.CLOSED)
    assert kinds(world, seat) == [EntryKind.OPENED]


def move(world: World, seat: Seat, *targets: State) -> cases.Moved:
    for target in targets:
        version = read_case(world.desk, seat, only(seat)).version
        moved = cases.move(world.desk, seat, only(seat), version, target, None, "")
    return moved


def test_grants_of_the_opening_end_when_the_case_leaves_assessment(world: World, seat: Seat) -> None:
    case_id, other = only(seat), world.login("enlace-2")
    move(world, seat, State.ACKNOWLEDGED, State.ASSESSMENT)
    version = page(world, seat).version
    assign(world.desk, seat, case_id, version, world.people["indaga-1"].person_id)
    moved = move(world, seat, State.INVESTIGATION)
    assert moved == cases.Moved(None, kept=False)
    for gone in (seat, other):
        assert list_cases(world.desk, gone, CaseQuery()) == []
        with pytest.raises(UnknownCaseError):
            read_case(world.desk, gone, case_id)
    investigator = world.login("indaga-1")
    shown = read_case(world.desk, investigator, case_id)
    assert [holder.person.label for holder in shown.people] == ["indaga-1"]
    assert shown.timeline[-1].after == "enlace-1, enlace-2"
    assert shown.report is not None


def test_grants_stay_when_nobody_else_has_the_case(world: World, seat: Seat) -> None:
    moved = move(world, seat, State.ACKNOWLEDGED, State.ASSESSMENT, State.INVESTIGATION)
    assert moved.kept
    assert moved.version == page(world, seat).version
    assert kinds(world, seat)[-1] is EntryKind.GRANTS_KEPT


def test_closing_needs_an_outcome_and_can_be_undone_with_a_reason(world: World, seat: Seat) -> None:
    version = page(world, seat).version
    closed = cases.move(
        world.desk, seat, only(seat), version, State.CLOSED, Outcome.INSUFFICIENT_INFORMATION, ""
    )
    assert page(world, seat).record.closed_at == world.clock.now
    assert list_cases(world.desk, seat, CaseQuery()) == []
    assert len(list_cases(world.desk, seat, CaseQuery(state=State.CLOSED))) == 1
    assert closed.version is not None
    reopened = cases.move(world.desk, seat, only(seat), closed.version, State.ASSESSMENT, None, "llegó más")
    record = page(world, seat).record
    assert (record.state, record.outcome, record.closed_at) == (State.ASSESSMENT, None, None)
    assert reopened.version


def test_reading_marks_nothing_as_read_until_asked(world: World, seat: Seat) -> None:
    version = page(world, seat).version
    assert page(world, seat).record.unread
    cases.mark_read(world.desk, seat, only(seat), version)
    assert not page(world, seat).record.unread


def test_absent_and_not_granted_are_one_answer(world: World, seat: Seat) -> None:
    stranger = world.login("indaga-1")
    refusals = []
    for case_id in (only(seat), bytes(16)):
        with pytest.raises(UnknownCaseError) as caught:
            read_case(world.desk, stranger, case_id)
        refusals.append(str(caught.value))
        with pytest.raises(UnknownCaseError) as caught:
            cases.note(world.desk, stranger, case_id, 0, "hola")
        refusals.append(str(caught.value))
    assert len(set(refusals)) == 1


def test_who_left_cannot_act(world: World, seat: Seat) -> None:
    case_id = only(seat)
    world.desk.leave(seat)
    with pytest.raises(LockedError):
        read_case(world.desk, seat, case_id)
    assert seat.cases == {}


def test_lists_filter_search_and_sort(world: World) -> None:
    world.file("robo en la garita", answers=None)
    world.file(answers=Answers(story="golpes", group=Group.HURT, urgency=UrgentAnswers(unsafe=Tri.YES)))
    world.file(answers=Answers(story="", group=Group.SERVICE, place_text="Tapachula"))
    open_waiting(world)
    seat = world.login("enlace-1")

    def titles(query: CaseQuery) -> list[str]:
        return [row.record.title for row in list_cases(world.desk, seat, query)]

    assert titles(CaseQuery())[0] == "golpes"
    assert titles(CaseQuery(descending=True))[-1] == "golpes"
    assert titles(CaseQuery(text="GARITA robo")) == ["robo en la garita"]
    assert titles(CaseQuery(text="tapachula")) == [""]
    assert titles(CaseQuery(group=Group.HURT)) == ["golpes"]
    assert titles(CaseQuery(urgency=Urgency.IMMEDIATE)) == ["golpes"]
    assert titles(CaseQuery(assignee=seat.person.person_id)) == []
    assert len(titles(CaseQuery(unread_only=True))) == 3
    for sort in Sort:
        assert len(titles(CaseQuery(sort=sort))) == 3


def test_the_audit_chain_holds_after_all_this(world: World, seat: Seat) -> None:
    version = page(world, seat).version
    cases.note(world.desk, seat, only(seat), version, "nota")
    assert verify(world.desk.register, world.board).entries > 10
