"""What the desk does by itself, driven tick by tick."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer_ui.clockwork import Clockwork, _passed_an_hour
from tests.reviewer_ui.conftest import desk_config
from tests.triage.world import Filed, World, make_world
from triage.rounds import last_round

MOMENTS = st.integers(1_767_225_600, 1_798_761_600).map(lambda second: datetime.fromtimestamp(second, UTC))


def test_it_collects_at_once_and_then_when_due(world: World) -> None:
    clockwork = Clockwork(world.desk, desk_config())
    world.file()
    assert clockwork.tick() == ("collect",)
    assert list(world.drop.report_ids()) == []
    world.clock.move(minutes=14)
    assert clockwork.tick() == ()
    world.clock.move(minutes=1)
    assert clockwork.tick() == ("collect",)


def test_it_makes_idle_people_leave_without_any_request(world: World) -> None:
    clockwork = Clockwork(world.desk, desk_config())
    world.login("vocal-1")
    world.clock.move(minutes=14)
    clockwork.tick()
    assert len(world.desk.present()) == 1
    world.clock.move(minutes=1)
    clockwork.tick()
    assert world.desk.present() == ()


def test_a_round_runs_when_its_hour_passes_and_only_then(world: World, filed: Filed) -> None:
    clockwork = Clockwork(world.desk, replace(desk_config(), idle_minutes=1000))
    world.login("enlace-1")
    world.clock.move(hours=10)
    assert "round" not in clockwork.tick()
    world.clock.move(hours=1, minutes=5)
    assert "round" in clockwork.tick()
    assert last_round(world.desk) == world.desk.today()
    assert world.slot(filed).signed
    assert "round" not in clockwork.tick()


def test_a_round_that_cannot_run_is_said_in_the_log_without_words(
    world: World, filed: Filed, capsys: pytest.CaptureFixture[str]
) -> None:
    clockwork = Clockwork(world.desk, desk_config())
    world.clock.move(hours=12)
    assert "round" in clockwork.tick()
    assert capsys.readouterr().err == "warning: round failed: LockedError\n"


def test_a_fault_of_ours_does_not_stop_the_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda found: faults.append(found.exc_type))
    monkeypatch.setattr("reviewer_ui.clockwork.collect", lambda _: 1 // 0)
    clockwork = Clockwork(world.desk, desk_config())
    world.login("vocal-1")
    clockwork.beat()
    assert faults == [ZeroDivisionError]
    world.clock.move(minutes=15)
    clockwork.beat()
    assert world.desk.present() == ()


def test_a_desk_without_a_drop_only_forgets(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = make_world(tmp_path_factory.mktemp("gap"), people=False)
    made.drop.close()
    made.desk.drop = None
    clockwork = Clockwork(made.desk, desk_config())
    made.clock.move(days=1)
    assert clockwork.tick() == ()
    made.desk.close()


@given(MOMENTS, st.integers(0, 86_400), st.sets(st.integers(0, 23), min_size=1, max_size=4))
def test_an_hour_passes_once(before: datetime, seconds: int, hours: set[int]) -> None:
    now = datetime.fromtimestamp(before.timestamp() + seconds, UTC)
    step = [datetime.fromtimestamp(before.timestamp() + seconds * n / 10, UTC) for n in range(11)]
    passed = [_passed_an_hour(a, b, tuple(hours)) for a, b in pairwise(step)]
    assert any(passed) == _passed_an_hour(before, now, tuple(hours))
