"""When something cannot be done: said in the reader's language, with everything typed still there."""

from __future__ import annotations

from flask import Response, current_app, g, request
from werkzeug.exceptions import HTTPException, InternalServerError

from crypto.errors import ReceiptError
from crypto.receipt import ReceiptCode
from intake import form
from intake.book import Book
from intake.drop import DropError, DropFullError
from intake.languages import preferred
from intake.limits import BusyError
from intake.report import RejectedReportError
from intake.respond import page
from intake.site import Site, site
from intake.views import files, new, open
from intake.views.again import again, carry
from intake.wording import say_busy, say_closed, say_full, say_http, say_stale, say_trouble, say_unreadable


def busy(error: BusyError) -> Response:
    """The queue was full or too slow."""
    return _kept(say_busy(_book().words, error.wait_seconds), error.wait_seconds)


def drop_failed(error: DropError) -> Response:
    """The drop has no room or a fault; nothing was acknowledged and the code stays good."""
    # Who looks after the host learns the kind of fault and the page, nothing of the request.
    current_app.logger.error("", exc_info=error)
    if isinstance(error, DropFullError):
        return _kept(say_full(_book().words), 3600)
    return _kept(say_trouble(_book().words), 300)


def closed() -> Response:
    """The manifest ended too long ago."""
    heading, text = say_closed(_book().words)
    if request.method == "POST":
        return _kept(f"{heading}. {text}", 24 * 3600)
    return _message(_book(), heading, text, 503)


def unreadable() -> Response:
    """There is a slot, but not one that we can show."""
    return _message(_book(), *say_unreadable(_book().words), 503)


def no_thread() -> Response:
    """A file for a code without a thread."""
    return open.status(site(), _book(), ReceiptCode.parse(g.code), None, open.Said())


def stale_upload() -> Response:
    """A file with a form that is not ours: on to the page under the code, where it can be sent anew."""
    return _kept(say_stale(_book().words), 0, 400)


def http_failed(error: HTTPException) -> Response:
    """Everything that Flask refuses by itself."""
    if isinstance(error, InternalServerError) and request.method == "POST":
        return _kept(say_trouble(_book().words), 300, 500)
    status = error.code or 500
    return _message(_book(), *say_http(_book().words, status), status)


def _kept(why: str, wait_seconds: int, status: int = 503) -> Response:
    """Nothing was received: all that was typed, the code included, goes back with the reason."""
    here, book = site(), _book()
    if request.mimetype == files.MULTIPART:
        response = carry(here, book, [("step", "look"), ("code", g.get("code", ""))], why, status)
    elif request.method == "POST" and request.form.get("step") == "send":
        response = _check_again(here, book, why, status)
    else:
        response = again(here, book, request.form, why, status)
    if wait_seconds:
        response.headers["Retry-After"] = str(wait_seconds)
    return response


def _check_again(here: Site, book: Book, why: str, status: int) -> Response:
    typed = form.without_strangers(form.read(request.form), here.manifest)
    try:
        filled = form.parse(typed, here.manifest)
        ReceiptCode.parse(request.form.get("code", ""))
    except (RejectedReportError, ReceiptError):
        return again(here, book, request.form, why, status)
    return new.check_page(here, book, typed, filled, request.form, why, status)


def _message(book: Book, heading: str, text: str, status: int) -> Response:
    return page(book.page("message.html").fill({"heading": heading, "text": text}), status)


def _book() -> Book:
    """The pages in the language of the path, else in one that the browser asks for."""
    books = site().books
    code = request.path.split("/")[1]
    if code not in books:
        code = preferred(request.headers.get("Accept-Language", ""), tuple(books))
    return books[code]
