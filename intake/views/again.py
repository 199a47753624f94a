"""Forms that cannot be taken as they come go back as typed, with a fresh token and one button."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response
from werkzeug.datastructures import MultiDict

from intake import form
from intake.book import Book, Shown
from intake.pages import hidden_fields
from intake.report import Problem
from intake.respond import page
from intake.site import Site
from intake.token import TokenState
from intake.wording import say_cut, say_problem, say_stale, say_young

# The fields of all forms, but those that every page makes anew: token, the trap, the end marker.
CARRIED = (*form.FIELDS, "recused", "step", "board", "code", "typed_back", "n", "text", "confirm")

Posted = MultiDict[str, str]


def refuse_unready(here: Site, book: Book, posted: Posted, purpose: str) -> Response | None:
    """The page to send back for a cut, too fast, too old or machine-filled form; None for a good one."""
    if not posted.get("end"):
        # The guard refuses cut bodies; this is the second net (protocol.md §5).
        return again(here, book, posted, say_cut(book.words), 400)
    state = here.judge(purpose, posted.get("token", ""))
    if state is TokenState.YOUNG:
        return again(here, book, posted, say_young(book.words))
    # The trap may have been filled by a browser that helps: nobody is refused for it.
    if state is not TokenState.FRESH or posted.get("website"):
        return again(here, book, posted, say_stale(book.words))
    return None


def again(here: Site, book: Book, posted: Posted, why: str, status: int = 200) -> Response:
    """The whole form in hidden fields, and one button."""
    pairs = [(name, value) for name in CARRIED for value in posted.getlist(name) if value]
    return carry(here, book, pairs, why, status)


def carry(here: Site, book: Book, pairs: Iterable[tuple[str, str]], why: str, status: int) -> Response:
    """A page with these fields and one button that sends them to the same path."""
    pairs = [(name, form.line_ends(value)) for name, value in pairs]
    steps = {value for name, value in pairs if name == "step"}
    where = "new" if steps & {"check", "edit", "send"} else "open"
    values = {
        "why": why,
        "action": f"/{book.language.code}/{where}",
        "token": here.issue(where),
        "carried": hidden_fields(pairs),
    }
    return page(book.page("again.html").fill(values), status)


def in_words(here: Site, book: Book, problems: Iterable[Problem]) -> tuple[Shown, ...]:
    """Problems as they are shown."""
    megabytes = here.config.max_file_bytes // (1024 * 1024)
    return tuple(
        Shown(problem.field, say_problem(book.words, problem, here.manifest, megabytes))
        for problem in problems
    )
