"""The page that acknowledges a report, and takes its files one by one."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Response
from markupsafe import Markup

from crypto.receipt import GROUP, ReceiptCode
from intake.book import Book
from intake.drop import Filing
from intake.pages import say_day
from intake.report import Problem
from intake.respond import page
from intake.site import Site
from intake.views import files
from intake.views.again import in_words

PURPOSE = "new"
COME_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sent:
    """What the page has to say: how the filing went, what was typed back, how a file went."""

    filing: Filing = Filing.ACCEPTED
    typed_back: str = field(default="", repr=False)
    notice: str = ""
    number: int = 0
    problems: tuple[Problem, ...] = ()
    status: int = 200


def code_slots(code: ReceiptCode) -> dict[str, str]:
    """The slots of a page that shows a code."""
    return {"code": str(code), **{f"code{number}": group for number, group in enumerate(code.groups)}}


def sent_page(here: Site, book: Book, code: ReceiptCode, sent: Sent) -> Response:
    """Acknowledged first; then the code again, when to come back, and the files."""
    words = book.words
    values = {
        **code_slots(code),
        "heading": _heading(book, sent.filing),
        "received_on": say_day(words, here.today()),
        "notice": book.received(sent.notice, "file-acknowledged") if sent.notice else "",
        "below": _below(book, code, sent),
        "come_back": words.gettext("Come back on %(day)s or later, with your code.")
        % {"day": say_day(words, here.today() + COME_BACK)},
        "token": here.issue(PURPOSE),
        "n": str(sent.number),
    }
    shown = in_words(here, book, sent.problems)
    return page(book.page("sent.html", shown).fill(values), sent.status)


def take_file(here: Site, book: Book) -> Response:
    """A file that is added on this page; whatever becomes of it, the report is already safe."""
    upload = files.receive(here, PURPOSE)
    outcome = files.finish(here, book, upload)
    sent = Sent(
        notice=outcome.notice, number=outcome.number, problems=outcome.problems, status=outcome.status
    )
    return sent_page(here, book, upload.code, sent)


def _heading(book: Book, filing: Filing) -> str:
    if filing is Filing.ACCEPTED:
        return book.words.pgettext("critical", "We have your report")
    return book.words.pgettext("critical", "We already had this report")


def _below(book: Book, code: ReceiptCode, sent: Sent) -> str:
    notices = []
    if sent.filing is Filing.ALREADY:
        notices.append(
            book.words.pgettext(
                "critical",
                "It was not stored twice. What you changed after the first time was not added. "
                "Send it as a message: open your code and write.",
            )
        )
    if not copied_well(code, sent.typed_back):
        notices.append(
            book.words.pgettext(
                "critical",
                "The digits you typed are not the last five of your code. Compare your note with the code.",
            )
        )
    return Markup("\n").join(
        book.notice(text, f"sent-notice-{number}") for number, text in enumerate(notices)
    )


def copied_well(code: ReceiptCode, typed_back: str) -> bool:
    """Whether what was typed back ends as the code does; nothing typed is no mistake."""
    digits = "".join(str(unicodedata.digit(sign)) for sign in typed_back if sign.isdecimal())
    return not typed_back.strip() or (len(digits) >= GROUP and "".join(code.groups).endswith(digits))
