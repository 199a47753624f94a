"""What the desk does by itself: forget idle people, fetch what came in, send answers out at the set hours."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from triage.collect import collect
from triage.config import DeskConfig
from triage.desk import Desk
from triage.errors import TriageError
from triage.rounds import run_round

TICK_SECONDS = 20.0


class Clockwork:
    """One thread beside the requests. `tick` is all it does, again and again."""

    def __init__(self, desk: Desk, config: DeskConfig) -> None:
        self._desk = desk
        self._config = config
        self._stop = Event()
        self._next_collect = desk.clock()
        self._last_tick = desk.clock()
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the work in hand."""
        self._stop.set()
        self._thread.join()

    def tick(self) -> tuple[str, ...]:
        """Do what is due now; returns the names of what was done."""
        now = self._desk.clock()
        self._desk.expire(timedelta(minutes=self._config.idle_minutes))
        done = []
        if self._desk.drop is not None and now >= self._next_collect:
            self._next_collect = now + timedelta(minutes=self._config.collect_minutes)
            done.append("collect")
            self._try("collect")
        if self._desk.drop is not None and _passed_an_hour(self._last_tick, now, self._config.round_hours):
            done.append("round")
            self._try("round")
        self._last_tick = now
        return tuple(done)

    def beat(self) -> None:
        """One tick in a thread of its own: a fault of ours ends that one, and people are still forgotten."""
        thread = Thread(target=self.tick, daemon=True)
        thread.start()
        thread.join()

    def _try(self, name: str) -> None:
        try:
            if name == "collect":
                collect(self._desk)
            else:
                run_round(self._desk)
        except TriageError as error:
            # Nothing is lost: the drop keeps what is in it, slots keep what they say. Tried again when due.
            sys.stderr.write(f"warning: {name} failed: {type(error).__name__}\n")

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            self.beat()


def _passed_an_hour(before: datetime, now: datetime, hours: tuple[int, ...]) -> bool:
    """Whether one of the full hours (UTC, as the configuration says) lies between two moments."""
    # A machine that slept for days makes up for one round, not for all of them.
    days = (now.astimezone(UTC), now.astimezone(UTC) - timedelta(days=1))
    starts = [day.replace(hour=hour, minute=0, second=0, microsecond=0) for day in days for hour in hours]
    return any(before < start <= now for start in starts)
