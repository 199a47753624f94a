"""The table of moves and the sealed record of a case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import SealedPartError
from crypto.slots import SlotState
from crypto.strict_json import Fields, Json, canonical, parse_object
from tests.triage.records import FULL, PLAIN
from triage.case import (
    PHASES,
    TRANSITIONS,
    CaseRecord,
    Categories,
    Outcome,
    Phase,
    State,
    check_transition,
    slot_state,
)
from triage.errors import IllegalTransitionError

STATES, OUTCOMES = st.sampled_from(State), st.none() | st.sampled_from(Outcome)


def read_back(record: CaseRecord) -> CaseRecord:
    return CaseRecord.from_json(Fields(parse_object(canonical(record.to_json()))))


def test_the_table_is_the_one_of_the_design() -> None:
    drawn = {
        ("received", "acknowledged"),
        ("acknowledged", "assessment"),
        ("assessment", "waiting_reporter"),
        ("waiting_reporter", "assessment"),
        ("assessment", "investigation"),
        ("assessment", "referred"),
        ("investigation", "waiting_reporter"),
        ("waiting_reporter", "investigation"),
        ("investigation", "referred"),
        ("referred", "investigation"),
        ("closed", "assessment"),
    } | {(state.value, "closed") for state in State if state is not State.CLOSED}
    assert {(origin.value, to.value) for origin, targets in TRANSITIONS.items() for to in targets} == drawn


def test_every_state_is_reached_from_received_and_leads_on() -> None:
    reached = {State.RECEIVED}
    for _ in State:
        reached |= {target for state in reached for target in TRANSITIONS[state]}
    assert reached == set(State)
    assert all(TRANSITIONS.values())


@given(STATES, STATES, OUTCOMES, st.sampled_from(["", "  ", "because"]), st.booleans())
def test_a_move_is_allowed_by_the_table_or_refused_with_the_legal_ones(
    origin: State, target: State, outcome: Outcome | None, reason: str, asked: bool
) -> None:
    try:
        check_transition(origin, target, outcome, reason, withdrawal_asked=asked)
    except IllegalTransitionError as refused:
        assert refused.legal == TRANSITIONS[origin]
        assert all(state.value in str(refused) for state in TRANSITIONS[origin])
    else:
        assert target in TRANSITIONS[origin]
        assert (target is State.CLOSED) == (outcome is not None)
        assert asked or outcome is not Outcome.WITHDRAWN


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_an_open_case_closes_only_with_an_outcome(state: State) -> None:
    check_transition(state, State.CLOSED, Outcome.SUBSTANTIATED, "")
    with pytest.raises(IllegalTransitionError, match="outcome"):
        check_transition(state, State.CLOSED, None, "reason")


def test_only_closing_has_an_outcome() -> None:
    with pytest.raises(IllegalTransitionError, match="outcome"):
        check_transition(State.RECEIVED, State.ACKNOWLEDGED, Outcome.SUBSTANTIATED, "")


@pytest.mark.parametrize("outcome", [Outcome.OUTSIDE_COMPETENCE, Outcome.DUPLICATE])
def test_sending_a_case_away_needs_a_written_reason(outcome: Outcome) -> None:
    check_transition(State.ASSESSMENT, State.CLOSED, outcome, "competence of another body")
    with pytest.raises(IllegalTransitionError, match="reason"):
        check_transition(State.ASSESSMENT, State.CLOSED, outcome, " \n")


def test_reopening_needs_a_reason() -> None:
    check_transition(State.CLOSED, State.ASSESSMENT, None, "new evidence")
    with pytest.raises(IllegalTransitionError, match="reason"):
        check_transition(State.CLOSED, State.ASSESSMENT, None, "")


def test_nobody_withdraws_a_case_unasked() -> None:
    check_transition(State.ASSESSMENT, State.CLOSED, Outcome.WITHDRAWN, "", withdrawal_asked=True)
    with pytest.raises(IllegalTransitionError, match="did not ask"):
        check_transition(State.ASSESSMENT, State.CLOSED, Outcome.WITHDRAWN, "because")


def test_every_state_has_a_phase_and_a_word_for_the_reporter() -> None:
    assert {PHASES[state] for state in State} == set(Phase)
    assert {slot_state(state) for state in State} == set(SlotState) - {SlotState.ARRIVED}


@pytest.mark.parametrize("record", [PLAIN, FULL], ids=["plain", "full"])
def test_a_record_reads_back_as_it_was(record: CaseRecord) -> None:
    assert read_back(record) == record


@pytest.mark.parametrize("name", sorted(PLAIN.to_json()))
@pytest.mark.parametrize("value", [{}, "\u0000", -1, [1], "unheard-of", 2**60], ids=repr)
def test_a_wrong_value_in_any_field_is_our_error(name: str, value: Json) -> None:
    try:
        record = CaseRecord.from_json(Fields({**FULL.to_json(), name: value}))
    except SealedPartError:
        return
    # What is a legal value of that field is read as itself.
    assert record.to_json()[name] == value


def test_an_unknown_field_and_a_missing_one_are_refused() -> None:
    spare = Fields({**PLAIN.to_json(), "spare": 1})
    with pytest.raises(SealedPartError):
        CaseRecord.from_json(spare)
    short = Fields({name: value for name, value in PLAIN.to_json().items() if name != "state"})
    with pytest.raises(SealedPartError):
        CaseRecord.from_json(short)


def test_a_record_does_not_show_its_secrets() -> None:
    shown = repr(FULL)
    for secret in ("a un lado", "Nos tienen", "the reporter called", "a seed that nobody", "members_only"):
        assert secret not in shown


def test_the_primary_category_comes_first() -> None:
    assert Categories("B", ("A", "C")).all == ("B", "A", "C")
    assert Categories(None, ("A",)).all == ("A",)
