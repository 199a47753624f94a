"""A gunicorn that tells on nobody: no access log, no echo, no name, no thread for a silent line (T1, T8).

Only this module knows gunicorn, which has no types: the ignores below say so. Both hosts run on it.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from selectors import EVENT_READ
from typing import TYPE_CHECKING, ClassVar

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # has no types
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # has no types
from gunicorn.http import wsgi  # type: ignore[import-untyped]  # has no types
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # has no types
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]  # has no types

from intake.hardening import forbid_dumps, harden
from intake.quiet_log import BareFormatter, install

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_HEAD_SECONDS = 10.0
_KEEPALIVE_SECONDS = 5
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a heartbeat file in memory: no disk write, and it is empty

Settings = Mapping[str, object]

#: gunicorn's settings, by its names, that hold for both hosts
QUIET: Settings = {
    "worker_connections": 1000,
    "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
    "max_requests": 0,
    "keepalive": _KEEPALIVE_SECONDS,
    "limit_request_line": 1024,
    "limit_request_fields": 64,
    "limit_request_field_size": 8190,
    "forwarded_allow_ips": "",
    "proxy_allow_ips": "",
    "accesslog": None,
    "errorlog": "-",
    "loglevel": "warning",
    "control_socket_disable": True,
    # The one that was tested against smuggling; "auto" takes what happens to be installed.
    "http_parser": "python",
}


def prepare() -> None:
    """Forbid dumps and make this process's log bare; before anything secret is read."""
    install()
    forbid_dumps()
    # gunicorn names itself in each response and offers no setting against it.
    wsgi.Response = _NamelessResponse


def run(settings: Settings, load: Callable[[], WSGIApplication]) -> None:
    """Serve until SIGTERM or SIGINT; does not return. `load` is called in the worker, after the fork.

    Prints one line, `listening on ...`, when requests are answered.
    """
    _Server({**QUIET, "logger_class": QuietLogger, **settings}, load).run()


class QuietLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's log, through the formatter that tells on nobody."""

    def setup(self, cfg: object) -> None:
        """Called by gunicorn at the start."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(BareFormatter())


class _Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A connection whose head must arrive in time; the guard sets the time for bodies."""

    def init(self) -> None:
        """Called by gunicorn before each request is read."""
        super().init()
        self.sock.settimeout(_HEAD_SECONDS)


class QuietWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Silent connections hold no thread (T8), and what cannot be parsed is answered without an echo."""

    headers: ClassVar[Mapping[str, str]] = {}

    def accept(self, listener: socket.socket) -> None:
        """Let a new connection wait in the poller until it speaks, where gunicorn would give it a thread."""
        with suppress(BlockingIOError, ConnectionAbortedError):
            client, address = listener.accept()
            self.nr_conns += 1
            connection = _Connection(self.cfg, client, address, listener.getsockname())
            connection.timeout = time.monotonic() + self.cfg.keepalive
            self.pending_conns.append(connection)
            self.poller.register(
                connection.sock, EVENT_READ, partial(self.on_pending_socket_readable, connection)
            )

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: BaseException) -> None:
        """gunicorn would log the address and send back what it could not read."""
        ours = not isinstance(exc, ParseException)
        self.log.error("", exc_info=(type(exc), None, None))
        status = HTTPStatus.INTERNAL_SERVER_ERROR if ours else HTTPStatus.BAD_REQUEST
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", "Connection: close", "Content-Length: 0"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        with suppress(OSError):
            client.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))


class _NamelessResponse(wsgi.Response):  # type: ignore[misc]  # gunicorn has no types
    """A response without the server's name."""

    def default_headers(self) -> list[str]:
        """The status line and headers that gunicorn adds."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, settings: Settings, load: Callable[[], WSGIApplication]) -> None:
        self._settings = settings
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)
        self.cfg.set("post_worker_init", self._announce)

    def load(self) -> WSGIApplication:
        for line in harden():
            sys.stderr.write(f"warning: {line}\n")
        return self._load()

    def _announce(self, worker: object) -> None:
        sys.stdout.write(f"listening on {self._settings['bind']}\n")
        sys.stdout.flush()
