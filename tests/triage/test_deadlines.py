"""Clocks of a case and the working days they count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.triage.records import OPENED, PLAIN
from triage.calendar import add_months, add_working_days, holidays, is_working_day
from triage.case import CaseRecord, Categories, Outcome, State
from triage.deadlines import FIRST_LOOK, Deadline, Status, due, next_due, status
from triage.urgency import Urgency

DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def clocks(record: CaseRecord, now: datetime = OPENED) -> dict[str, Deadline]:
    return {deadline.name: deadline for deadline in due(record, now)}


def test_the_holidays_of_2026_are_those_of_the_labour_law() -> None:
    expected = [(1, 1), (2, 2), (3, 16), (5, 1), (9, 16), (11, 16), (12, 25)]
    assert holidays(2026) == {date(2026, month, day) for month, day in expected}


@pytest.mark.parametrize(
    ("year", "handover"), [(2012, (12, 1)), (2018, (12, 1)), (2024, (10, 1)), (2030, (10, 1))]
)
def test_the_executive_changes_hands_every_six_years(year: int, handover: tuple[int, int]) -> None:
    assert date(year, *handover) in holidays(year)
    assert all(date(other, *handover) not in holidays(other) for other in range(year + 1, year + 6))


@given(DAYS, st.integers(0, 60))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    end = add_working_days(day, count)
    passed = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(is_working_day(each) for each in passed) == count
    assert count == 0 or is_working_day(end)


@given(DAYS, st.integers(0, 100))
def test_months_keep_the_day_or_take_the_last(day: date, count: int) -> None:
    later = add_months(day, count)
    assert (later.year - day.year) * 12 + later.month - day.month == count
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(st.integers(1, 10**6), st.integers(0, 2 * 10**6))
def test_a_clock_is_amber_from_three_quarters_and_red_past_due(length: int, passed: int) -> None:
    start, now = OPENED, OPENED + timedelta(seconds=passed)
    found = status(start, start + timedelta(seconds=length), now, met=False)
    if passed > length:
        assert found is Status.RED
    else:
        assert found is (Status.AMBER if 4 * passed >= 3 * length else Status.OK)
    assert status(start, start + timedelta(seconds=length), now, met=True) is Status.MET


@pytest.mark.parametrize("level", list(Urgency))
def test_the_first_look_is_due_by_urgency_from_the_opening(level: Urgency) -> None:
    clock = clocks(replace(PLAIN, urgency=level))["first_look"]
    assert clock.due == OPENED + FIRST_LOOK[level]
    assert clocks(replace(PLAIN, urgency=level, looked_at=OPENED))["first_look"].status is Status.MET


def test_a_report_is_acknowledged_within_seven_days_of_its_day() -> None:
    clock = clocks(PLAIN)["acknowledge"]
    assert clock.due == datetime(2026, 11, 10, tzinfo=UTC)
    assert clocks(PLAIN, clock.due + timedelta(seconds=1))["acknowledge"].status is Status.RED
    assert clocks(replace(PLAIN, acknowledged_at=OPENED))["acknowledge"].status is Status.MET


def test_feedback_counts_from_the_acknowledgement_or_from_when_it_was_due() -> None:
    assert clocks(PLAIN)["feedback"].due == datetime(2027, 2, 10, tzinfo=UTC)
    acknowledged = replace(PLAIN, acknowledged_at=OPENED)
    assert clocks(acknowledged)["feedback"].due == datetime(2027, 2, 4, tzinfo=UTC)
    late = replace(PLAIN, acknowledged_at=OPENED + timedelta(days=60))
    assert clocks(late)["feedback"].due == clocks(PLAIN)["feedback"].due
    assert clocks(replace(acknowledged, feedback_at=OPENED))["feedback"].status is Status.MET


def test_custody_runs_for_36_hours_from_the_start_of_the_day() -> None:
    assert "detention" not in clocks(PLAIN)
    held = replace(PLAIN, urgency_reasons=("still_detained",))
    assert clocks(held)["detention"].due == datetime(2026, 11, 3, 12, tzinfo=UTC)
    assert "detention" in clocks(replace(PLAIN, categories=Categories("DET-02")))


def test_asylum_has_thirty_working_days() -> None:
    assert "asylum" not in clocks(PLAIN)
    asked = replace(PLAIN, categories=Categories("COR-01", ("PRO-05",)))
    assert clocks(asked)["asylum"].due == datetime(2026, 12, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("category", "name", "year"), [("COR-01", "limitation_grave", 2033), ("SER-01", "limitation", 2029)]
)
def test_limitation_periods_are_information(category: str, name: str, year: int) -> None:
    clock = clocks(replace(PLAIN, categories=Categories(category)))[name]
    assert clock.due == datetime(year, 11, 3, tzinfo=UTC)
    assert clock.informative
    assert not {"limitation", "limitation_grave"} & clocks(PLAIN).keys()


def test_every_clock_names_its_source() -> None:
    record = replace(PLAIN, categories=Categories("DET-02", ("PRO-05", "COR-01")))
    assert len(due(record, OPENED)) == 7
    assert all(deadline.source for deadline in due(record, OPENED))


def test_the_next_clock_is_the_soonest_that_calls_somebody() -> None:
    record = replace(PLAIN, looked_at=OPENED)
    found = next_due(due(record, OPENED))
    assert found is not None
    assert found.name == "acknowledge"
    done = replace(
        record,
        state=State.CLOSED,
        outcome=Outcome.SUBSTANTIATED,
        acknowledged_at=OPENED,
        feedback_at=OPENED,
    )
    assert next_due(due(done, OPENED)) is None
