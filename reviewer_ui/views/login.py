"""Coming in, going out, and the language of the pages."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from reviewer_ui.context import context, session
from reviewer_ui.gate import BusyError
from reviewer_ui.i18n import LANGUAGES, gettext, ngettext
from reviewer_ui.session import COOKIE
from triage.errors import LoginError
from triage.login import login

blueprint = Blueprint("login", __name__)

Answer = Response | BaseResponse | tuple[str, int]


@blueprint.get("/login")
def show() -> Answer:
    """The form; a visitor gets a session too, because the form needs a token."""
    found = g.session
    if found is not None and found.seat is not None:
        return redirect(url_for("home.show"), 303)
    if found is not None:
        return make_response(render_template("login.html"))
    token, g.session = context().sessions.start(g.language)
    response = make_response(render_template("login.html"))
    _set_cookie(response, token)
    return response


@blueprint.post("/login")
def enter() -> Answer:
    """Take the label and the passphrase. A second factor would be asked for between these two steps:

    1. the passphrase opens the identity file (`triage.login`), 2. the session gets its seat.
    """
    label, passphrase = request.form.get("label", ""), request.form.get("passphrase", "")
    try:
        with context().gate.pass_through():
            seat = login(context().desk, label.strip(), passphrase)
    except LoginError:
        return render_template("login.html", label=label, refused=True), 422
    except BusyError:
        return render_template("login.html", label=label, busy=True), 503
    before = session().seat
    if before is not None:
        # Another person takes over this browser: what the one before held goes at once.
        context().desk.leave(before)
    context().sessions.end(request.cookies.get(COOKIE, ""))
    token, started = context().sessions.start(session().language, seat)
    if seat.damaged:
        started.notices.append(_damaged(seat.damaged))
    response = redirect(url_for("home.show"), 303)
    _set_cookie(response, token)
    return response


def _damaged(count: int) -> str:
    text = ngettext(
        "%(count)d case of yours does not open: the register is damaged, or older than its keys.",
        "%(count)d cases of yours do not open: the register is damaged, or older than its keys.",
        count,
    ) % {"count": count}
    return f"{text} {gettext('Call whoever looks after this machine: a backup may still hold what is lost.')}"


@blueprint.post("/logout")
def leave() -> Answer:
    """Forget everything that the seat held."""
    found = session()
    if found.seat is not None:
        context().desk.leave(found.seat)
    context().sessions.end(request.cookies.get(COOKIE, ""))
    response = redirect(url_for("login.show"), 303)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return response


@blueprint.get("/locked")
def locked() -> Answer:
    """Where pages without a text field go by themselves once the idle time is over."""
    if g.session is not None and g.session.seat is not None:
        return redirect(url_for("home.show"), 303)
    return make_response(render_template("locked.html", typed=[]))


@blueprint.get("/language/<code>")
def language(code: str) -> Answer:
    """Choose the language of the pages, and go back to where one was."""
    if code not in LANGUAGES:
        abort(404)
    back = request.args.get("back", "/")
    # Only a path of ours: `//host` and `/\host` lead away.
    if not back.startswith("/") or back[1:2] in {"/", "\\"} or not back.isprintable():
        back = "/"
    response = redirect(back, 303)
    if g.session is None:
        token, _ = context().sessions.start(code)
        _set_cookie(response, token)
    else:
        g.session.language = code
    return response


def _set_cookie(response: BaseResponse, token: str) -> None:
    # No age: a cookie of the browser's session is not written to its disk.
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="Strict")
