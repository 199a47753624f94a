"""Pages to read: the start, how it works, who reads, and the way out."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from intake.languages import preferred
from intake.respond import open_page
from intake.site import Phase, site
from intake.wording import say_late

blueprint = Blueprint("info", __name__)


@blueprint.get("/")
def root() -> ResponseReturnValue:
    """To the start page in a language that the browser asks for."""
    code = preferred(request.headers.get("Accept-Language", ""), tuple(site().books))
    response = redirect(f"/{code}/", 303)
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/<language>/", strict_slashes=False)
def home(language: str) -> ResponseReturnValue:
    """What this is, what it cannot do, and the two ways on."""
    return _read(language, "home.html")


@blueprint.get("/<language>/how")
def how(language: str) -> ResponseReturnValue:
    """How it works, and against whom it does not help."""
    return _read(language, "how.html")


@blueprint.get("/<language>/board")
def board(language: str) -> ResponseReturnValue:
    """Who can come to read a report, and the fingerprint to compare."""
    return _read(language, "board.html")


@blueprint.get("/exit")
def leave() -> ResponseReturnValue:
    """Away at once; what the browser keeps of this site is cleared (T7)."""
    response = redirect("/clear", 303)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@blueprint.get("/clear")
def clear() -> ResponseReturnValue:
    """A page about nothing, for whoever looks over a shoulder."""
    return open_page(next(iter(site().books.values())).page("clear.html").fill({}))


def _read(language: str, template: str) -> ResponseReturnValue:
    here, book = site(), site().book(language)
    notice = book.notice(say_late(book.words)) if here.phase() is Phase.LATE else ""
    return open_page(book.page(template).fill({"notice": notice}))
