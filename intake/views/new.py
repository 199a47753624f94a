"""The form and its steps, all on one path: the history of a phone shows one neutral line (T7)."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from crypto.errors import ReceiptError
from crypto.receipt import ReceiptCode
from intake import form
from intake.book import Book
from intake.form import Filled, Typed
from intake.limits import Budget, gates
from intake.pages import hidden_fields
from intake.report import PlaceKind, Problem, RejectedReportError
from intake.respond import empty_form, page
from intake.send import file_report
from intake.site import Phase, Site, site
from intake.summary import say, say_delivery
from intake.views import files, sent
from intake.views.again import Posted, in_words, refuse_unready
from intake.wording import say_changed, say_late, say_new_code

blueprint = Blueprint("new", __name__)

PURPOSE = "new"


@blueprint.get("/<language>/new")
def fetch(language: str) -> ResponseReturnValue:
    """The empty form."""
    here, book = site(), site().book(language)
    here.require_open()
    notice = book.notice(say_late(book.words)) if here.phase() is Phase.LATE else ""
    values = {"token": here.issue(PURPOSE), "notice": notice}
    return empty_form(book.form("new.html"), values)


@blueprint.post("/<language>/new")
def post(language: str) -> ResponseReturnValue:
    """One step: check, edit, send, or a file."""
    here, book = site(), site().book(language)
    if request.mimetype == files.MULTIPART:
        return sent.take_file(here, book)
    posted = request.form
    refusal = refuse_unready(here, book, posted, PURPOSE)
    if refusal is not None:
        return refusal
    here.require_open()
    typed = form.read(posted)
    notice = ""
    if posted.get("board") != here.manifest.hash.hex():
        typed, notice = form.without_strangers(typed, here.manifest), say_changed(book.words, here.manifest)
    step = posted.get("step", "")
    if step not in ("check", "send"):
        return form_page(here, book, typed, posted, notice=notice)
    filled = form.parse(typed, here.manifest)
    if step == "check" or notice:
        return check_page(here, book, typed, filled, posted, notice)
    return _send(here, book, typed, filled, posted)


def refused(error: RejectedReportError) -> Response:
    """The form of this request again, with everything typed and what must change (422)."""
    here, book = site(), site().book((request.view_args or {})["language"])
    return form_page(here, book, form.read(request.form), request.form, error.problems)


def form_page(
    here: Site,
    book: Book,
    typed: Typed,
    posted: Posted,
    problems: tuple[Problem, ...] = (),
    notice: str = "",
) -> Response:
    """The form as it was typed; problems stand at the top and beside their fields."""
    values = {
        **{name: typed[name] for name in form.TEXTS},
        "token": posted.get("token", ""),
        "code": posted.get("code", ""),
        "notice": book.notice(notice) if notice else "",
    }
    shown = in_words(here, book, problems)
    return page(book.page("new.html", shown).fill(values, typed.ticked()), 422 if problems else 200)


def check_page(
    here: Site, book: Book, typed: Typed, filled: Filled, posted: Posted, notice: str, status: int = 200
) -> Response:
    """The answers, and the code before anything is sent: a lost response can then lose nothing."""
    try:
        code = ReceiptCode.parse(posted.get("code", ""))
    except ReceiptError:
        code = ReceiptCode.generate()
        if posted.get("code"):
            notice = notice or say_new_code(book.words)
    pairs = typed.pairs()
    kind = PlaceKind(typed["place"]) if filled.answers.place_kind else None
    sites = book.site_choice(kind, filled.answers.place_state, typed.ticked())
    if sites:
        pairs = [pair for pair in pairs if pair[0] != "place_id"]
    values = {
        **say(book.words, filled),
        **sent.code_slots(code),
        "token": posted.get("token", ""),
        "carried": hidden_fields(pairs),
        "sites": sites,
        "delivery": _delivery(here, book, filled),
        "notice": book.notice(notice) if notice else "",
    }
    return page(book.page("check.html").fill(values), status)


def _send(here: Site, book: Book, typed: Typed, filled: Filled, posted: Posted) -> Response:
    try:
        code = ReceiptCode.parse(posted.get("code", ""))
    except ReceiptError:
        return check_page(here, book, typed, filled, posted, say_new_code(book.words))
    with gates().admitted(Budget.REPORT):
        keys = files.derive_keys(here, code)
        filing = file_report(here.drop, here.manifest, keys, filled, book.language.code, here.today())
    return sent.sent_page(here, book, code, sent.Sent(filing, typed_back=posted.get("typed_back", "")))


def _delivery(here: Site, book: Book, filled: Filled) -> str:
    text = say_delivery(book.words, here.manifest, filled)
    return book.notice(text, "delivery") if text else ""
