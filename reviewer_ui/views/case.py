"""The page of one case, its files, and what was told as plain bytes."""

from __future__ import annotations

import re

from flask import Blueprint, Response, make_response, render_template
from werkzeug.wrappers import Response as BaseResponse

from reviewer_ui.context import desk, seat
from triage import taxonomy
from triage.case import Outcome, State
from triage.case_page import CasePage, open_attachment, read_case, report_text
from triage.entry import Entry, EntryKind
from triage.people import Role
from triage.staff import labels
from triage.urgency import Urgency

blueprint = Blueprint("case", __name__)

TALK = frozenset(
    {EntryKind.MESSAGE, EntryKind.FILE, EntryKind.CONSENT, EntryKind.WITHDRAWAL, EntryKind.REPLY}
)

Answer = Response | BaseResponse


@blueprint.get("/cases/<case:case_id>")
def show(case_id: bytes) -> Answer:
    """The case as it stands."""
    return make_response(render(case_id))


@blueprint.get("/cases/<case:case_id>/report")
def report(case_id: bytes) -> Answer:
    """The story byte for byte, as a file that no browser renders."""
    return _download(Response(report_text(desk(), seat(), case_id)), f"report-{case_id.hex()[:8]}.txt")


@blueprint.get("/cases/<case:case_id>/files/<int:number>")
def file(case_id: bytes, number: int) -> Answer:
    """A file as it came: kept as bytes, never shown by the browser of this machine (T9)."""
    found = open_attachment(desk(), seat(), case_id, number)
    response = Response(found.chunks)
    if found.file.sound:
        response.content_length = found.file.size
    return _download(response, safe_name(found.file.name, number))


def render(case_id: bytes, *, problem: str = "", form: str = "", draft: str = "", reason: str = "") -> str:
    """The page; after a refusal with what is wrong, in which form, and all that was typed there."""
    page = read_case(desk(), seat(), case_id)
    shown = taxonomy.load()
    return render_template(
        "case.html",
        case_id=case_id,
        page=page,
        record=page.record,
        talk=[entry for entry in page.timeline if entry.kind in TALK],
        files=[entry for entry in page.timeline if entry.file is not None],
        notes=[entry for entry in page.timeline if entry.kind is EntryKind.NOTE],
        seen=last_number(page),
        labels=labels(desk()),
        assignable=assignable(page),
        outcomes=outcomes(page),
        levels=tuple(Urgency),
        groups=shown.groups,
        suggested={category.group for category in shown.categories_of(page.record.group)},
        closing=State.CLOSED in page.moves,
        now=desk().clock(),
        me=seat().person.person_id,
        problem=problem,
        form=form,
        draft=draft,
        reason=reason,
    )


def last_number(page: CasePage) -> int:
    """The number of the newest entry: what a conflict page need not show again."""
    return max((entry.number for entry in page.timeline), default=0)


def since(page: CasePage, number: int) -> list[Entry]:
    """The entries that came after that one."""
    return [entry for entry in page.timeline if entry.number > number]


def assignable(page: CasePage) -> list[tuple[bytes, str]]:
    """Who the case can be assigned to: those with access, then those who would get it."""
    people = [holder.person for holder in page.people] + list(page.candidates)
    roles = (Role.TRIAGER, Role.INVESTIGATOR, Role.MEMBER)
    return [(each.person_id, each.label) for each in people if any(each.has(role) for role in roles)]


def outcomes(page: CasePage) -> list[Outcome]:
    """The outcomes that this case can have: withdrawn only after the reporter asked."""
    return [each for each in Outcome if each is not Outcome.WITHDRAWN or page.record.withdrawal_asked]


_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)


def safe_name(name: str, number: int) -> str:
    """A file name that is only letters and digits, starts with the entry's number, and keeps its ending."""
    plain = _UNSAFE.sub("_", name)[-60:].lstrip("._-")
    return f"{number}-{plain or 'file'}"


def _download(response: Response, name: str) -> Response:
    response.mimetype = "application/octet-stream"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
