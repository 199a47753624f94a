"""Pages rendered once and filled in often: the patterns' macros cost more than sealing a report does.

A template is rendered with markers where something changes. What comes out is cut at the markers into fixed
text and named slots; a request only joins them. Nothing a reporter types ever passes through a template.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from gettext import NullTranslations

from jinja2 import BaseLoader, BytecodeCache, ChoiceLoader, Environment, PackageLoader, PrefixLoader
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from intake.languages import catalogue, msgid

_BETWEEN_TAGS = re.compile(r">\s+<")
_INSIDE_TAGS = re.compile(r"\n\s+")
_TICK = re.compile(r'\s+data-slot="([0-9a-f]+x[0-9]+x)"')

MONTHS = (
    msgid("January"),
    msgid("February"),
    msgid("March"),
    msgid("April"),
    msgid("May"),
    msgid("June"),
    msgid("July"),
    msgid("August"),
    msgid("September"),
    msgid("October"),
    msgid("November"),
    msgid("December"),
)


def say_day(words: NullTranslations, day: date) -> str:
    """A day in words: two numbers beside each other are read differently in different countries."""
    return words.gettext("%(month)s %(day)d, %(year)d") % {
        "month": words.gettext(MONTHS[day.month - 1]),
        "day": day.day,
        "year": day.year,
    }


def escaped(text: str) -> Markup:
    """Text as HTML that a browser gives back unchanged: a bare carriage return would become a line end."""
    html = escape(text)
    return html.replace("\r", Markup("&#13;")) if "\r" in html else html


@dataclass(frozen=True, slots=True)
class Page:
    """Fixed texts with slots between them: ``texts[0] names[0] texts[1] … texts[-1]``."""

    texts: tuple[str, ...]
    names: tuple[str, ...]

    def fill(self, values: Mapping[str, str], ticked: frozenset[tuple[str, str]] = frozenset()) -> Markup:
        """The page; a slot without a value stays empty. ``ticked`` holds (field, value) pairs."""
        parts = [self.texts[0]]
        for name, text in zip(self.names, self.texts[1:], strict=True):
            if name in values:
                parts.append(escaped(values[name]))
            elif name.startswith(("checked:", "selected:")):
                attribute, field, value = name.split(":", 2)
                parts.append(f" {attribute}" if (field, value) in ticked else "")
            parts.append(text)
        return Markup("".join(parts))  # noqa: S704 - every value was escaped above


class Slots:
    """The markers of one rendering; their names cannot be guessed by what stands in a manifest."""

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(12)
        self._names: list[str] = []

    def slot(self, name: str) -> str:
        """A marker for text."""
        self._names.append(name)
        return f"{self._nonce}x{len(self._names) - 1}x"

    def checked(self, field: str, value: str) -> dict[str, str]:
        """A marker for the attribute that ticks a box; given to a macro as an attribute of the item."""
        return {"data-slot": self.slot(f"checked:{field}:{value}")}

    def selected(self, field: str, value: str) -> dict[str, str]:
        """A marker for the attribute that picks an option."""
        return {"data-slot": self.slot(f"selected:{field}:{value}")}

    def cut(self, html: str) -> Page:
        """The rendered page, cut at its markers."""
        html = _INSIDE_TAGS.sub("\n", _BETWEEN_TAGS.sub(">\n<", _TICK.sub(r"\1", html)))
        parts = re.split(f"{self._nonce}x([0-9]+)x", html)
        return Page(tuple(parts[::2]), tuple(self._names[int(number)] for number in parts[1::2]))


class _Compiled(BytecodeCache):
    """Templates compiled once for all languages; a start spends most of its time on that."""

    def __init__(self) -> None:
        self._templates: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Called by the engine before it compiles."""
        if bucket.key in self._templates:
            bucket.bytecode_from_string(self._templates[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Called by the engine after it compiled."""
        self._templates[bucket.key] = bucket.bytecode_to_string()


@cache
def _compiled() -> _Compiled:
    return _Compiled()


@cache
def environment(code: str) -> Environment:
    """A template engine that speaks one language; every template is escaped, whatever its name."""
    words = catalogue(code)
    loaders: list[BaseLoader] = [
        PackageLoader("intake"),
        PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
    ]
    found = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        # A template is rendered a few times in all: folding its constants costs more than it saves.
        optimized=False,
        bytecode_cache=_compiled(),
    )
    found.globals.update(_=words.gettext, pgettext=words.pgettext)
    return found


def hidden_fields(pairs: Iterable[tuple[str, str]]) -> Markup:
    """Answers on their way from one page to the next."""
    # Markup.format parses its pattern in Python, for each field anew.
    fields = [
        f'<input type="hidden" name="{escape(name)}" value="{escaped(value)}">' for name, value in pairs
    ]
    return Markup("\n".join(fields))  # noqa: S704 - names and values were escaped
