"""Flood control that cannot become censorship (T8): everybody queues alike, no address, no lock on a code.

Nobody can be told apart here: a shelter is one address and Tor is another. So nothing is counted per person,
and a budget that is used up slows a kind of request down instead of refusing it. Three things are bounded:

- `admitted`: how many requests of one kind a minute, all hosts together. Beyond the budget they pass one at a
  time through the late lane, in the order they came. An upload is the exception: it is no first report and
  can be sent again at no loss, so beyond its budget it is told to wait.
- `deriving`: how many Argon2id derivations at once, so that memory and cores are not exhausted.
- `uploading`: how many files at once, for each holds a thread as long as its phone takes.

Only who waited long in vain, or finds the queue full, gets BusyError: "not received, your text is kept, try
again in so many seconds". The code stays valid.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import cast

from flask import Flask, current_app
from flask_limiter import Limiter, RateLimitExceeded
from limits.storage import MemoryStorage

from intake.config import IntakeConfig

EXTENSION = "resguardo-gates"
WAIT_SECONDS = 20.0  # in a queue; a browser on 2G waits longer than that for a page
_RETRY_SECONDS = 30
_EVERYBODY = "everybody"
_REDIS_PATIENCE = "?socket_timeout=1&socket_connect_timeout=1"


class Budget(StrEnum):
    """The kinds of request that are counted."""

    REPORT = "report"
    OPEN = "open"
    MESSAGE = "message"
    UPLOAD = "upload"


class BusyError(Exception):
    """Not now: nothing was received, and the same can be sent again after `wait_seconds`."""

    def __init__(self) -> None:
        # Spread, or everybody told to wait comes back in the same second.
        self.wait_seconds = _RETRY_SECONDS + secrets.randbelow(_RETRY_SECONDS)
        super().__init__("busy")


class Gate:
    """Lets `width` through at once; up to `queue` more wait, first come first served."""

    def __init__(self, width: int, queue: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._free = width
        self._queue = queue
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        # A waiter is a held lock; to let it pass is to release it.
        self._waiters: deque[threading.Lock] = deque()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Hold a place; BusyError if the queue is full or the wait too long."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def waiting(self) -> int:
        """How many wait now."""
        with self._lock:
            return len(self._waiters)

    def _enter(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            if len(self._waiters) >= self._queue:
                raise BusyError
            waiter = threading.Lock()
            waiter.acquire()
            self._waiters.append(waiter)
        if waiter.acquire(timeout=self._wait_seconds):
            return
        with self._lock:
            if waiter not in self._waiters:
                return  # let through between the time-out and here: the place is ours
            self._waiters.remove(waiter)
        raise BusyError

    def _leave(self) -> None:
        with self._lock:
            if self._waiters:
                self._waiters.popleft().release()
            else:
                self._free += 1


class Gates:
    """The gates of one process and the counters that it may share with others."""

    def __init__(self, counters: Mapping[Budget, Callable[[], None]], config: IntakeConfig) -> None:
        self._counters = counters
        # Who waits holds a thread. The late lane and the uploads together leave some for everybody else.
        self._late = Gate(1, max(1, config.threads // 2 - 1))
        self._deriving = Gate(config.derivations, config.threads)
        self._uploading = Gate(config.uploads, max(1, config.threads // 8))

    @contextmanager
    def admitted(self, budget: Budget) -> Iterator[None]:
        """Stand around the whole handling of a request of this kind."""
        if self._within(budget):
            yield
        elif budget is Budget.UPLOAD:
            raise BusyError
        else:
            with self._late.passing():
                yield

    @contextmanager
    def deriving(self) -> Iterator[None]:
        """Stand around one derivation from a receipt code."""
        with self._deriving.passing():
            yield

    @contextmanager
    def uploading(self) -> Iterator[None]:
        """Stand around the receipt of one file."""
        with self._uploading.passing():
            yield

    def _within(self, budget: Budget) -> bool:
        try:
            self._counters[budget]()
        except RateLimitExceeded:
            return False
        return True


class _Counters(MemoryStorage):
    """Counters in memory, one for each budget; the class above starts a thread at each hit to tidy them."""

    STORAGE_SCHEME = ["counters"]  # noqa: RUF012 - the library's own spelling

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False) -> None:
        super().__init__(uri, wrap_exceptions)
        self._counting = threading.Lock()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count; a window that is over begins anew."""
        now = time.time()
        with self._counting:
            if self.expirations.get(key, 0) <= now:
                self.storage[key] = 0
                self.expirations[key] = now + expiry
            self.storage[key] += amount
            return self.storage[key]


def make_limiter(app: Flask, config: IntakeConfig) -> Gates:
    """Make the gates of `app`; counters live in memory, or in Redis with more than one host."""
    limiter = Limiter(
        key_func=lambda: _EVERYBODY,
        app=app,
        storage_uri=_storage(config.limits_storage),
        strategy="fixed-window",
        headers_enabled=False,
        # Away, Redis must neither close the channel nor open it wide.
        in_memory_fallback_enabled=True,
        swallow_errors=False,
        key_prefix="resguardo",
    )
    # Pages have no limits of their own: what counts is counted inside, by the gates.
    hooks = app.before_request_funcs[None]
    hooks[:] = [hook for hook in hooks if getattr(hook, "__self__", None) is not limiter]
    gates = Gates({budget: _counter(limiter, budget, config) for budget in Budget}, config)
    app.extensions[EXTENSION] = gates
    return gates


def gates() -> Gates:
    """The gates of the app that handles the current request."""
    return cast("Gates", current_app.extensions[EXTENSION])


def _storage(url: str) -> str:
    if url == "memory://":
        return "counters://"
    # A Redis that hangs would hang every request with it; one that refuses is replaced by memory at once.
    return f"{url}{_REDIS_PATIENCE}" if url.startswith("redis") and "?" not in url else url


def _counter(limiter: Limiter, budget: Budget, config: IntakeConfig) -> Callable[[], None]:
    rates = {
        Budget.REPORT: config.budgets.report,
        Budget.OPEN: config.budgets.open,
        Budget.MESSAGE: config.budgets.message,
        Budget.UPLOAD: config.budgets.upload,
    }

    def count() -> None:
        """Each call is one request of the kind."""

    # flask-limiter tells its limits apart by the function's name.
    count.__qualname__ = f"count_{budget.value}"
    return limiter.shared_limit(f"{rates[budget]}/minute", scope=budget.value)(count)
