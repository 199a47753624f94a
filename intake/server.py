"""Serve the intake with as many threads as its settings say (T1)."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from intake import quiet_server
from intake.config import IntakeConfig
from intake.hardening import bound_heaps
from intake.headers import HEADERS
from intake.quiet_server import QuietWorker

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

STOP_SECONDS = 3  # for requests that are being answered; with the rest of stopping, below five

MakeApp = Callable[[IntakeConfig], "WSGIApplication"]


class IntakeWorker(QuietWorker):
    """Answers what cannot be parsed with the intake's headers."""

    headers = HEADERS


def serve(config: IntakeConfig, make_app: MakeApp) -> None:
    """Serve until SIGTERM or SIGINT; does not return. `make_app` is called in the worker, after the fork."""
    quiet_server.prepare()
    bound_heaps()
    # Or each collection touches, and so copies, the pages that the worker shares with its parent.
    gc.freeze()
    quiet_server.run(settings(config), lambda: make_app(config))


def settings(config: IntakeConfig) -> Mapping[str, object]:
    """gunicorn's settings, by its names, beside those of `quiet_server.QUIET`."""
    return {
        "bind": config.bind,
        "workers": config.workers,
        "threads": config.threads,
        "worker_class": IntakeWorker,
        "graceful_timeout": STOP_SECONDS,
        "umask": 0o007,
        "proc_name": "resguardo-intake",
    }
