"""What a case is called in lists."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage.case import TITLE_CHARS
from triage.opening import title_of


def test_a_short_story_is_its_own_title_on_one_line() -> None:
    assert title_of("Me pidieron\r\ndinero.") == "Me pidieron dinero."


def test_a_long_story_is_cut_between_words() -> None:
    title = title_of("palabra " * 40)
    assert title.endswith("palabra…")
    assert len(title) <= TITLE_CHARS


def test_a_story_without_spaces_is_cut_all_the_same() -> None:
    assert title_of("警" * 500) == "警" * (TITLE_CHARS - 1) + "…"


@given(st.text())
def test_a_title_fits_and_has_one_line(story: str) -> None:
    title = title_of(story)
    assert len(title) <= TITLE_CHARS
    assert len(title.splitlines()) <= 1
