"""A file on its way in: sealed to the case while it arrives, acknowledged alone (protocol.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import g, request

from crypto.receipt import ReceiptCode, ReporterKeys, derive
from intake import uploads
from intake.book import Book
from intake.limits import Budget, gates
from intake.report import Problem
from intake.sealed_file import SealedFile
from intake.site import Site
from intake.status import Thread, Visit, look, send_file
from intake.token import TokenState

MULTIPART = "multipart/form-data"
MAX_NUMBER = 9999


class StaleFormError(Exception):
    """The form of an upload is not one of ours."""


class NoThreadError(Exception):
    """Nothing is under the code."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A form with a file, read to its end; without a file ``problem`` says why."""

    code: ReceiptCode
    number: int
    thread: Thread | None = field(repr=False)
    file: SealedFile | None = field(repr=False)
    keep_hidden: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the page says of a file, and the number of the next message."""

    notice: str
    number: int
    problems: tuple[Problem, ...] = ()
    status: int = 200


def receive(here: Site, purpose: str) -> Upload:
    """Read the form; raises ReceiptError, NoThreadError, StaleFormError, BusyError, DropError."""
    opened: list[Thread] = []

    def open_file(fields: dict[str, str]) -> uploads.FilePlan:
        g.code = fields.get("code", "")
        # A token that is merely old is let pass: nobody sends ten megabytes twice on 2G for a clock.
        if here.judge(purpose, fields.get("token", "")) is TokenState.FORGED:
            raise StaleFormError
        thread = open_thread(here, ReceiptCode.parse(g.code))
        if thread is None:
            raise NoThreadError
        opened.append(thread)
        return uploads.FilePlan(thread.slot.case_recipient, keep_hidden=_keeps(fields))

    limits = uploads.UploadLimits(here.config.max_file_bytes)
    problem, file, fields = "", None, {}
    with gates().admitted(Budget.UPLOAD), gates().uploading():
        try:
            received = uploads.receive(
                request.stream, request.content_type or "", request.content_length, limits, open_file
            )
            file, fields = received.file, received.fields
            problem = "" if file else ("missing" if received.complete else "incomplete")
        except uploads.UploadError as error:
            problem, fields = error.reason.value, error.fields
    code = ReceiptCode.parse(fields.get("code", ""))
    return Upload(code, number_of(fields), opened[0] if opened else None, file, _keeps(fields), problem)


def finish(here: Site, book: Book, upload: Upload) -> Outcome:
    """Send what was received, and put the outcome into words."""
    if upload.file is None or upload.thread is None:
        status = 400 if upload.problem == "incomplete" else 422
        return Outcome("", upload.number, (Problem("file", upload.problem),), status)
    send_file(here.drop, upload.thread, Visit(here.today(), upload.number), upload.file)
    text = book.words.pgettext("critical", "We have your file: %(name)s.") % {"name": upload.file.name}
    return Outcome(f"{text} {_cleaning(book, upload.file, upload)}".strip(), upload.number + 1)


def open_thread(here: Site, code: ReceiptCode) -> Thread | None:
    """The thread of a code; None if nothing is under it."""
    return look(here.drop, here.manifest, here.decoy, derive_keys(here, code))


def derive_keys(here: Site, code: ReceiptCode) -> ReporterKeys:
    """The keys of a code; nothing but the derivation holds a place at its gate."""
    with gates().deriving():
        return derive(code, here.manifest.receipt_salt, here.manifest.kdf)


def number_of(fields: Mapping[str, str]) -> int:
    """The number of the next message of this visit, as the page carries it; any nonsense is 0."""
    text = fields.get("n", "")
    return min(int(text), MAX_NUMBER) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _keeps(fields: Mapping[str, str]) -> bool:
    return fields.get("hidden_data") == "keep"


def _cleaning(book: Book, file: SealedFile, upload: Upload) -> str:
    if file.cleaned:
        return book.words.gettext("We took the hidden data out.")
    if upload.keep_hidden:
        return ""
    return book.words.gettext("We cannot clean this kind of file: it went as it was.")
