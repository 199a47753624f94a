"""What stands under a code: state, answers, and everything that can be sent after the report."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from crypto.errors import ReceiptError
from crypto.parts import MAX_TEXT, Consents
from crypto.receipt import ReceiptCode
from crypto.slots import Slot
from intake.book import Book
from intake.form import line_ends
from intake.limits import Budget, gates
from intake.pages import say_day
from intake.report import Problem
from intake.respond import empty_form, page, status_page
from intake.site import Site, site
from intake.status import Thread, Visit, send_consents, send_text, send_withdrawal
from intake.views import files
from intake.views.again import Posted, in_words, refuse_unready
from intake.wording import DEADLINES, OTHER_DEADLINE, STATES

blueprint = Blueprint("open", __name__)

PURPOSE = "open"


@dataclass(frozen=True, slots=True)
class Said:
    """What a visit has to say besides the state: a notice, problems, what was typed, the next number."""

    notice: str = ""
    problems: tuple[Problem, ...] = ()
    text: str = field(default="", repr=False)
    number: int = 0
    status: int = 200


@blueprint.get("/<language>/open")
def fetch(language: str) -> ResponseReturnValue:
    """The field for the code."""
    here, book = site(), site().book(language)
    return empty_form(book.form("open.html"), {"token": here.issue(PURPOSE)})


@blueprint.post("/<language>/open")
def post(language: str) -> ResponseReturnValue:
    """Look, or send something; the code comes with every request, because the server keeps nothing."""
    here, book = site(), site().book(language)
    if request.mimetype == files.MULTIPART:
        return _take_file(here, book)
    posted = request.form
    refusal = refuse_unready(here, book, posted, PURPOSE)
    if refusal is not None:
        return refusal
    # Mistyped digits are told before the slow derivation (protocol.md §4).
    code = ReceiptCode.parse(posted.get("code", ""))
    budget = Budget.OPEN if posted.get("step") == "look" else Budget.MESSAGE
    with gates().admitted(budget):
        thread = files.open_thread(here, code)
        said = Said() if thread is None else _do(here, book, thread, posted)
    return status(here, book, code, thread, said)


def refused(error: ReceiptError) -> Response:
    """The field for the code again, with what is wrong about it (422)."""
    here, book = site(), site().book((request.view_args or {})["language"])
    typed = "" if request.mimetype == files.MULTIPART else request.form.get("code", "")
    shown = in_words(here, book, (Problem("code", error.reason),))
    values = {"token": here.issue(PURPOSE), "code": typed}
    return page(book.page("open.html", shown).fill(values), 422)


def status(here: Site, book: Book, code: ReceiptCode, thread: Thread | None, said: Said) -> Response:
    """The page under a code. Both pages are made each time: an unknown code costs what a known one does."""
    slot = thread.slot if thread else here.decoy.slot
    shown = in_words(here, book, said.problems)
    values = {
        **_answer(book, slot),
        "code": str(code),
        "token": here.issue(PURPOSE),
        "n": str(said.number),
        "text": said.text,
        "notice": book.received(said.notice, "acknowledged") if said.notice else "",
    }
    known = book.page("status.html", shown).fill(values)
    unknown = book.page("unknown.html").fill({})
    return status_page(known if thread else unknown, said.status)


def _answer(book: Book, slot: Slot) -> dict[str, str]:
    words = book.words
    replies = [
        book.page("reply.html").fill({"day": say_day(words, reply.day), "text": reply.text})
        for reply in slot.replies
    ]
    deadlines = [
        book.page("deadline.html").fill(
            {
                "name": words.gettext(DEADLINES.get(deadline.name, OTHER_DEADLINE)),
                "day": say_day(words, deadline.day),
            }
        )
        for deadline in slot.deadlines
    ]
    return {
        "state": slot.state.value,
        "state_text": words.gettext(STATES[slot.state]),
        "as_of": words.gettext("As of %(day)s.") % {"day": say_day(words, slot.day)},
        "deadlines": Markup("\n").join(deadlines),
        "messages": Markup("\n").join(replies),
        "no_messages": "" if replies else words.gettext("Nothing yet."),
    }


def _do(here: Site, book: Book, thread: Thread, posted: Posted) -> Said:
    number = files.number_of(posted)
    visit = Visit(here.today(), number)
    words = book.words
    match posted.get("step", ""):
        case "message":
            return _send_text(here, book, thread, visit, line_ends(posted.get("text", "")))
        case "consent":
            consents = Consents(pass_on=bool(posted.get("pass_on")), consulate=bool(posted.get("consulate")))
            send_consents(here.drop, thread, visit, consents)
            return Said(words.pgettext("critical", "We have your change."), number=number + 1)
        case "withdraw":
            if not posted.get("confirm"):
                return Said(problems=(Problem("confirm", "empty"),), number=number, status=422)
            send_withdrawal(here.drop, thread, visit)
            return Said(words.pgettext("critical", "We have your request to stop."), number=number + 1)
        case _:
            return Said(number=number)


def _send_text(here: Site, book: Book, thread: Thread, visit: Visit, text: str) -> Said:
    problem = "empty" if not text.strip() else "too_long" if len(text) > MAX_TEXT else ""
    if problem:
        return Said(problems=(Problem("text", problem),), text=text, number=visit.number, status=422)
    send_text(here.drop, thread, visit, text)
    return Said(book.words.pgettext("critical", "We have your message."), number=visit.number + 1)


def _take_file(here: Site, book: Book) -> Response:
    upload = files.receive(here, PURPOSE)
    outcome = files.finish(here, book, upload)
    thread = upload.thread or files.open_thread(here, upload.code)
    said = Said(outcome.notice, outcome.problems, number=outcome.number, status=outcome.status)
    return status(here, book, upload.code, thread, said)
