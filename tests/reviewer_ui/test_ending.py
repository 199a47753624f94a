"""The end of the board's manifest is told 60, 30 and 14 days before, and after it what follows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

from reviewer_ui.ending import ending

END = date(2027, 11, 1)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with Flask(__name__).app_context():
        g.language = "en"
        yield


@pytest.mark.parametrize(
    ("left", "style"),
    [(60, "quiet"), (31, "quiet"), (30, "notice"), (15, "notice"), (14, "alarm"), (0, "alarm")],
)
def test_the_nearer_the_end_the_louder(left: int, style: str) -> None:
    told = ending(END, END - timedelta(days=left))
    assert told is not None
    assert told.style == style
    assert f"ends in {left} day" in told.text
    assert "on 2027-11-01" in told.text


def test_one_day_is_one_day() -> None:
    told = ending(END, END - timedelta(days=1))
    assert told is not None
    assert "ends in 1 day, on" in told.text


@given(st.integers(61, 10_000))
def test_nothing_is_told_while_the_end_is_far(left: int) -> None:
    assert ending(END, END - timedelta(days=left)) is None


@pytest.mark.parametrize("after", [1, 60])
def test_after_the_end_the_day_is_named_on_which_the_intake_closes(after: int) -> None:
    told = ending(END, END + timedelta(days=after))
    assert told is not None
    assert told.style == "alarm"
    assert "closes after 2027-12-31" in told.text


def test_at_last_the_intake_is_closed() -> None:
    told = ending(END, END + timedelta(days=61))
    assert told is not None
    assert "The intake is closed until" in told.text
