"""Floods make people wait; they do not shut anybody out, and nobody is told apart."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.config import IntakeConfig
from intake.limits import Budget, BusyError, Gate, Gates, gates, make_limiter
from tests.conftest import need
from tests.intake.edge import CONFIG

QUEUED = (Budget.REPORT, Budget.OPEN, Budget.MESSAGE)


def app_with(config: IntakeConfig = CONFIG) -> tuple[Flask, Gates]:
    app = Flask("limits")
    app.add_url_rule("/", "page", lambda: "", methods=["GET", "POST"])
    return app, make_limiter(app, config)


def ask(app: Flask, budget: Budget, address: str = "192.0.2.1") -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}), gates().admitted(budget):
        pass


def waits_in_vain(gate: Gate) -> bool:
    try:
        with gate.passing():
            return False
    except BusyError:
        return True


def until(true: Callable[[], bool]) -> None:
    for _ in range(1_000_000):
        if true():
            return
        os.sched_yield()
    pytest.fail("it never came to that")


@pytest.mark.parametrize("budget", QUEUED)
def test_a_used_up_budget_refuses_nobody(budget: Budget) -> None:
    app, _ = app_with()
    for _ in range(20):
        ask(app, budget)


def test_beyond_the_budget_requests_pass_one_at_a_time() -> None:
    app, found = app_with()
    for _ in range(CONFIG.budgets.report):
        ask(app, Budget.REPORT)
    inside: list[int] = []
    most: list[int] = []

    def file() -> None:
        with app.test_request_context("/"), found.admitted(Budget.REPORT):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(file) for _ in range(60)]:
            future.result()
    assert len(most) == 60
    assert max(most) == 1


def test_within_the_budget_nobody_waits_for_anybody() -> None:
    app, found = app_with()
    with app.test_request_context("/"), found.admitted(Budget.REPORT), found.admitted(Budget.REPORT):
        assert found.admitted(Budget.OPEN).__enter__() is None


def test_an_upload_beyond_the_budget_is_told_to_wait() -> None:
    app, _ = app_with()
    for _ in range(CONFIG.budgets.upload):
        ask(app, Budget.UPLOAD)
    with pytest.raises(BusyError) as caught:
        ask(app, Budget.UPLOAD)
    assert 30 <= caught.value.wait_seconds < 60


def test_each_kind_has_its_own_budget() -> None:
    app, _ = app_with()
    for _ in range(10):
        for budget in QUEUED:
            ask(app, budget)
    # Had the others counted, the first of these would be refused.
    for _ in range(CONFIG.budgets.upload):
        ask(app, Budget.UPLOAD)


def test_the_budget_is_of_everybody_together() -> None:
    app, _ = app_with()
    for host in range(CONFIG.budgets.upload):
        ask(app, Budget.UPLOAD, f"192.0.2.{host}")
    with pytest.raises(BusyError):
        ask(app, Budget.UPLOAD, "198.51.100.7")


def test_nothing_that_is_counted_names_an_address() -> None:
    app, _ = app_with()
    ask(app, Budget.UPLOAD, "192.0.2.77")
    (limiter,) = app.extensions["limiter"]
    keys = list(limiter.storage.storage)
    assert keys
    assert not any("192" in key for key in keys)


def test_no_header_tells_the_state_of_a_budget() -> None:
    app, _ = app_with()

    @app.get("/count")
    def count() -> str:
        with gates().admitted(Budget.OPEN):
            return ""

    names = {name.lower() for name in app.test_client().get("/count").headers.keys()}  # noqa: SIM118 - pairs else
    assert not any(name.startswith("x-ratelimit") or name == "retry-after" for name in names)


def test_without_redis_the_budgets_still_hold() -> None:
    # Nothing listens there: neither closed for all nor open for all.
    app, _ = app_with(replace(CONFIG, limits_storage="redis://127.0.0.1:1/0"))
    for _ in range(CONFIG.budgets.upload):
        ask(app, Budget.UPLOAD)
    with pytest.raises(BusyError):
        ask(app, Budget.UPLOAD)


def test_a_gate_lets_its_width_through_and_no_more() -> None:
    gate = Gate(2, 0)
    with gate.passing(), gate.passing():
        assert waits_in_vain(gate)
    assert not waits_in_vain(gate)


def test_who_waits_in_vain_leaves_the_queue() -> None:
    gate = Gate(1, 1, wait_seconds=0.01)
    with gate.passing():
        assert waits_in_vain(gate)
        assert gate.waiting() == 0
    assert not waits_in_vain(gate)


def test_a_full_queue_refuses_at_once_and_keeps_those_in_it() -> None:
    gate = Gate(1, 1)
    with ThreadPoolExecutor(1) as pool:
        with gate.passing():
            first = pool.submit(waits_in_vain, gate)
            until(lambda: gate.waiting() == 1)
            assert waits_in_vain(gate)
        assert not first.result()


def test_first_come_first_served() -> None:
    gate = Gate(1, 10)
    served: list[int] = []

    def wait(number: int) -> None:
        with gate.passing():
            served.append(number)

    with ThreadPoolExecutor(5) as pool, gate.passing():
        for number in range(5):
            pool.submit(wait, number)
            until(lambda number=number: gate.waiting() == number + 1)  # type: ignore[misc]  # bound at once
    assert served == list(range(5))


def test_an_error_inside_gives_the_place_back() -> None:
    gate = Gate(1, 0)
    with pytest.raises(KeyError), gate.passing():
        raise KeyError
    assert not waits_in_vain(gate)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), st.integers(1, 40))
def test_a_gate_is_whole_again_after_any_crowd(width: int, crowd: int) -> None:
    gate = Gate(width, crowd)
    with ThreadPoolExecutor(8) as pool:
        results = [pool.submit(waits_in_vain, gate) for _ in range(crowd)]
    assert not any(result.result() for result in results)
    held = [gate.passing() for _ in range(width)]
    for place in held:
        place.__enter__()
    assert gate.waiting() == 0
    for place in held:
        place.__exit__(None, None, None)


def test_uploads_beyond_their_number_are_refused_when_the_queue_is_full() -> None:
    _, found = app_with(replace(CONFIG, derivations=1, uploads=1, threads=2))
    refused: list[BusyError] = []

    def upload() -> None:
        try:
            with found.uploading():
                pass
        except BusyError as error:
            refused.append(error)

    with ThreadPoolExecutor(3) as pool, found.uploading(), found.deriving():
        for _ in range(3):
            pool.submit(upload)
        # With two threads one may wait for its turn; the others are refused at once.
        until(lambda: len(refused) == 2)
    with found.uploading(), found.deriving():
        assert len(refused) == 2


def test_budgets_are_shared_through_redis(redis_url: str) -> None:
    need("redis")
    config = replace(CONFIG, limits_storage=redis_url)
    (one, _), (two, _) = app_with(config), app_with(config)
    ask(one, Budget.UPLOAD)
    ask(two, Budget.UPLOAD)
    ask(one, Budget.UPLOAD)
    with pytest.raises(BusyError):
        ask(two, Budget.UPLOAD)


def test_pages_that_are_only_read_are_not_counted() -> None:
    app, _ = app_with()
    assert app.test_client().get("/").status_code == 200
    (limiter,) = app.extensions["limiter"]
    assert not limiter.storage.storage


def test_a_budget_begins_anew_when_its_minute_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    app, _ = app_with()
    for _ in range(CONFIG.budgets.upload):
        ask(app, Budget.UPLOAD)
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    ask(app, Budget.UPLOAD)
