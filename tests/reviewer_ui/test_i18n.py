"""The catalogues: whole, current, in short sentences, and complete for every word of ours."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from intake.report import PlaceKind, Reporter, Tri, When
from reviewer_ui.i18n import LANGUAGES, translations
from reviewer_ui.words import WORDS
from tests.catalogues import ROOT, extract, mo_bytes, po_bytes, po_path, updated
from triage.audit import AuditAction
from triage.case import Basis, Outcome, Phase, State
from triage.case_list import Sort
from triage.deadlines import Status
from triage.entry import EntryKind
from triage.people import Role
from triage.taxonomy import load, reporter_groups
from triage.urgency import RULES, Urgency


def texts(value: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """One form of a sentence or several, as a list."""
    return [value] if isinstance(value, str) else list(value or ())


PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
MAX_WORDS = 20


def test_the_template_is_current_with_the_sources() -> None:
    current = (ROOT / "reviewer_ui/locale/messages.pot").read_bytes()
    assert po_bytes(extract("reviewer_ui")) == current, "make catalogues"


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_catalogue_is_whole_and_current_and_so_is_its_compiled_form(code: str) -> None:
    found = updated("reviewer_ui", code, extract("reviewer_ui"))
    assert [message.id for message in found if message.id and not message.string] == []
    path = po_path("reviewer_ui", code)
    assert po_bytes(found) == path.read_bytes(), "make catalogues"
    assert mo_bytes(found) == path.with_suffix(".mo").read_bytes(), "make catalogues"


def test_translations_keep_the_places_that_are_filled_in() -> None:
    for message in updated("reviewer_ui", "es", extract("reviewer_ui")):
        for text in texts(message.string) if message.id else ():
            ids = texts(message.id)
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(ids[-1])), ids


@pytest.mark.parametrize("code", LANGUAGES)
def test_sentences_are_short(code: str) -> None:
    for message in updated("reviewer_ui", code, extract("reviewer_ui")):
        for text in texts(message.string) if message.id else ():
            for sentence in re.split(r"[.:;]\s", text):
                assert len(sentence.split()) <= MAX_WORDS, sentence


KINDS: tuple[type[StrEnum], ...] = (
    AuditAction,
    Basis,
    EntryKind,
    Outcome,
    Phase,
    PlaceKind,
    Reporter,
    Role,
    Sort,
    State,
    Status,
    Tri,
    Urgency,
    When,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_value_that_pages_show_has_a_word(kind: type[StrEnum]) -> None:
    assert set(WORDS[kind.__name__]) == {each.value for each in kind}


def test_every_rule_group_and_taxonomy_group_has_a_word() -> None:
    assert set(WORDS["Rule"]) == {*RULES, "linked_cases"}
    assert set(WORDS["Group"]) == {group.value for group in reporter_groups()}
    assert set(WORDS["TaxonomyGroup"]) == set(load().groups)


def test_a_message_of_each_language_comes_from_its_catalogue() -> None:
    assert translations("es").gettext("Log in") == "Entrar"
    assert translations("en").gettext("Log in") == "Log in"
