"""What waits on the person who just came in, and the unlocking of new reports."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from reviewer_ui.context import desk, need_role, notice, seat, session
from reviewer_ui.i18n import gettext, ngettext
from reviewer_ui.jobs import UnlockJob
from triage import collect, rounds
from triage.case_list import CaseQuery, CaseRow, Sort, list_cases
from triage.deadlines import Status
from triage.errors import LoginError
from triage.people import Role

blueprint = Blueprint("home", __name__)

SHOWN = 10
SHORT_JOB_SECONDS = 1.0

Answer = Response | BaseResponse | tuple[str, int]


@blueprint.get("/")
def show() -> Answer:
    """The first page."""
    return make_response(_home())


@blueprint.post("/unlock")
def unlock() -> Answer:
    """Start to unlock with the passphrase once more: the identity leaves memory after the batch (T15)."""
    need_role(Role.MEMBER)
    running = session().job
    if running is None or not running.running:
        session().job = job = UnlockJob(desk(), seat(), request.form.get("passphrase", ""))
        job.wait(SHORT_JOB_SECONDS)
    return redirect(url_for("home.unlocking"), 303)


@blueprint.get("/unlocking")
def unlocking() -> Answer:
    """How far it is; the page asks again by itself until it is done. It never says how many wait."""
    job = session().job
    if job is None:
        return redirect(url_for("home.show"), 303)
    if job.running:
        response = make_response(render_template("unlocking.html", percent=round(job.fraction * 100)))
        response.headers["Refresh"] = f"1; url={url_for('home.unlocking')}"
        return response
    session().job = None
    if isinstance(job.error, LoginError):
        return _home(refused=True), 422
    if job.result is None:
        notice(gettext("Unlocking did not end well. Nothing was lost; try again."))
        return redirect(url_for("home.show"), 303)
    opened = job.result.opened
    notice(
        ngettext("%(count)d report opened.", "%(count)d reports opened.", opened) % {"count": opened}
        if opened
        else gettext("Your part is done. Nothing more opens until other members have unlocked.")
    )
    if job.result.unreadable:
        notice(gettext("Some of what opened cannot be read as a report. Its bytes are kept."))
    return redirect(url_for("home.show"), 303)


def _home(*, refused: bool = False) -> str:
    person = seat().person
    rows = list_cases(desk(), seat(), CaseQuery(sort=Sort.DUE)) if person.reads else []
    return render_template(
        "home.html",
        pressing=[row for row in rows if _pressing(row)][:SHOWN],
        unread=[row for row in rows if row.record.unread][:SHOWN],
        mine=[row for row in rows if row.record.assignee == person.person_id][:SHOWN],
        notice=collect.notice(desk(), seat()),
        last_round=rounds.last_round(desk()),
        now=desk().clock(),
        refused=refused,
    )


def _pressing(row: CaseRow) -> bool:
    return row.due is not None and row.due.status in {Status.AMBER, Status.RED}
