"""The audit trail, for auditors."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template, request

from reviewer_ui.context import context, desk, need_role, seat
from reviewer_ui.gate import BusyError
from triage import audit
from triage.audit_reading import entries
from triage.errors import BrokenAuditError, LoginError
from triage.people import Role

blueprint = Blueprint("audit", __name__)

PAGE = 200

Answer = Response | tuple[str, int]


@blueprint.get("/audit")
def show() -> Answer:
    """Whether the chain holds, and the form that opens the entries."""
    need_role(Role.AUDITOR)
    return make_response(_page())


@blueprint.post("/audit")
def read() -> Answer:
    """Entries opened with the passphrase given once more: the seat holds no identity (T15)."""
    need_role(Role.AUDITOR)
    wanted = request.form.get("first", "")
    first = max(1, int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 12 else 1
    try:
        with context().gate.pass_through():
            lines = entries(desk(), seat(), request.form.get("passphrase", ""), first, PAGE)
    except LoginError:
        return _page(first, refused=True), 422
    except BusyError:
        return _page(first, busy=True), 503
    return make_response(_page(first, lines))


def _page(
    first: int = 1,
    lines: Sequence[audit.AuditLine] | None = None,
    *,
    refused: bool = False,
    busy: bool = False,
) -> str:
    broken, verified = 0, None
    try:
        verified = audit.verify(desk().register, desk().board)
    except BrokenAuditError as error:
        broken = error.number
    return render_template(
        "audit.html",
        first=first,
        lines=lines,
        broken=broken,
        verified=verified,
        size=PAGE,
        refused=refused,
        busy=busy,
    )
