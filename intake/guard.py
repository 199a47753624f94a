"""No half body is taken for a whole one, and nothing typed goes to a temporary file (protocol.md §5; T2).

Application servers hand truncated bodies to Flask as complete, and Werkzeug then makes shorter forms of them
(T12). The guard stands before Flask; behind it a body has exactly the announced length, or reading it raises.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from io import BytesIO
from typing import IO, TYPE_CHECKING, NoReturn, Protocol, cast

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.formparser import FormDataParser

from intake.config import MAX_FORM_BYTES
from intake.headers import HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A browser that is cut off while it sends shows an error of its own instead of our answer.
DRAIN_SECONDS = 60.0

# A body that trickles holds a thread (T8): it may stand still this long in all, besides the time that what
# has arrived would take on a bad 2G line.
PATIENCE_SECONDS = 60.0
_SLOWEST = 1000  # bytes a second

# A manifest has at most 215 people to recuse; with every other field of every form it is not half of this.
MAX_FIELDS = 600

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})

# Both languages, because the guard stands before the page's language is known.
_TEXTS = {
    HTTPStatus.BAD_REQUEST: (
        "Llegó incompleto: nada se recibió.",
        "It arrived incomplete: nothing was received.",
    ),
    HTTPStatus.LENGTH_REQUIRED: (
        "Falta el tamaño: nada se recibió.",
        "No length was given: nothing was received.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "Es demasiado grande: nada se recibió.",
        "Too large: nothing was received.",
    ),
}
_PAGE = """<!doctype html><html lang="es"><meta charset="utf-8"><title>Error</title>
<p>{}</p><p lang="en">{}</p></html>"""


class ExactBody:
    """WSGI middleware: 411, 400 or 413 for a body whose length is unknown, wrong or beyond `max_bytes`."""

    def __init__(
        self,
        wsgi_app: WSGIApplication,
        max_bytes: int = 32 * 1024 * 1024,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = wsgi_app
        self._max = max_bytes
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = _announced(environ)
        if isinstance(length, HTTPStatus):
            return _refuse(length, start_response)
        if length > self._max:
            answer = _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, start_response)
            return _answer_and_drain(answer, environ, length, self._clock)
        # Present, it tells Werkzeug to take the end of the connection for the end of the body.
        environ.pop("wsgi.input_terminated", None)
        environ["CONTENT_LENGTH"] = str(length)
        deadline = self._clock() + PATIENCE_SECONDS
        _limit_reads(environ)
        environ["wsgi.input"] = ExactInput(environ["wsgi.input"], length, deadline, self._clock)
        return self._app(environ, start_response)


class ExactInput:
    """A body of exactly `length` bytes; ClientDisconnected if it ends early or comes too slowly."""

    def __init__(
        self, stream: IO[bytes], length: int, deadline: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._left = length
        self._deadline = deadline
        self._clock = clock

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; empty only at the announced end."""
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        if self._clock() > self._deadline:
            _gone()
        try:
            data = self._stream.read(wanted)
        except (OSError, ValueError):
            _gone()
        if not data:
            _gone()
        self._left -= len(data)
        self._deadline += len(data) / _SLOWEST
        return data

    def readline(self, size: int = -1) -> bytes:
        """WSGI asks for it; nobody of ours reads lines from the network, so it is the plain slow way."""
        line = bytearray()
        while size < 0 or len(line) < size:
            byte = self.read(1)
            line += byte
            if not byte or byte == b"\n":
                break
        return bytes(line)

    def readlines(self, hint: int = -1) -> list[bytes]:
        """All lines; `hint` is ignored, as WSGI allows."""
        return list(self)

    def __iter__(self) -> ExactInput:
        return self

    def __next__(self) -> bytes:
        if line := self.readline():
            return line
        raise StopIteration


class FewFields(FormDataParser):
    """A form of no more fields than ours: a million empty ones take a second of everybody's time (T8)."""

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        if content_length is not None and content_length > MAX_FORM_BYTES:
            while stream.read(64 * 1024):
                pass  # thrown away: a browser that is cut off while it sends does not show our answer
            raise RequestEntityTooLarge
        body = stream.read()
        if body.count(b"&") >= MAX_FIELDS:
            raise RequestEntityTooLarge
        return super()._parse_urlencoded(BytesIO(body), mimetype, content_length, options)


class FormRequest(Request):
    """A request whose form is small and urlencoded. Files go through `intake.uploads`, never through here."""

    form_data_parser_class = FewFields
    max_form_memory_size = MAX_FORM_BYTES
    max_form_parts = 64

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> NoReturn:
        # Werkzeug would write a file above 500 kB to the temporary folder, in plain.
        raise UnsupportedMediaType


class _Socket(Protocol):
    def settimeout(self, seconds: float) -> None: ...


def _announced(environ: WSGIEnvironment) -> int | HTTPStatus:
    """The body's length, or the status of the refusal."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return HTTPStatus.LENGTH_REQUIRED
    text = str(environ.get("CONTENT_LENGTH") or "")
    if not text:
        return 0 if environ.get("REQUEST_METHOD") in _WITHOUT_BODY else HTTPStatus.LENGTH_REQUIRED
    # int() also takes signs, underscores and digits of other scripts.
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        return HTTPStatus.BAD_REQUEST
    return int(text)


def _limit_reads(environ: WSGIEnvironment, seconds: float = PATIENCE_SECONDS) -> None:
    # gunicorn's threads read without a time limit; behind a proxy that buffers this never comes to bear.
    socket = cast("_Socket | None", environ.get("gunicorn.socket"))
    if socket is not None:
        socket.settimeout(seconds)


def _answer_and_drain(
    answer: list[bytes], environ: WSGIEnvironment, left: int, clock: Callable[[], float]
) -> Iterator[bytes]:
    """The answer at once, then the body thrown away as it comes, for a while."""
    yield from answer
    _limit_reads(environ, DRAIN_SECONDS)
    until = clock() + DRAIN_SECONDS
    while left > 0 and clock() < until:
        try:
            data = environ["wsgi.input"].read(min(left, 64 * 1024))
        except (OSError, ValueError):
            return
        if not data:
            return
        left -= len(data)


def _gone() -> NoReturn:
    raise ClientDisconnected from None


def _refuse(status: HTTPStatus, start_response: StartResponse) -> list[bytes]:
    body = _PAGE.format(*_TEXTS[status]).encode("utf-8")
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", [*headers, *HEADERS.items()])
    return [body]
