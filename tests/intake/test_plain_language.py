"""Sentences that somebody frightened and tired can read, in Spanish and English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import textstat  # type: ignore[import-untyped]  # has no types

from intake.languages import catalogue
from tests.catalogues import ROOT, extract

# Names of bodies and laws are not ours to shorten.
NAMES = re.compile(
    r"comisión de derechos humanos \(CNDH\)|human rights commission \(CNDH\)"
    r"|defensoría pública|public defender"
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
LONGEST = 20
BLOCK = 30
EASY = 70.0

TEMPLATES = sorted((ROOT / "intake" / "templates").glob("*.html"))


def sentences(language: str) -> list[str]:
    """Every sentence group of the pages, names and numbers put aside."""
    words = catalogue(language)
    found = []
    for message in extract("intake"):
        if message.id:
            context = message.context
            text = words.pgettext(context, str(message.id)) if context else words.gettext(str(message.id))
            found.append(NAMES.sub("CNDH", PLACEHOLDER.sub("3", text)))
    return found


def blocks(language: str) -> Iterator[str]:
    """Texts of at least BLOCK words: single ones, and all of a page read one after the other."""
    for text in sentences(language):
        if len(text.split()) >= BLOCK:
            yield text
    words = catalogue(language)
    for template in TEMPLATES:
        source = template.read_text(encoding="utf-8")
        page = [
            words.pgettext(context, text) if context else words.gettext(text)
            for context, text in re.findall(r'(?:pgettext\("(\w+)", |_\()"((?:[^"\\]|\\.)*)"', source)
        ]
        text = " ".join(part for part in page if part.endswith((".", "?")))
        text = NAMES.sub("CNDH", PLACEHOLDER.sub("3", text))
        if len(text.split()) >= BLOCK:
            yield text


def split(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!:])\s+", text) if part.strip()]


def syllables(word: str) -> int:
    """Of an English word: groups of vowels, silent endings put aside (textstat needs a dictionary for it)."""
    bare = re.sub(r"[^a-z]", "", word.lower())
    count = len(re.findall(r"[aeiouy]+", bare))
    silent = (bare.endswith("e") and not bare.endswith(("le", "ee"))) or (
        bare.endswith("ed") and not bare.endswith(("ted", "ded"))
    )
    return max(1, count - 1 if silent and count > 1 else count)


def ease(language: str, text: str) -> float:
    """Fernandez-Huerta for Spanish, Flesch for English: from 0 to 100, more is easier."""
    if language == "es":
        textstat.set_lang("es")
        return float(textstat.fernandez_huerta(text))
    words = re.findall(r"[A-Za-z']+", text)
    parts = split(text)
    return 206.835 - 1.015 * len(words) / len(parts) - 84.6 * sum(map(syllables, words)) / len(words)


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_sentence_has_more_than_twenty_words(language: str) -> None:
    long = [part for text in sentences(language) for part in split(text) if len(part.split()) > LONGEST]
    assert long == []


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_block_is_easy_to_read(language: str) -> None:
    hard = [(round(ease(language, text)), text) for text in blocks(language) if ease(language, text) < EASY]
    assert hard == []
    assert sum(1 for _ in blocks(language)) > 10


def test_the_measure_tells_plain_words_from_legal_ones() -> None:
    legal = (
        "The aforementioned administrative authority shall immediately communicate the determination "
        "regarding the admissibility of the application to the interested party."
    )
    assert ease("en", legal) < 30 < EASY < ease("en", "You get a code. With it you read the answer.")
    assert ease("es", "Cuente qué pasó. No tiene que dar su nombre.") > EASY
