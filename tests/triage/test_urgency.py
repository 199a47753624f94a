"""Urgency: the highest of the categories' defaults and the rules, never lowered by knowing more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.report import Answers, Group, Reporter, Tri, UrgentAnswers, When
from triage.taxonomy import load
from triage.urgency import RULES, Urgency, assess

QUESTIONS = ("detained", "child", "hurt", "threatened", "unsafe")
QUIET = Answers(
    story="a",
    urgency=UrgentAnswers(Tri.NO, Tri.NO, Tri.NO, Tri.NO, Tri.NO),
)

TRI = st.sampled_from(Tri)
ANSWERS = st.builds(
    Answers,
    story=st.just("a"),
    group=st.none() | st.sampled_from(Group),
    reporter=st.sampled_from(Reporter),
    when=st.sampled_from(When),
    urgency=st.builds(UrgentAnswers, TRI, TRI, TRI, TRI, TRI),
)
CATEGORIES = st.lists(st.sampled_from(list(load().by_id.values())), max_size=5, unique=True)


@given(ANSWERS, CATEGORIES, st.integers(0, 5))
def test_the_level_is_the_highest_that_anything_asks_for(
    answers: Answers, categories: list[object], linked: int
) -> None:
    chosen = [category for category in load().by_id.values() if category in categories]
    finding = assess(answers, chosen)
    levels = [rule.level for rule in RULES.values() if rule.holds(answers)]
    levels += [category.urgency for category in chosen]
    assert finding.level.rank == min([level.rank for level in levels], default=Urgency.NORMAL.rank)
    assert bool(finding.reasons) == (finding.level is not Urgency.NORMAL)
    raised = assess(answers, chosen, linked)
    assert raised.level.rank == max(0, finding.level.rank - (linked >= 3))


@given(ANSWERS, CATEGORIES, st.sampled_from(QUESTIONS))
def test_a_yes_never_lowers(answers: Answers, categories: list[object], question: str) -> None:
    chosen = [category for category in load().by_id.values() if category in categories]
    without = replace(answers, urgency=replace(answers.urgency, **{question: Tri.NO}))
    with_yes = replace(answers, urgency=replace(answers.urgency, **{question: Tri.YES}))
    if answers.group is not Group.DETAINED or question != "detained":
        assert assess(with_yes, chosen).level.rank <= assess(without, chosen).level.rank
    assert assess(with_yes, chosen).level.rank <= assess(with_yes, []).level.rank


def urgent(**answered: Tri) -> Answers:
    return replace(QUIET, urgency=replace(QUIET.urgency, **answered))


@pytest.mark.parametrize(
    ("answers", "level", "reason"),
    [
        (urgent(unsafe=Tri.YES), Urgency.IMMEDIATE, "not_safe"),
        (urgent(detained=Tri.YES, child=Tri.YES), Urgency.IMMEDIATE, "child_in_custody"),
        (urgent(detained=Tri.YES, hurt=Tri.YES), Urgency.IMMEDIATE, "hurt_in_custody"),
        (replace(urgent(detained=Tri.YES), when=When.WEEK), Urgency.IMMEDIATE, "detained_over_36_hours"),
        (replace(urgent(detained=Tri.YES), when=When.TODAY), Urgency.URGENT, "still_detained"),
        (urgent(threatened=Tri.YES), Urgency.URGENT, "threats"),
        (urgent(child=Tri.YES), Urgency.URGENT, "child_or_family"),
        (replace(urgent(threatened=Tri.UNKNOWN), reporter=Reporter.STAFF), Urgency.URGENT, "staff_exposed"),
        (replace(QUIET, group=Group.MONEY), Urgency.PRIORITY, "money"),
        (replace(QUIET, group=Group.PAPERS), Urgency.PRIORITY, "papers"),
    ],
)
def test_a_rule_gives_its_level_and_says_why(answers: Answers, level: Urgency, reason: str) -> None:
    finding = assess(answers, [])
    assert finding.level is level
    assert finding.reasons[0] == reason


def test_nothing_pressing_is_normal_without_a_reason() -> None:
    assert assess(QUIET, []).level is Urgency.NORMAL
    assert assess(QUIET, []).reasons == ()


def test_a_category_is_named_as_the_reason() -> None:
    assert assess(QUIET, [load().by_id["INT-02"]]).reasons == ("category:INT-02",)


def test_levels_sort_with_the_most_urgent_first() -> None:
    assert sorted(Urgency, key=lambda level: level.rank) == list(Urgency)
    assert Urgency.IMMEDIATE.rank == 0
