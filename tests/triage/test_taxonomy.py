"""The categories: complete, without duplicates, with a version that follows their bytes."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.report import Group
from triage import places
from triage.taxonomy import TaxonomyError, load, parse
from triage.urgency import Urgency

HEADER = b"id,group,label_es,label_en,legal_source,default_urgency,referral,verified\n"
ROW = b"COR-01,COR,uno,one,source,normal,CNDH|FGR,yes\n"


def test_there_are_58_categories_in_8_groups() -> None:
    taxonomy = load()
    assert len(taxonomy.by_id) == 58
    sizes = {name: len(categories) for name, categories in taxonomy.groups.items()}
    assert sizes == {"COR": 13, "DET": 6, "INT": 9, "CON": 7, "PRO": 9, "NNA": 4, "DIS": 4, "SER": 6}
    levels = Counter(category.urgency for category in taxonomy.by_id.values())
    assert levels == {
        Urgency.IMMEDIATE: 14,
        Urgency.URGENT: 18,
        Urgency.PRIORITY: 15,
        Urgency.NORMAL: 11,
    }


def test_every_referral_route_is_in_the_registry() -> None:
    text = files("triage").joinpath("data/referrals.csv").read_text("utf-8")
    routes = {line.split(",", 1)[0] for line in text.splitlines()[1:]}
    assert {route for category in load().by_id.values() for route in category.referral} <= routes


def test_every_group_of_the_form_but_unsure_suggests_categories() -> None:
    taxonomy = load()
    suggested = {group: {c.group for c in taxonomy.categories_of(group)} for group in Group}
    assert suggested.pop(Group.UNSURE) == set()
    assert sorted(name for groups in suggested.values() for name in groups) == sorted(taxonomy.groups)
    assert taxonomy.categories_of(None) == ()


def test_the_version_follows_the_bytes() -> None:
    assert parse(HEADER + ROW).version != parse(HEADER + ROW.replace(b"uno", b"una")).version


def test_an_id_that_is_gone_brings_nothing() -> None:
    assert [category.id for category in load().chosen(("COR-01", "COR-77"))] == ["COR-01"]


def test_a_label_is_in_the_language_of_the_page() -> None:
    category = parse(HEADER + ROW).by_id["COR-01"]
    assert (category.label("es"), category.label("en")) == ("uno", "one")


@pytest.mark.parametrize(
    "data",
    [
        HEADER + ROW + ROW,
        HEADER + ROW.replace(b",COR,", b",DET,"),
        HEADER + ROW.replace(b"normal", b"whenever"),
        HEADER + ROW.replace(b"yes", b"perhaps"),
        HEADER + ROW.replace(b",yes", b""),
        HEADER + ROW.replace(b"yes", b"yes,more"),
        HEADER.replace(b"id,", b"code,") + ROW,
        HEADER + b'"COR-01,',
        b"\xff\xfe",
        b"",
    ],
    ids=["duplicate", "group", "urgency", "verified", "short", "long", "columns", "quote", "utf-8", "empty"],
)
def test_a_file_that_breaks_the_rules_is_refused(data: bytes) -> None:
    with pytest.raises(TaxonomyError):
        parse(data)


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: HEADER + ROW + tail))
def test_no_bytes_make_anything_but_our_error(data: bytes) -> None:
    try:
        taxonomy = parse(data)
    except TaxonomyError:
        return
    assert all(id_ == category.id for id_, category in taxonomy.by_id.items())


def test_places_are_those_of_the_form() -> None:
    ours = files("triage").joinpath("data/places.csv").read_bytes()
    assert ours == (Path(__file__).parents[2] / "intake/data/places.csv").read_bytes()
    assert len(places.load()) == 164
    assert places.load()["GEN-XX-01"].state == ""
    assert places.state_name("MX-CHP") == "Chiapas"
    assert places.state_name("MX-XXX") == "MX-XXX"
