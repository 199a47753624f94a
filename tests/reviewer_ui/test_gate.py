"""The door of the desk: who only waits at it must not keep out who is in (T8)."""

from __future__ import annotations

import pytest
from flask import Flask

from reviewer_ui import gate
from reviewer_ui.server import THREADS


def test_a_full_queue_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "QUEUE", 1)
    app = Flask(__name__)
    door = gate.LoginGate(app, lambda _: None)
    inside = pytest.raises(gate.BusyError)
    with app.test_request_context(), door.pass_through(), inside, door.pass_through():
        pytest.fail("one is inside already")
    passed = False
    with app.test_request_context(), door.pass_through():
        passed = True
    assert passed


def test_threads_are_left_for_people_at_the_desk() -> None:
    assert gate.QUEUE < THREADS - 1
