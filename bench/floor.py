"""The floor: the smallest program that answers the intake's requests with the same seals and commits.

A bare WSGI callable under gunicorn's own thread worker. It has no tokens, no checks, no headers, no gates, no
reading back, no words and no templates: its pages are strings, as long on the wire as ours. What it keeps is
the work that nobody can leave out: the form decoded, the key derived, the report sealed, the commit durable.

    python -m bench.floor INTAKE.TOML PAGES.JSON
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread, local
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # has no types

from crypto.manifest import Manifest, SignedManifest
from crypto.receipt import ReceiptCode, derive
from crypto.sealing import Recusal, SealedReport, seal_report
from crypto.slots import open_slot
from intake.config import IntakeConfig, load
from intake.quiet_server import QUIET
from intake.schema import load as load_schema
from intake.server import settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_GROUP = 64
_NOBODY = Recusal(frozenset())
_HIDDEN = '<input type="hidden" name="{}" value="{}">'
_PRAGMAS = ("journal_mode=TRUNCATE", "synchronous=EXTRA", "secure_delete=ON", "busy_timeout=60000")

Waiting = SimpleQueue[tuple[SealedReport, Future[None]]]


def connect(path: str) -> sqlite3.Connection:
    """A raw connection with the pragmas that make a commit durable and a deletion final."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def write(connection: sqlite3.Connection, waiting: Waiting) -> None:
    """Commit what waits, in groups, for ever."""
    while True:
        group = [waiting.get()]
        try:
            while len(group) < _GROUP:
                group.append(waiting.get_nowait())
        except Empty:
            pass
        connection.execute("BEGIN IMMEDIATE")
        for sealed, _ in group:
            insert(connection, sealed)
        connection.execute("COMMIT")
        for _, done in group:
            done.set_result(None)


def insert(connection: sqlite3.Connection, sealed: SealedReport) -> None:
    """The rows of one report."""
    connection.execute("INSERT INTO slot VALUES (?, ?)", (sealed.thread_id, sealed.slot))
    row = (sealed.report_id, sealed.day.isoformat(), int(sealed.danger), sealed.report_age)
    connection.execute("INSERT INTO report VALUES (?, ?, ?, ?)", row)
    shares = [(sealed.report_id, x, share) for x, share in enumerate(sealed.shares, 1)]
    connection.executemany("INSERT INTO report_share VALUES (?, ?, ?)", shares)


def pad(page: str, size: int) -> bytes:
    """The page, filled up to `size` bytes."""
    data = page.encode()
    return data + b" " * (size - len(data))


def make_app(config: IntakeConfig, manifest: Manifest, sizes: dict[str, int]) -> WSGIApplication:
    """The whole program; `sizes` are the bytes on the wire of the pages it imitates."""
    waiting: Waiting = SimpleQueue()
    Thread(target=write, args=(connect(config.drop), waiting), daemon=True).start()
    here = local()

    def new(form: dict[str, str]) -> bytes:
        if not form:
            return pad("<form>", sizes["new"])
        if form["step"] == "check":
            form["code"] = str(ReceiptCode.generate())
            fields = "".join(_HIDDEN.format(name, escape(value)) for name, value in form.items())
            return pad(f"<form>{fields}</form>", sizes["check"])
        keys = derive(ReceiptCode.parse(form.pop("code")), manifest.receipt_salt, manifest.kdf)
        sealed = seal_report(manifest, keys, form, _NOBODY, datetime.now(UTC).date(), danger=False)
        done: Future[None] = Future()
        waiting.put((sealed, done))
        done.result()
        return pad('<p id="acknowledged">', sizes["sent"])

    def look(form: dict[str, str]) -> bytes:
        if not form:
            return pad("<form>", sizes["open"])
        keys = derive(ReceiptCode.parse(form["code"]), manifest.receipt_salt, manifest.kdf)
        if not hasattr(here, "connection"):
            here.connection = connect(config.drop)
        query = here.connection.execute("SELECT sealed FROM slot WHERE thread_id = ?", (keys.thread_id,))
        slot = open_slot(keys.identity, query.fetchone()[0], manifest.desk_key, keys.thread_id)
        return pad(f'<p id="case-state">{slot.state}</p>', sizes["status"])

    pages: dict[str, Callable[[dict[str, str]], bytes]] = {"/es/new": new, "/es/open": look}

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        form = dict(parse_qsl(environ["wsgi.input"].read(length).decode(), keep_blank_values=True))
        body = pages[environ["PATH_INFO"]](form)
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]

    return app


class Floor(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with the intake's settings, but its own worker and log."""

    def __init__(self, config: IntakeConfig, sizes: dict[str, int]) -> None:
        self._config = config
        self._sizes = sizes
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn."""
        for name, value in {**QUIET, **settings(self._config)}.items():
            if name not in {"worker_class", "logger_class"}:
                self.cfg.set(name, value)
        self.cfg.set("worker_class", "gthread")

    def load(self) -> WSGIApplication:
        """Called by gunicorn in the worker."""
        manifest = SignedManifest.from_bytes(self._config.board_path.read_bytes()).manifest
        return make_app(self._config, manifest, self._sizes)


def main() -> None:
    """Make the drop, then serve until stopped."""
    config = load(Path(sys.argv[1]), {})
    connection = connect(config.drop)
    for statement in load_schema("drop", "sqlite"):
        connection.execute(statement)
    connection.close()
    Floor(config, json.loads(Path(sys.argv[2]).read_text())).run()


if __name__ == "__main__":
    main()
