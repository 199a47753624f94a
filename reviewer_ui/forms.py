"""Reading forms: what a page of ours could not have sent is a 400; what a person may get wrong is not."""

from __future__ import annotations

import binascii
from enum import StrEnum
from typing import TypeVar

from flask import abort, request
from werkzeug.routing import BaseConverter

Choice = TypeVar("Choice", bound=StrEnum)

ID_SIZE = 16


class CaseConverter(BaseConverter):
    """A case id in a path: 32 hexadecimal digits, random, so it tells nothing."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> bytes:
        """The 16 bytes."""
        return bytes.fromhex(value)

    def to_url(self, value: object) -> str:
        """The digits of 16 bytes."""
        return value.hex() if isinstance(value, bytes) else str(value)


def text(name: str) -> str:
    """What was typed, with the line ends that were meant: browsers send CRLF."""
    return request.form.get(name, "").replace("\r\n", "\n")


def choice(kind: type[Choice], name: str) -> Choice:
    """One of our values; anything else did not come from our page."""
    found = maybe_choice(kind, name)
    return abort(400) if found is None else found


def maybe_choice(kind: type[Choice], name: str) -> Choice | None:
    """As `choice`; None for an empty field."""
    value = request.form.get(name, "")
    if not value:
        return None
    return kind(value) if value in {each.value for each in kind} else abort(400)


def person_id(name: str = "person") -> bytes:
    """The id of a person from a list."""
    found = maybe_person_id(name)
    return abort(400) if found is None else found


def maybe_person_id(name: str = "person") -> bytes | None:
    """As `person_id`; None for nobody."""
    value = request.form.get(name, "")
    if not value:
        return None
    try:
        found = bytes.fromhex(value)
    except (ValueError, binascii.Error):
        return abort(400)
    return found if len(found) == ID_SIZE else abort(400)


def number(name: str) -> int:
    """A number that our page wrote into the form."""
    value = request.form.get(name, "")
    # Versions are opaque and may be long; more digits than this no page of ours has.
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 40 else abort(400)
