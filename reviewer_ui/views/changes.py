"""Every change of a case: one form, one function of `triage.cases`, then back to the page.

Nothing typed is lost: a refusal shows the page again with it (422), somebody else's change shows both (409).
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from reviewer_ui import forms
from reviewer_ui.context import desk, notice, seat
from reviewer_ui.i18n import gettext, msgid
from reviewer_ui.views.case import last_number, render, since
from reviewer_ui.words import word
from triage import access as access_rules
from triage import cases
from triage.case import REASON_CHARS, Categories, Outcome, State
from triage.case_page import read_case
from triage.errors import IllegalTransitionError, NotGrantedError, RefusedError, StaleCaseError
from triage.staff import labels
from triage.urgency import Urgency

blueprint = Blueprint("changes", __name__)

Answer = Response | BaseResponse | tuple[str, int]

#: why a value was refused, by the key that triage gives
REFUSALS = {
    "empty": msgid("Write something first."),
    "unknown": msgid("That choice does not exist any more."),
    "recused": msgid("The reporter asked that this person does not see the case."),
    "nobody_left": msgid("Somebody else must hold the case first."),
    "closed": msgid("The case is closed."),
    "characters": msgid("The text holds half a character."),
}
ACCESS = {
    "give": access_rules.give_access,
    "renew": access_rules.renew_access,
    "end": access_rules.end_access,
}
LIMITS = {
    "note": cases.NOTE_CHARS,
    "translation": cases.TRANSLATION_CHARS,
    "urgency": REASON_CHARS,
    "state": REASON_CHARS,
}
REFUSED = msgid("That was refused.")
#: the part of the page that each form belongs to
PLACES = {
    "reply": "messages",
    "note": "notes",
    "translation": "report",
    "categories": "categories",
    "state": "state",
    "urgency": "urgency",
    "assign": "people",
    "access": "people",
    "leave": "people",
}


@blueprint.post("/cases/<case:case_id>/note")
def note(case_id: bytes) -> Answer:
    """An internal note."""
    return _change(case_id, "note", lambda version: cases.note(desk(), seat(), case_id, version, _typed()))


@blueprint.post("/cases/<case:case_id>/reply")
def reply(case_id: bytes) -> Answer:
    """A reply, which goes out with the next round."""
    answer = _change(
        case_id, "reply", lambda version: cases.reply(desk(), seat(), case_id, version, _typed())
    )
    if isinstance(answer, BaseResponse):
        notice(gettext("Saved. It goes out with the next slot round."))
    return answer


@blueprint.post("/cases/<case:case_id>/translation")
def translation(case_id: bytes) -> Answer:
    """The translation beside the report."""
    return _change(
        case_id, "translation", lambda version: cases.translate(desk(), seat(), case_id, version, _typed())
    )


@blueprint.post("/cases/<case:case_id>/read")
def read(case_id: bytes) -> Answer:
    """Somebody has read the news."""
    return _change(case_id, "read", lambda version: cases.mark_read(desk(), seat(), case_id, version))


@blueprint.post("/cases/<case:case_id>/categories")
def categories(case_id: bytes) -> Answer:
    """One primary category and others."""
    primary = request.form.get("primary") or None
    others = tuple(each for each in request.form.getlist("others") if each != primary)
    chosen = Categories(primary, others)
    return _change(
        case_id, "categories", lambda version: cases.categorise(desk(), seat(), case_id, version, chosen)
    )


@blueprint.post("/cases/<case:case_id>/urgency")
def urgency(case_id: bytes) -> Answer:
    """A level that a person chose, with the reason."""
    level = forms.choice(Urgency, "urgency")
    return _change(
        case_id,
        "urgency",
        lambda version: cases.set_urgency(desk(), seat(), case_id, version, level, forms.text("reason")),
    )


@blueprint.post("/cases/<case:case_id>/assign")
def assign(case_id: bytes) -> Answer:
    """Who works on it."""
    person = forms.maybe_person_id()
    return _change(
        case_id, "assign", lambda version: access_rules.assign(desk(), seat(), case_id, version, person)
    )


@blueprint.post("/cases/<case:case_id>/state")
def state(case_id: bytes) -> Answer:
    """A move along the table of states."""
    target = forms.choice(State, "target")
    outcome = forms.maybe_choice(Outcome, "outcome") if target is State.CLOSED else None

    def move(version: int) -> object:
        moved = cases.move(desk(), seat(), case_id, version, target, outcome, forms.text("reason"))
        if moved.kept:
            notice(gettext("You keep your access, because nobody else holds the case."))
        if moved.version is None:
            notice(gettext("The case was moved, and your access to it ended with that."))
        return moved.version

    back = "cases.board" if request.form.get("back") == "board" else ""
    return _change(case_id, "state", move, back=back)


@blueprint.post("/cases/<case:case_id>/access")
def access(case_id: bytes) -> Answer:
    """Give, renew or end the access of a person."""
    person = forms.person_id()
    act = ACCESS.get(request.form.get("act", ""))
    if act is None:
        abort(400)
    return _change(case_id, "access", lambda version: act(desk(), seat(), case_id, version, person))


@blueprint.post("/cases/<case:case_id>/leave")
def leave(case_id: bytes) -> Answer:
    """Recuse oneself: access ends now, and a new generation of keys begins."""

    def go(version: int) -> None:
        access_rules.leave_case(desk(), seat(), case_id, version)
        notice(gettext("You left the case. You no longer have access to it."))

    return _change(case_id, "leave", go)


def _change(case_id: bytes, form: str, act: Callable[[int], object], *, back: str = "") -> Answer:
    version = forms.number("version")
    try:
        after = act(version)
    except StaleCaseError:
        return conflict(case_id, form), 409
    except IllegalTransitionError as refused:
        return _refused(case_id, form, _legal_moves(refused))
    except NotGrantedError:
        return _refused(case_id, form, gettext("Only a member can end the access of somebody else."))
    except RefusedError as refused:
        return _refused(case_id, form, _why(form, refused.reason))
    if after is None:
        return redirect(url_for(back or "cases.show"), 303)
    return redirect(url_for(back) if back else f"{_page(case_id)}#{PLACES.get(form, 'main')}", 303)


def _why(form: str, reason: str) -> str:
    if reason != "long":
        return gettext(REFUSALS.get(reason, REFUSED))
    if form == "reply":
        size = len(_typed().encode("utf-8", "replace"))
        return gettext("The reply has %(size)s bytes, and 4000 fit. Accents count twice.") % {"size": size}
    typed = _typed() or forms.text("reason")
    return gettext("The text has %(size)s letters, and %(most)s fit.") % {
        "size": len(typed),
        "most": LIMITS[form],
    }


def _refused(case_id: bytes, form: str, problem: str) -> Answer:
    return render(case_id, problem=problem, form=form, draft=_typed(), reason=forms.text("reason")), 422


def _legal_moves(refused: IllegalTransitionError) -> str:
    legal = [word(each) for each in State if each.value in refused.legal]
    if request.form.get("target") in refused.legal:
        return gettext("This move needs an outcome or a written reason.")
    return gettext("The case cannot move that way. It can become: %(states)s.") % {"states": ", ".join(legal)}


def conflict(case_id: bytes, form: str) -> str:
    """What the case says now beside what was sent, ready to be sent again. Nothing was written."""
    page = read_case(desk(), seat(), case_id)
    sent = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"csrf", "unkept", "version", "seen", "text", "reason"}
    ]
    return render_template(
        "conflict.html",
        case_id=case_id,
        page=page,
        record=page.record,
        form=form,
        labels=labels(desk()),
        news=since(page, forms.number("seen")),
        seen=last_number(page),
        sent=sent,
        texts=[(name, forms.text(name)) for name in ("text", "reason") if name in request.form],
    )


def _typed() -> str:
    return forms.text("text")


def _page(case_id: bytes) -> str:
    return url_for("case.show", case_id=case_id)
