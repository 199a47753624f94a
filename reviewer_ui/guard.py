"""Before every request: who asks, is the form ours and whole, is the desk still theirs (THREATS)."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from reviewer_ui.context import context
from reviewer_ui.i18n import LANGUAGES
from reviewer_ui.session import COOKIE, Session

FORM = "application/x-www-form-urlencoded"
#: fields that hold what a person typed; a lost session gives them back
TYPED = ("text", "reason", "translation")
_PUBLIC = frozenset({"login.show", "login.enter", "login.locked", "login.language", "static", None})

#: pages that a locked desk takes from the screen by itself; never one with a text that may be half written
_FADING = frozenset(
    {"home.show", "cases.show", "cases.board", "rounds.show", "people.show", "audit.show", "audit.read"}
)

Answer = Response | BaseResponse | tuple[str, int] | None


def apply(app: Flask) -> None:
    """Check every request of `app`."""

    @app.before_request
    def check() -> Answer:
        if request.endpoint == "static":
            return None
        g.session = _find_session()
        g.language = _language(g.session)
        if request.method == "POST":
            refused = _check_post(g.session)
            if refused is not None:
                return refused
        if request.endpoint in _PUBLIC:
            return None
        return _check_seat(g.session)

    @app.after_request
    def fade(response: Response) -> Response:
        session = g.get("session")
        if request.endpoint in _FADING and session is not None and session.seat is not None:
            # Five seconds later than the lock itself, so that the next page finds the desk locked.
            seconds = int(context().idle.total_seconds()) + 5
            response.headers["Refresh"] = f"{seconds}; url={url_for('login.locked')}"
        return response


def _find_session() -> Session | None:
    session = context().sessions.find(request.cookies.get(COOKIE, ""))
    if session is not None and session.seat is not None:
        context().desk.expire(context().idle)
        if not context().desk.is_present(session.seat):
            context().sessions.end(request.cookies[COOKIE])
            return None
    return session


def _language(session: Session | None) -> str:
    language = context().config.language if session is None else session.language
    return language if language in LANGUAGES else "es"


def _check_post(session: Session | None) -> Answer:
    if request.mimetype != FORM:
        # Files are never sent to the desk, and Werkzeug would spool them to disk.
        return render_template("problem.html", kind="form"), 415
    if not _same_origin():
        return render_template("problem.html", kind="origin"), 403
    if session is None or (session.seat is None and request.endpoint not in _PUBLIC):
        return render_template("locked.html", typed=typed()), 401
    # The token stands last in every form: a body that was cut on the way has none, or half of one.
    token = request.form.get("csrf", "")
    if not hmac.compare_digest(token.encode("utf-8", "replace"), session.csrf.encode("ascii")):
        return render_template("locked.html", typed=typed(), cut=True), 400
    return None


def _same_origin() -> bool:
    # Under `Referrer-Policy: no-referrer` browsers send `Origin: null` with our own forms: then Fetch
    # Metadata decides. A client that sends neither has no cookies to be abused; the token still decides.
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None or (origin == "null" and site is not None):
        return True
    return urlsplit(origin)[:2] == urlsplit(request.host_url)[:2]


def typed() -> list[str]:
    """What the person had written in the form of this request."""
    return [text for name in TYPED for text in request.form.getlist(name) if text.strip()]


def _check_seat(session: Session | None) -> Answer:
    if session is None or session.seat is None:
        return redirect(url_for("login.show"), 303)
    context().desk.touch(session.seat)
    return None
