"""Pages on the wire: which are compressed, which never, and which always have one length."""

from __future__ import annotations

import gzip
from collections.abc import Mapping

from flask import Response, request

from intake.ready import Ready

# A slot of 32 KiB and the page around it; only replies full of signs that HTML escapes need the next step.
STATUS_STEP = 48 * 1024
_PADDING = "<!--{}-->\n"


def page(html: str, status: int = 200) -> Response:
    """A page that may hold a code or what somebody typed: never compressed (the BREACH attack)."""
    return Response(html, status, content_type="text/html; charset=utf-8")


def open_page(html: str, status: int = 200) -> Response:
    """A page with nothing of anyone's in it; compressed where the browser reads that."""
    response = page(html, status)
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0:
        # mtime: a clock in a page is one more thing to tell hosts apart by.
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.content_encoding = "gzip"
    return response


def empty_form(form: Ready, values: Mapping[str, str]) -> Response:
    """An empty form, whose fixed parts were compressed beforehand."""
    squeezed = request.accept_encodings.quality("gzip") > 0
    body = form.fill_gzip(values) if squeezed else form.fill(values)
    response = Response(body, content_type="text/html; charset=utf-8")
    response.vary.add("Accept-Encoding")
    if squeezed:
        response.content_encoding = "gzip"
    return response


def status_page(html: str, status: int = 200) -> Response:
    """A page of `/open` that follows a code, at one length whatever stands under the code (T6)."""
    least = len(html.encode("utf-8")) + len(_PADDING.format(""))
    # str: markup would escape what is added to it.
    return page(str(html) + _PADDING.format(" " * (-least % STATUS_STEP)), status)
