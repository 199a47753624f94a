"""Serve the desk: one process, because a register has one desk, and threads (protocol.md §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from intake import quiet_server
from intake.quiet_server import QuietWorker
from reviewer_ui.app import create_app
from reviewer_ui.clockwork import Clockwork
from reviewer_ui.headers import HEADERS
from triage.config import DeskConfig
from triage.desk import open_desk, utc_now

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 8
STOP_SECONDS = 4
REQUEST_SECONDS = 120


class DeskWorker(QuietWorker):
    """Answers what cannot be parsed with the desk's headers."""

    headers = HEADERS


def serve(config: DeskConfig, clock: Callable[[], datetime] = utc_now) -> None:
    """Serve until SIGTERM or SIGINT; does not return. Prints `listening on ...` when it answers."""
    quiet_server.prepare()

    def load() -> WSGIApplication:
        # In the worker, after the fork: a desk has threads, locks and open files.
        desk = open_desk(config, clock)
        Clockwork(desk, config).start()
        return create_app(desk, config)

    quiet_server.run(settings(config), load)


def settings(config: DeskConfig) -> Mapping[str, object]:
    """gunicorn's settings, by its names, beside those of `quiet_server.QUIET`."""
    return {
        "bind": config.bind,
        "workers": 1,
        "threads": THREADS,
        "worker_class": DeskWorker,
        "timeout": REQUEST_SECONDS,
        "graceful_timeout": STOP_SECONDS,
        "umask": 0o077,
        "proc_name": "resguardo-desk",
    }
