"""Who has a login here."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from reviewer_ui.context import desk, need_role
from triage.people import Role
from triage.staff import list_people

blueprint = Blueprint("people", __name__)


@blueprint.get("/people")
def show() -> Response:
    """The list. People are added at the command line, where their key files are."""
    need_role(Role.ADMIN)
    return make_response(render_template("people.html", people=list_people(desk()), roles=tuple(Role)))
