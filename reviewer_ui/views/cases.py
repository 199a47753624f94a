"""The list of cases, and the same cases on a board by state."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from reviewer_ui import forms
from reviewer_ui.context import desk, seat, session
from triage.case import PHASES, TRANSITIONS, Phase, State
from triage.case_list import CaseQuery, CaseRow, Sort, list_cases
from triage.taxonomy import reporter_groups
from triage.urgency import Urgency

blueprint = Blueprint("cases", __name__)

PAGE = 50
BOARD_CLOSED = 20
SEARCH_CHARS = 200

Answer = Response | BaseResponse


@blueprint.get("/cases")
def show() -> Answer:
    """The list. What is searched for stays in the session: browsers keep addresses."""
    query = _sorted(session().query)
    session().query = query
    rows = list_cases(desk(), seat(), query)
    pages = max(1, -(-len(rows) // PAGE))
    wanted = request.args.get("page", "1")
    page = min(max(1, int(wanted)), pages) if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 else 1
    return make_response(
        render_template(
            "cases.html",
            rows=rows[(page - 1) * PAGE : page * PAGE],
            total=len(rows),
            page=page,
            pages=pages,
            query=query,
            first=(page - 1) * PAGE + 1,
            columns=COLUMNS,
            groups=reporter_groups(),
            levels=tuple(Urgency),
            states=tuple(State),
            now=desk().clock(),
            today=desk().today(),
            me=seat().person.person_id,
        )
    )


# What is looked for most stands first: on a narrow screen the rest is a scroll away.
COLUMNS = (
    Sort.URGENCY,
    Sort.DUE,
    Sort.STATE,
    Sort.UNREAD,
    Sort.ASSIGNEE,
    Sort.GROUP,
    Sort.PLACE,
    Sort.LANGUAGE,
    Sort.OPENED,
)


@blueprint.post("/cases")
def choose() -> Answer:
    """Take the filters into the session."""
    group = next((each for each in reporter_groups() if each.value == request.form.get("group")), None)
    state = request.form.get("state", "open")
    old = session().query
    session().query = CaseQuery(
        state=State(state) if state in {each.value for each in State} else None,
        open_only=state != "all",
        urgency=forms.maybe_choice(Urgency, "urgency"),
        group=group,
        text=forms.text("text")[:SEARCH_CHARS],
        assignee=seat().person.person_id if request.form.get("mine") else None,
        unread_only=bool(request.form.get("unread")),
        sort=old.sort,
        descending=old.descending,
    )
    if request.form.get("clear"):
        session().query = CaseQuery(sort=old.sort, descending=old.descending)
    return redirect(url_for("cases.show"), 303)


@blueprint.get("/board")
def board() -> Answer:
    """Columns by phase, stacks by state. Moves that need words are made on the page of the case."""
    rows = list_cases(desk(), seat(), CaseQuery(open_only=False))
    stacks: dict[State, list[CaseRow]] = {state: [] for state in State}
    for row in rows:
        stacks[row.record.state].append(row)
    columns = {phase: [state for state in State if PHASES[state] is phase] for phase in Phase}
    moves = {state: [to for to in TRANSITIONS[state] if to is not State.CLOSED] for state in State}
    moves[State.CLOSED] = []
    return make_response(
        render_template(
            "board.html",
            columns=columns,
            stacks=stacks,
            moves=moves,
            closed_shown=BOARD_CLOSED,
            now=desk().clock(),
        )
    )


def _sorted(query: CaseQuery) -> CaseQuery:
    sort = request.args.get("sort", "")
    if sort in {each.value for each in Sort}:
        return replace(query, sort=Sort(sort), descending=request.args.get("order") == "desc")
    return query
