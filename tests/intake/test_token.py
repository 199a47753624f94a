"""Form tokens: what time, purpose and key make of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.token import MAX_AGE, MIN_AGE, TokenState, check, issue

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def state(age: timedelta, text: str | None = None) -> TokenState:
    return check((KEY,), "new", text or issue(KEY, "new", NOW), NOW + age)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, TokenState.YOUNG),
        (MIN_AGE - 1, TokenState.YOUNG),
        (MIN_AGE, TokenState.FRESH),
        (MAX_AGE, TokenState.FRESH),
        (MAX_AGE + 1, TokenState.STALE),
        (-1, TokenState.STALE),
    ],
)
def test_a_token_is_young_then_fresh_then_stale(seconds: int, expected: TokenState) -> None:
    assert state(timedelta(seconds=seconds)) is expected


def test_a_clock_set_back_ten_years_makes_it_stale() -> None:
    assert state(timedelta(days=-3653)) is TokenState.STALE


def test_tokens_of_another_purpose_or_key_are_forged() -> None:
    later = NOW + timedelta(minutes=1)
    token = issue(KEY, "new", NOW)
    assert check((KEY,), "open", token, later) is TokenState.FORGED
    assert check((OTHER,), "new", token, later) is TokenState.FORGED
    assert check((), "new", token, later) is TokenState.FORGED


def test_the_previous_key_is_accepted() -> None:
    token = issue(OTHER, "new", NOW)
    assert check((KEY, OTHER), "new", token, NOW + timedelta(minutes=1)) is TokenState.FRESH


@given(st.integers(0, 53), st.sampled_from("AZaz09-_"))
def test_a_changed_character_is_forged(at: int, character: str) -> None:
    token = issue(KEY, "new", NOW)
    changed = token[:at] + character + token[at + 1 :]
    if changed != token:
        assert state(timedelta(minutes=1), changed) is TokenState.FORGED


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert check((KEY,), "new", text, NOW) is TokenState.FORGED


@pytest.mark.parametrize("suffix", ["=", "==", " ", "\n", "A"])
def test_another_spelling_of_the_same_token_is_forged(suffix: str) -> None:
    assert state(timedelta(minutes=1), issue(KEY, "new", NOW) + suffix) is TokenState.FORGED


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_any_two_times_are_judged(issued: datetime, checked: datetime) -> None:
    age = int(checked.timestamp()) - int(issued.timestamp())
    expected = TokenState.FRESH if MIN_AGE <= age <= MAX_AGE else None
    found = check((KEY,), "new", issue(KEY, "new", issued), checked)
    assert found is not TokenState.FORGED
    assert (found is TokenState.FRESH) == (expected is TokenState.FRESH)
