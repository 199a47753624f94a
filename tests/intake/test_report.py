"""What a report may say is checked alike on the form and at the desk, and never shown by accident."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import SealedPartError
from crypto.parts import Consents
from crypto.strict_json import Fields, Json, canonical, parse_object
from intake.report import (
    LIMITS,
    Answers,
    Group,
    PlaceKind,
    Problem,
    RejectedReportError,
    Report,
    Reporter,
    Tri,
    UrgentAnswers,
    When,
    Who,
)

TRIS = st.sampled_from(Tri)
TEXT = st.text(st.characters(codec="utf-8"), max_size=200)
ANSWERS = st.builds(
    Answers,
    story=TEXT.filter(lambda text: bool(text.strip())),
    group=st.none() | st.sampled_from(Group),
    reporter=st.sampled_from(Reporter),
    language=st.sampled_from(["es", "pt-BR", "zh-Hans", "und"]),
    when=st.sampled_from(When),
    place_id=st.none() | st.sampled_from(["GEN-XX-01", "EM-CHP-01"]),
    place_kind=st.none() | st.sampled_from(PlaceKind),
    place_state=st.none() | st.just("MX-CHP"),
    place_text=TEXT,
    who=st.builds(Who, uniform=TEXT, person_name=TEXT, plate=TEXT, unit=TEXT),
    urgency=st.builds(UrgentAnswers, TRIS, TRIS, TRIS, TRIS, TRIS),
    continues=st.booleans(),
    consents=st.builds(Consents, pass_on=st.booleans(), consulate=st.booleans()),
)
JSON_VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SAMPLE = Report(Answers(story="Me quitaron el teléfono."), "es")


def from_json(value: dict[str, Json]) -> Report:
    return Report.from_json(Fields(parse_object(canonical(value))))


@given(ANSWERS, st.sampled_from(["es", "en"]))
def test_a_report_comes_back_from_its_json_as_it_was(answers: Answers, language: str) -> None:
    report = Report(answers, language)
    assert from_json(report.to_json()) == report


def test_nothing_but_a_group_is_enough() -> None:
    assert Answers(group=Group.MONEY).story == ""


@pytest.mark.parametrize("story", ["", " \n\t "])
def test_neither_a_story_nor_a_group_is_refused(story: str) -> None:
    with pytest.raises(RejectedReportError) as refused:
        Answers(story=story)
    assert refused.value.problems == (Problem("story", "empty"),)


def test_a_story_of_the_longest_length_is_taken_in_any_script() -> None:
    assert len(Answers(story="ሰ" * LIMITS["story"]).story) == 100_000


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_one_character_more_than_the_limit_names_the_field(name: str) -> None:
    text = "x" * (LIMITS[name] + 1)
    with pytest.raises(RejectedReportError) as refused:
        if name == "story":
            replace(SAMPLE.answers, story=text)
        elif name == "place_text":
            replace(SAMPLE.answers, place_text=text)
        else:
            replace(SAMPLE.answers, who=Who(**{name: text}))
    assert refused.value.problems == (Problem(name, "too_long"),)
    assert (refused.value.field, refused.value.reason) == (name, "too_long")


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(RejectedReportError) as refused:
        Answers(place_text="x" * 501, who=Who(plate="x" * 201))
    assert [problem.field for problem in refused.value.problems] == ["story", "place_text", "plate"]


def test_the_desk_refuses_what_the_form_refuses() -> None:
    too_long = SAMPLE.to_json() | {"story": "x" * 100_001}
    with pytest.raises(SealedPartError):
        from_json(too_long)
    with pytest.raises(RejectedReportError):
        from_json(SAMPLE.to_json() | {"story": "", "group": None})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("group", "murder"),
        ("reporter", ""),
        ("when", "2026-11-20"),
        ("language", "es\n"),
        ("page_language", "../x"),
        ("place", {"id": "GEN-XX-1x", "kind": None, "state": None, "text": ""}),
        ("place", {"id": None, "kind": "jail", "state": None, "text": ""}),
        ("place", {"id": None, "kind": None, "state": "US-TX", "text": ""}),
        ("urgency", {"detained": "maybe"}),
        ("consents", {"pass_on": 1, "consulate": False}),
        ("extra", True),
    ],
)
def test_values_nobody_can_pick_are_refused(name: str, value: Json) -> None:
    with pytest.raises((RejectedReportError, SealedPartError)):
        from_json(SAMPLE.to_json() | {name: value})


@given(st.dictionaries(st.sampled_from(sorted(SAMPLE.to_json())), JSON_VALUES))
def test_no_json_makes_anything_but_our_errors(changes: dict[str, Json]) -> None:
    try:
        report = from_json(SAMPLE.to_json() | changes)
    except (RejectedReportError, SealedPartError):
        return
    assert from_json(report.to_json()) == report


def test_neither_answers_nor_refusals_show_what_was_written() -> None:
    answers = Answers(story="canary", who=Who("canary", "canary", "canary", "canary"))
    assert "canary" not in repr(Report(answers, "es")) + repr(answers) + repr(answers.who)
    with pytest.raises(RejectedReportError) as refused:
        Answers(story="canary" * 20_000)
    assert "canary" not in str(refused.value) + repr(refused.value)
