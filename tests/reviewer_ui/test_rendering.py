"""Reporters' text on the desk's pages: shown whole, able to do nothing (T9)."""

from __future__ import annotations

import html
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer_ui.rendering import clean, defang, direction, visible

TEXTS = Path(__file__).parents[1] / "data/texts"
NAUGHTY = st.text(
    st.sampled_from("<>&\"'/:;= \n\tabchtps.javascript\u202e\u2066\u200d\u200b\x00\x1b\ufeff\r")
    | st.characters()
)


@given(st.text() | NAUGHTY)
def test_nothing_but_text_comes_out_and_none_of_it_is_lost(text: str) -> None:
    shown = str(clean(text))
    assert "<" not in shown and ">" not in shown
    assert html.unescape(shown) == visible(defang(text))


@given(st.text() | NAUGHTY)
def test_no_invisible_character_comes_out(text: str) -> None:
    for at, char in enumerate(visible(text)):
        if unicodedata.category(char)[0] == "C":
            assert char in "\n\t" or (char in "\u200c\u200d" and ord(visible(text)[at - 1]) >= 0x300)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("see https://evil.example.org/x.y?a=b", "see hxxps://evil[.]example[.]org/x.y?a=b"),
        ("HTTP://EVIL.example", "hxxp://EVIL[.]example"),
        ("ftp://files.example", "fxp://files[.]example"),
        ("tg://join.me", "tg[:]//join[.]me"),
        ("www.evil.example", "www[.]evil.example"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("no link: 3.5 m. End", "no link: 3.5 m. End"),
        ("a:b and http alone", "a:b and http alone"),
    ],
)
def test_links_lose_their_power(written: str, shown: str) -> None:
    assert defang(written) == shown


@given(st.from_regex(r"(?i)(https?|ftp)://[a-z.]{1,30}", fullmatch=True))
def test_no_live_link_is_left(link: str) -> None:
    assert not re.search(r"(?i)\b(https?|ftp)://", defang(f"at {link} and {link}"))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\u202eb", "a[U+202E RIGHT-TO-LEFT OVERRIDE]b"),
        ("a\u2066b", "a[U+2066 LEFT-TO-RIGHT ISOLATE]b"),
        ("\x00", "[U+0000 NULL]"),
        ("\x1b[31m", "[U+001B ESCAPE][31m"),
        ("\x7f", "[U+007F DELETE]"),
        ("in\u200bvisible", "in[U+200B ZERO WIDTH SPACE]visible"),
        ("a\u200db", "a[U+200D ZERO WIDTH JOINER]b"),
        ("\ufeffa", "[U+FEFF ZERO WIDTH NO-BREAK SPACE]a"),
        ("a\rb", "a[U+000D CARRIAGE RETURN]b"),
        ("\ue000", "[U+E000 unnamed]"),
        ("a\r\nb\tc", "a\nb\tc"),
    ],
)
def test_what_cannot_be_seen_is_named(written: str, shown: str) -> None:
    assert visible(written) == shown


@pytest.mark.parametrize("text", ["می‌خواهم", "क्‍ष", "👩‍👧"])
def test_joiners_that_spell_words_stay(text: str) -> None:
    assert visible(text) == text


def test_markup_is_shown_as_it_was_written() -> None:
    written = '<script>alert("x")</script> &amp; <img src=x onerror=y>'
    assert html.unescape(str(clean(written))) == written
    assert str(clean("a < b && c > d")) == "a &lt; b &amp;&amp; c &gt; d"


def test_a_long_text_is_shown_whole() -> None:
    text = "palabra " * 12_500
    assert html.unescape(str(clean(text))) == text


@pytest.mark.parametrize(
    ("language", "expected"),
    [("ar", "rtl"), ("fa", "rtl"), ("ur-PK", "rtl"), ("es", "ltr"), ("pt-BR", "ltr"), ("", "ltr")],
)
def test_the_direction_follows_the_language(language: str, expected: str) -> None:
    assert direction(language) == expected
