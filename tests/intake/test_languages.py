"""The registry of languages, their catalogues, and the one that a browser asks for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.languages import LanguageError, catalogue, enabled, preferred, registry
from tests.catalogues import ROOT, extract, languages, mo_bytes, po_bytes, po_path, updated

ON = ("es", "en")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def test_spanish_and_english_have_pages_and_say_that_they_are_drafts() -> None:
    assert [language.code for language in registry().values() if language.pages] == ["es", "en"]
    assert {registry()[code].review for code in ON} == {"draft"}


def test_every_fallback_is_known_and_none_goes_in_circles() -> None:
    for language in registry().values():
        seen = [language.code]
        while registry()[seen[-1]].fallback:
            seen.append(registry()[seen[-1]].fallback)
            assert len(seen) == len(set(seen)) <= 4


def test_right_to_left_languages_are_marked() -> None:
    assert {code for code, each in registry().items() if each.direction == "rtl"} == {"ar", "fa", "ur"}


@pytest.mark.parametrize("code", ["ar", "xx", "../es"])
def test_a_language_without_pages_cannot_be_enabled(code: str) -> None:
    with pytest.raises(LanguageError):
        enabled(("es", code))


@pytest.mark.parametrize(
    ("asked", "given_code"),
    [
        ("", "es"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr;q=0.9, en;q=0.2", "en"),
        ("ht", "es"),
        ("es;q=0.1, en;q=0.8", "en"),
        ("en;q=0, es", "es"),
        ("EN", "en"),
        ("en;q=nan", "es"),
        ("en;level=1", "es"),
        ("*", "es"),
    ],
)
def test_a_browser_gets_the_language_it_asks_for_else_spanish(asked: str, given_code: str) -> None:
    assert preferred(asked, ON) == given_code


@given(st.text(max_size=300))
def test_no_header_makes_the_choice_fail(header: str) -> None:
    assert preferred(header, ON) in ON


def test_without_spanish_the_first_language_is_the_default() -> None:
    assert preferred("ru", ("en",)) == "en"


def test_the_template_is_current_with_the_sources() -> None:
    assert po_bytes(extract("intake")) == (ROOT / "intake/locale/messages.pot").read_bytes(), (
        "make catalogues"
    )


@pytest.mark.parametrize("code", ON)
def test_a_catalogue_is_whole_and_current_and_so_is_its_compiled_form(code: str) -> None:
    found = updated("intake", code, extract("intake"))
    assert [message.id for message in found if message.id and not message.string] == []
    assert po_bytes(found) == po_path("intake", code).read_bytes(), "make catalogues"
    assert mo_bytes(found) == po_path("intake", code).with_suffix(".mo").read_bytes(), "make catalogues"


def test_translations_keep_every_placeholder() -> None:
    for message in updated("intake", "es", extract("intake")):
        if message.id:
            assert sorted(PLACEHOLDER.findall(str(message.id))) == sorted(
                PLACEHOLDER.findall(str(message.string))
            )


def test_catalogues_stand_only_for_languages_of_the_registry() -> None:
    assert set(languages("intake")) == {code for code, each in registry().items() if each.pages}


def test_words_come_in_the_language_and_else_in_its_fallback() -> None:
    assert catalogue("es").gettext("Yes") == "Sí"
    assert catalogue("en").gettext("Yes") == "Yes"
    # Its fallbacks are English and then the source.
    assert catalogue("ar").gettext("Yes") == "Yes"
    assert catalogue("quc").pgettext("critical", "Exit now") == "Salir ya"
