"""How fast passphrases can be tried: slower for all when there are many, never refused to one person (T8).

No address and no name is counted: a locked-out name would let anyone shut a reviewer out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded

BUDGET = "10 per minute"
DELAY_SECONDS = 3.0
QUEUE_SECONDS = 20.0
#: who waits at the door holds a thread of the server, and most of them belong to people who are in
QUEUE = 5


class BusyError(Exception):
    """Too many people are at the door; the same words work in a moment."""


class LoginGate:
    """One login at a time, and a pause before each one over the budget."""

    def __init__(self, app: Flask, pause: Callable[[float], object]) -> None:
        # One process (protocol.md §6), so memory is the whole truth; headers would tell a guesser the budget.
        limiter = Limiter(
            key_func=lambda: "everyone", app=app, storage_uri="memory://", headers_enabled=False
        )
        self._limit = limiter.shared_limit(BUDGET, scope="login")
        self._one = BoundedSemaphore(1)
        self._queue = BoundedSemaphore(QUEUE)
        self._pause = pause

    @contextmanager
    def pass_through(self) -> Iterator[None]:
        """Around one login; BusyError when the queue is too long."""
        if not self._queue.acquire(blocking=False):
            raise BusyError
        try:
            if not self._one.acquire(timeout=QUEUE_SECONDS):
                raise BusyError
            try:
                if self._over_budget():
                    self._pause(DELAY_SECONDS)
                yield
            finally:
                self._one.release()
        finally:
            self._queue.release()

    def _over_budget(self) -> bool:
        try:
            with self._limit:
                return False
        except RateLimitExceeded:
            return True
