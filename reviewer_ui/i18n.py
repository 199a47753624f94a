"""The words of the pages in the language of the session: catalogues of the standard library's gettext."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations
from importlib.resources import files

from flask import Flask, g

LANGUAGES = {"es": "Español", "en": "English"}


@cache
def translations(language: str) -> GNUTranslations:
    """The catalogue of one of LANGUAGES."""
    path = files("reviewer_ui").joinpath("locale", language, "LC_MESSAGES", "messages.mo")
    with path.open("rb") as catalogue:
        return GNUTranslations(catalogue)


def language() -> str:
    """The language of the request that is being answered."""
    return str(g.get("language", "es"))


def gettext(message: str) -> str:
    """The message in the language of the request; its msgid is English."""
    return translations(language()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """As `gettext`, by number."""
    return translations(language()).ngettext(one, many, count)


def msgid(message: str) -> str:
    """Mark a message that is translated where it is shown."""
    return message


def apply(app: Flask) -> None:
    """Give the templates `_`, with autoescaped values (newstyle)."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    install = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]  # put there by the extension
    install(gettext, ngettext, newstyle=True)
