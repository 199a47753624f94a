"""The desk as a Flask app; the only place that maps errors to HTTP."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import IO

from flask import Flask, Response, g, make_response, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from reviewer_ui import guard, headers, i18n, rendering, words
from reviewer_ui.context import Context, context
from reviewer_ui.ending import ending
from reviewer_ui.forms import CaseConverter
from reviewer_ui.gate import LoginGate
from reviewer_ui.i18n import LANGUAGES
from reviewer_ui.session import Sessions
from reviewer_ui.views import audit, case, cases, changes, home, login, people, rounds
from triage import places
from triage.config import DeskConfig
from triage.desk import Desk
from triage.errors import LockedError, NotGrantedError, RegisterError, TriageError, UnknownCaseError
from triage.people import Role

STATIC = Path(__file__).parent / "static"
# A translation at its limit, in a script of four bytes a letter, as browsers encode forms.
MAX_BODY = 4 * 1024 * 1024
MAX_DRAINED = 256 * 1024 * 1024
#: statuses with words of their own; any other shows the words of 400
WORDED = frozenset({403, 404, 405, 413, 422, 500})

ExcInfo = tuple[type, BaseException, TracebackType | None] | tuple[None, None, None]


class DeskApp(Flask):
    """Flask, with a log that names the class of an error and the route, and nothing that was said (T5)."""

    def log_exception(self, exc_info: ExcInfo) -> None:
        """Called by Flask for what nobody caught."""
        kind = exc_info[0].__name__ if exc_info[0] is not None else "unknown"
        sys.stderr.write(f"error: {kind} in {request.endpoint}\n")


def create_app(desk: Desk, config: DeskConfig, pause: Callable[[float], object] | None = None) -> Flask:
    """The pages over one open desk. `pause` waits before logins over the budget."""
    app = DeskApp("reviewer_ui", static_folder=str(STATIC), template_folder="templates")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=500,
        TRUSTED_HOSTS=_hosts(config.bind),
    )
    app.url_map.converters["case"] = CaseConverter
    sessions = Sessions(desk.clock, config.language)
    with app.app_context():
        Context(desk, config, sessions, LoginGate(app, pause or Event().wait)).install()
    i18n.apply(app)
    _templates(app)
    guard.apply(app)
    for module in (login, home, cases, case, changes, people, audit, rounds):
        app.register_blueprint(module.blueprint)
    _errors(app)
    headers.apply(app)
    return app


def _hosts(bind: str) -> list[str]:
    # A page elsewhere whose name was made to point here (DNS rebinding) asks with its own name.
    host = bind.rpartition(":")[0].strip("[]")
    return ["localhost", "127.0.0.1"] if bind.startswith("unix:") else ["localhost", "127.0.0.1", host]


def _templates(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        clean=rendering.clean,
        dir=rendering.direction,
        word=words.word,
        reason=words.reason,
        category=words.category,
        place=words.place,
        moment=words.moment,
        size=words.size,
        region=places.state_name,
    )
    style = sorted(STATIC.glob("desk.*.css"))[-1].name
    app.jinja_env.globals.update(
        named=words.named, span=words.span, age=words.age, style=style, languages=LANGUAGES, Role=Role
    )

    @app.context_processor
    def who() -> dict[str, object]:
        session = g.get("session")
        return {
            "session": session,
            "person": session.seat.person if session is not None and session.seat is not None else None,
            "language": i18n.language(),
            "idle_minutes": context().config.idle_minutes,
            "notices": _take_notices(),
            "ending": ending(context().desk.board.manifest.not_after, context().desk.today()),
        }


def _take_notices() -> list[str]:
    session = g.get("session")
    if session is None:
        return []
    found, session.notices = session.notices, []
    return list(found)


def _errors(app: Flask) -> None:
    @app.errorhandler(UnknownCaseError)
    @app.errorhandler(NotGrantedError)
    def unknown(_: TriageError) -> tuple[str, int]:
        # One answer for "there is none" and "not for you" (T3), and the same as for any unknown address.
        return _problem(404)

    @app.errorhandler(LockedError)
    def locked(_: TriageError) -> tuple[str, int]:
        return render_template("locked.html", typed=guard.typed()), 401

    @app.errorhandler(RegisterError)
    def broken(error: RegisterError) -> tuple[str, int]:
        # Its text is a sentence of ours without content; who looks after the machine finds it in the log.
        sys.stderr.write(f"error: {error}, in {request.endpoint}\n")
        kind = "full" if error.full else "broken"
        return render_template("problem.html", kind=kind, typed=guard.typed()), 503

    @app.errorhandler(TriageError)
    def refused(_: TriageError) -> tuple[str, int]:
        return _problem(422)

    @app.errorhandler(SecurityError)
    def misnamed(_: SecurityError) -> tuple[str, int]:
        # Asked by a name that is not ours: no page of ours either.
        return "", 400

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_: RequestEntityTooLarge) -> Response:
        # A browser that is cut off while it sends shows an error of its own: the rest is thrown away first.
        response = make_response(*_problem(413))
        response.call_on_close(partial(_drain, request.environ["wsgi.input"]))
        return response

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> tuple[str, int]:
        return _problem(error.code or 500)


def _drain(body: IO[bytes]) -> None:
    read = 0
    with suppress(OSError, ValueError):
        while read < MAX_DRAINED and (piece := body.read(64 * 1024)):
            read += len(piece)


def _problem(status: int) -> tuple[str, int]:
    kind = str(status) if status in WORDED else "400"
    typed = guard.typed() if status in {422, 500} else []
    return render_template("problem.html", kind=kind, typed=typed), status
