"""A form is carried as typed, read within the limits, and never loses a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from crypto.hybrid import HybridIdentity
from crypto.manifest import Manifest
from crypto.sealing import Recusal
from intake.form import FIELDS, GROUPS, Typed, parse, read, without_strangers
from intake.places import GENERIC, KINDS, sites, sites_in, states
from intake.report import PlaceKind, Problem, RejectedReportError, Tri
from tests.intake.conftest import make_manifest

MEMBERS = tuple(HybridIdentity.generate() for _ in range(3))
BOARD = make_manifest(MEMBERS)
WATCHED = make_manifest(MEMBERS, watchers=True)


def typed(recused: tuple[str, ...] = (), /, **texts: str) -> Typed:
    return Typed({"story": "algo", **texts}, recused)


def problems_of(form: Typed, manifest: Manifest = BOARD) -> tuple[Problem, ...]:
    with pytest.raises(RejectedReportError) as refused:
        parse(form, manifest)
    return refused.value.problems


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=50)), st.lists(st.text(max_size=8), max_size=3)
)
def test_what_is_typed_survives_any_number_of_pages(texts: dict[str, str], recused: list[str]) -> None:
    posted = MultiDict([*texts.items(), *(("recused", label) for label in recused)])
    first = read(posted)
    again = read(MultiDict(first.pairs()))
    assert {name: again[name] for name in FIELDS} == {name: first[name] for name in FIELDS}
    assert again.recused == first.recused


@pytest.mark.parametrize(
    "text", ["a\x00b", "\ufeffx\u202e", "a\rb", "\x0b\x0c\x85", " spaces \t", "a\n\nb\n"]
)
def test_only_line_ends_are_changed(text: str) -> None:
    assert read(MultiDict([("story", text.replace("\n", "\r\n"))]))["story"] == text


def test_an_empty_form_keeps_every_default_that_protects() -> None:
    filled = parse(typed(), BOARD)
    answers = filled.answers
    assert not answers.consents.pass_on
    assert not answers.consents.consulate
    assert not filled.danger_now
    assert not answers.continues
    assert answers.urgency.detained is Tri.UNKNOWN
    assert filled.recusal == Recusal(frozenset())


@pytest.mark.parametrize("group", list(GROUPS))
def test_each_group_can_be_picked(group: str) -> None:
    assert parse(Typed({"group": group}), BOARD).answers.group == group


@pytest.mark.parametrize(
    "name",
    ["reporter", "group", "text_language", "when", "place", "place_state", "place_id", "detained", "unsafe"],
)
def test_a_value_that_nobody_can_pick_names_its_field(name: str) -> None:
    assert problems_of(typed(**{name: "<b>"})) == (Problem(name, "unknown_choice"),)


def test_problems_come_in_the_order_of_the_page() -> None:
    form = Typed({"place_text": "x" * 501, "plate": "x" * 201, "when": "x"}, ("nadie",))
    fields = [problem.field for problem in problems_of(form)]
    assert fields == ["story", "when", "place_text", "plate", "recused"]


def test_recusals_are_labels_of_members_and_staff() -> None:
    filled = parse(typed(("vocal-1", "mesa-2"), members_only="yes"), BOARD)
    assert filled.recusal == Recusal(frozenset({"vocal-1", "mesa-2"}), members_only=True)


def test_recusals_that_leave_nobody_are_refused_and_watchers_make_them_possible() -> None:
    form = typed(("vocal-1", "vocal-2"))
    assert problems_of(form) == (Problem("recused", "undeliverable"),)
    assert parse(form, WATCHED).recusal.labels == {"vocal-1", "vocal-2"}


def test_people_who_left_the_board_leave_the_recusals() -> None:
    form = without_strangers(typed(("vocal-1", "vocal-9")), BOARD)
    assert form.recused == ("vocal-1",)
    assert form["story"] == "algo"


def test_a_generic_place_is_an_id_and_a_kind_of_site_is_a_kind() -> None:
    assert parse(typed(place="GEN-XX-02"), BOARD).answers.place_id == "GEN-XX-02"
    station = parse(typed(place="station", place_state="MX-CHP"), BOARD).answers
    assert (station.place_id, station.place_kind, station.place_state) == (None, PlaceKind.STATION, "MX-CHP")


def test_a_site_counts_only_with_its_own_kind_and_state() -> None:
    site = sites_in(PlaceKind.STATION, "MX-CHP")[0].place_id
    form = typed(place="station", place_state="MX-CHP", place_id=site)
    assert parse(form, BOARD).answers.place_id == site
    moved = typed(place="office", place_state="MX-CHP", place_id=site)
    assert parse(moved, BOARD).answers.place_id is None


def test_every_place_of_the_table_can_be_chosen_or_said_by_silence() -> None:
    assert len(states()) == 32
    assert {site.kind for site in sites().values()} == set(KINDS)
    assert len(sites()) + len(GENERIC) + len({"I do not know", "I prefer not to say"}) == 164


def test_a_form_does_not_show_its_texts() -> None:
    assert "canary" not in repr(typed(story="canary")) + repr(parse(typed(story="canary"), BOARD))
