"""The languages and their catalogues: standard gettext, because Babel knows only some of the codes."""

from __future__ import annotations

import gettext
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

HERE = Path(__file__).parent
LOCALE = HERE / "locale"
REGISTRY = HERE / "data" / "languages.toml"
DEFAULT = "es"
MOST_RANGES = 32


class LanguageError(ValueError):
    """A language that is not in the registry or has no pages. Carries the code only."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language. ``direction`` is "ltr" or "rtl"; ``fallback`` a code, or "" for English, the source."""

    code: str
    endonym: str
    direction: str
    fallback: str
    pages: bool
    review: str
    reviewer: str
    date: str


@cache
def registry() -> Mapping[str, Language]:
    """Every language we know, by code, in the order of the file."""
    table = tomllib.loads(REGISTRY.read_text(encoding="utf-8"))
    return MappingProxyType({code: Language(code=code, **entry) for code, entry in table.items()})


def enabled(codes: Sequence[str]) -> tuple[Language, ...]:
    """The languages an intake is set to speak. Raises LanguageError for one without pages."""
    known = registry()
    for code in codes:
        if code not in known or not known[code].pages:
            raise LanguageError(f"there are no pages in the language {code!r}")
    return tuple(known[code] for code in codes)


def catalogue(code: str) -> gettext.NullTranslations:
    """The catalogue of ``code``, with its fallbacks behind it; the last one gives back the English source."""
    language = registry()[code]
    found = gettext.translation("messages", localedir=LOCALE, languages=[code], fallback=True)
    if language.fallback:
        found.add_fallback(catalogue(language.fallback))
    return found


def msgid(text: str) -> str:
    """Mark ``text`` for extraction; it is put into the reader's language where it is shown."""
    return text


def preferred(accept_language: str, codes: Sequence[str]) -> str:
    """The first of ``codes`` the browser asks for (RFC 9110 §12.5.4), else Spanish, else the first."""
    best, weight = "", 0.0
    for part in accept_language.split(",")[:MOST_RANGES]:
        tag, _, quality = part.strip().partition(";")
        match = _match(tag.strip().lower(), codes)
        asked = _weight(quality)
        if match and asked > weight:
            best, weight = match, asked
    if best:
        return best
    return DEFAULT if DEFAULT in codes else codes[0]


def _match(tag: str, codes: Sequence[str]) -> str:
    exact = [code for code in codes if code.lower() == tag]
    same = [code for code in codes if code.lower().partition("-")[0] == tag.partition("-")[0]]
    return (exact + same + [""])[0]


def _weight(quality: str) -> float:
    name, _, digits = quality.strip().partition("=")
    if not quality:
        return 1.0
    if name.strip() != "q":
        return 0.0
    try:
        return min(float(digits), 1.0)
    except ValueError:
        return 0.0
