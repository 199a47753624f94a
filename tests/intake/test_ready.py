"""A form that was compressed beforehand is byte for byte the form that is filled on demand."""

from __future__ import annotations

import gzip

from hypothesis import given
from hypothesis import strategies as st

from intake.pages import Page
from intake.ready import Ready

NAMES = ("token", "notice", "story", "checked:group:money", "selected:text_language:es")
KEPT = frozenset({"token", "notice"})
TICKED = frozenset({("text_language", "es")})
PAGES = st.lists(st.tuples(st.sampled_from(NAMES), st.text()), max_size=8).map(
    lambda pairs: Page(("<p>", *(text for _, text in pairs)), tuple(name for name, _ in pairs))
)
VALUES = st.dictionaries(st.sampled_from(("token", "notice")), st.text())


def on_demand(page: Page, values: dict[str, str]) -> bytes:
    return str(page.fill(values, TICKED)).encode("utf-8")


@given(PAGES, VALUES)
def test_both_ways_say_what_the_page_says(page: Page, values: dict[str, str]) -> None:
    ready = Ready.make(page, KEPT, TICKED)
    assert ready.fill(values) == on_demand(page, values)
    assert gzip.decompress(ready.fill_gzip(values)) == on_demand(page, values)


def test_a_long_value_takes_several_blocks() -> None:
    page = Page(("a", "b"), ("token",))
    values = {"token": "é<" * 70_000}
    assert gzip.decompress(Ready.make(page, KEPT, TICKED).fill_gzip(values)) == on_demand(page, values)


def test_what_is_fixed_weighs_no_more_than_when_compressed_on_demand() -> None:
    page = Page(("<p>", "".join(f"<li>{number}</li>" for number in range(2000))), ("token",))
    ready = Ready.make(page, KEPT, TICKED)
    assert len(ready.fill_gzip({"token": "x" * 54})) <= len(gzip.compress(ready.fill({}), 6)) + 100


def test_no_clock_and_no_system_is_told() -> None:
    ready = Ready.make(Page(("<p>",), ()), KEPT, TICKED)
    assert ready.fill_gzip({})[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
