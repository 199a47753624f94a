"""Fetching what came in, and sending out what the board answers."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from reviewer_ui.context import context, desk, need_role, notice
from reviewer_ui.i18n import gettext
from triage import collect, rounds
from triage.errors import TriageError
from triage.people import Role

blueprint = Blueprint("rounds", __name__)

Answer = Response | BaseResponse


@blueprint.get("/rounds")
def show() -> Answer:
    """When the last round was and when the next ones are."""
    need_role(Role.MEMBER, Role.TRIAGER, Role.INVESTIGATOR)
    return make_response(
        render_template(
            "rounds.html",
            last_round=rounds.last_round(desk()),
            hours=context().config.round_hours,
            minutes=context().config.collect_minutes,
            has_drop=desk().drop is not None,
        )
    )


@blueprint.post("/rounds")
def run() -> Answer:
    """Rewrite all slots now."""
    need_role(Role.MEMBER, Role.TRIAGER, Role.INVESTIGATOR)
    try:
        rounds.run_round(desk())
    except TriageError:
        notice(gettext("The round could not run. Nothing changed for reporters."))
    else:
        # No number: it counts the cases of everybody at the desk, this person's or not (T3).
        notice(gettext("The round ran: reporters see what is new."))
    return redirect(url_for("rounds.show"), 303)


@blueprint.post("/rounds/collect")
def fetch() -> Answer:
    """Collect from the drop now."""
    need_role(Role.MEMBER, Role.TRIAGER, Role.INVESTIGATOR)
    try:
        collect.collect(desk())
    except TriageError:
        notice(gettext("The drop could not be collected. What is in it stays there."))
    else:
        notice(gettext("Collected. Members see what they can open after they unlock."))
    return redirect(url_for("rounds.show"), 303)
