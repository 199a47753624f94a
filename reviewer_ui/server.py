"""Serve the desk with gunicorn: one process, threads, no access log, no control socket (THREATS, "Pitfalls").

Only this module knows gunicorn, which has no types of its own; the ignores below say so.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from selectors import EVENT_READ
from typing import TYPE_CHECKING

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # has no types
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # has no types
from gunicorn.http import wsgi  # type: ignore[import-untyped]  # has no types
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]  # has no types

from intake.hardening import forbid_dumps, harden
from reviewer_ui.app import create_app
from reviewer_ui.clockwork import Clockwork
from triage.config import DeskConfig
from triage.desk import open_desk, utc_now

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 8
STOP_SECONDS = 4
REQUEST_SECONDS = 120
STILL_SECONDS = 10.0
KEEPALIVE_SECONDS = 5
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a heartbeat file in memory: no disk write, and it is empty


def serve(config: DeskConfig, clock: Callable[[], datetime] = utc_now) -> None:
    """Serve until SIGTERM or SIGINT; does not return. Prints `listening on ...` when it answers."""
    forbid_dumps()
    threading.excepthook = _fault_in_thread
    sys.unraisablehook = _fault_unraised
    # gunicorn names itself in each response and offers no setting against it.
    wsgi.Response = _NamelessResponse
    _Server(config, clock).run()


def settings(config: DeskConfig) -> Mapping[str, object]:
    """gunicorn's settings, by its names. One worker: a register has one desk (protocol.md §6)."""
    return {
        "bind": config.bind,
        "workers": 1,
        "threads": THREADS,
        "worker_class": DeskWorker,
        "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
        "max_requests": 0,
        "timeout": REQUEST_SECONDS,
        "graceful_timeout": STOP_SECONDS,
        "keepalive": KEEPALIVE_SECONDS,
        "limit_request_line": 1024,
        "limit_request_fields": 64,
        "forwarded_allow_ips": "",
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "logger_class": QuietLogger,
        "control_socket_disable": True,
        "umask": 0o077,
        "proc_name": "resguardo-desk",
    }


def _fault_in_thread(found: threading.ExceptHookArgs) -> None:
    # Unlocking and the clockwork run in threads: what Python prints of a fault there may hold content.
    sys.stderr.write(f"error: {found.exc_type.__name__} in a thread\n")


def _fault_unraised(found: sys.UnraisableHookArgs) -> None:
    sys.stderr.write(f"error: {found.exc_type.__name__}\n")


class BareFormatter(logging.Formatter):
    """The level and our own words; of an error its class only: messages and frames may hold content."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        return f"{record.levelname.lower()}: {kind or record.msg}"


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log without traces and arguments."""

    def setup(self, cfg: object) -> None:
        """Called by gunicorn at the start."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(BareFormatter())


class _Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection that may not stand still in the middle of a request."""

    def init(self) -> None:
        """Called by gunicorn before each request is read."""
        super().init()
        self.sock.settimeout(STILL_SECONDS)


class DeskWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Threads for requests only: gunicorn gives one to each connection, silent ones too (T8)."""

    def accept(self, listener: socket.socket) -> None:
        """Let a new connection wait in the poller until it speaks."""
        with suppress(BlockingIOError, ConnectionAbortedError):
            client, address = listener.accept()
            self.nr_conns += 1
            connection = _Connection(self.cfg, client, address, listener.getsockname())
            connection.timeout = time.monotonic() + self.cfg.keepalive
            self.pending_conns.append(connection)
            spoken = partial(self.on_pending_socket_readable, connection)
            self.poller.register(connection.sock, EVENT_READ, spoken)


class _NamelessResponse(wsgi.Response):  # type: ignore[misc]  # gunicorn has no types
    """A response without the server's name."""

    def default_headers(self) -> list[str]:
        """The status line and headers that gunicorn adds."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, config: DeskConfig, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._clock = clock
        super().__init__()

    def load_config(self) -> None:
        for name, value in settings(self._config).items():
            self.cfg.set(name, value)
        self.cfg.set("post_worker_init", self._announce)

    def load(self) -> WSGIApplication:
        for line in harden():
            sys.stderr.write(f"warning: {line}\n")
        # In the worker, after the fork: a desk has threads, locks and open files.
        desk = open_desk(self._config, self._clock)
        Clockwork(desk, self._config).start()
        return create_app(desk, self._config)

    def _announce(self, worker: object) -> None:
        sys.stdout.write(f"listening on {self._config.bind}\n")
        sys.stdout.flush()
