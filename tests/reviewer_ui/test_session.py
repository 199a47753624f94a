"""Sessions: in memory, found by a random token, gone with time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reviewer_ui.session import MAX_AGE, MAX_SESSIONS, MAX_VISITOR_AGE, Sessions
from triage.desk import Seat
from triage.people import Person, Role

START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def seat() -> Seat:
    person = Person(bytes(16), "vocal-1", frozenset({Role.MEMBER}), b"", b"", True)
    return Seat(person, bytes(32), bytes(32), START)


def test_a_token_finds_its_session_and_nothing_else_does() -> None:
    sessions = Sessions(Clock(), "es")
    token, session = sessions.start()
    assert sessions.find(token) is session
    assert sessions.find(token[:-1]) is None
    assert sessions.find("") is None
    assert sessions.find("\ud800") is None


def test_every_session_has_a_token_of_its_own() -> None:
    sessions = Sessions(Clock(), "es")
    started = [sessions.start() for _ in range(50)]
    assert len({token for token, _ in started} | {session.csrf for _, session in started}) == 100


def test_a_session_ends_when_it_is_ended() -> None:
    sessions = Sessions(Clock(), "es")
    token, _ = sessions.start(seat=seat())
    sessions.end(token)
    assert sessions.find(token) is None


def test_a_session_ends_after_twelve_hours_whatever_happens() -> None:
    clock = Clock()
    sessions = Sessions(clock, "es")
    token, session = sessions.start(seat=seat())
    clock.now = START + MAX_AGE
    assert sessions.find(token) is session
    clock.now += timedelta(seconds=1)
    assert sessions.find(token) is None


def test_a_visitor_is_forgotten_sooner() -> None:
    clock = Clock()
    sessions = Sessions(clock, "es")
    token, _ = sessions.start()
    clock.now = START + MAX_VISITOR_AGE + timedelta(seconds=1)
    assert sessions.find(token) is None


def test_visitors_cannot_fill_the_memory_or_push_out_a_reviewer() -> None:
    sessions = Sessions(Clock(), "es")
    reviewer, session = sessions.start(seat=seat())
    visitors = [sessions.start()[0] for _ in range(MAX_SESSIONS + 20)]
    assert sessions.find(reviewer) is session
    assert sum(sessions.find(token) is not None for token in visitors) == MAX_SESSIONS - 1
    assert sessions.find(visitors[-1]) is not None


def test_a_session_does_not_show_its_secrets() -> None:
    _, session = Sessions(Clock(), "es").start(seat=seat())
    session.notices.append("a notice")
    assert session.csrf not in repr(session)
    assert "a notice" not in repr(session)
