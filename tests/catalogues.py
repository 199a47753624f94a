"""Bring templates of catalogues, catalogues and their compiled form up to date: `make catalogues`.

A new sentence stands untranslated in the .po files until somebody translates it; tests name it until then.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PACKAGES = ("intake", "reviewer_ui")
SOURCE = "en"
# One date for all: a clock in the header would make a change of every run.
DATE = datetime(2026, 1, 1, tzinfo=UTC)
METHODS = [("**/node_modules/**", "ignore"), ("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "msgid": None}
HEADER = "# Translations for Resguardo.\n# This file is distributed under the same license as the project.\n#"


def empty(locale: str | None = None) -> Catalog:
    return Catalog(
        locale=locale,
        header_comment=HEADER,
        project="Resguardo",
        version="1",
        last_translator="the authors of Resguardo",
        language_team="Resguardo",
        msgid_bugs_address="Resguardo",
        creation_date=DATE,
        revision_date=DATE,
        fuzzy=False,
    )


def extract(package: str) -> Catalog:
    """Every sentence of a package, sorted."""
    template = empty()
    found = extract_from_dir(str(ROOT / package), METHODS, OPTIONS, KEYWORDS)
    for _, _, message, comments, context in found:
        template.add(message, context=context, auto_comments=comments)
    return template


def updated(package: str, code: str, template: Catalog) -> Catalog:
    """The catalogue of a language with exactly the sentences of the template."""
    path = po_path(package, code)
    old = read_po(BytesIO(path.read_bytes()), locale=code) if path.exists() else empty(code)
    new = empty(code)
    for message in template:
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        translation = message.id if code == SOURCE else (known.string if known else "")
        new.add(message.id, translation, context=message.context)
    return new


def po_bytes(catalogue: Catalog) -> bytes:
    out = BytesIO()
    write_po(out, catalogue, width=0, sort_output=True, no_location=True)
    return out.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def po_path(package: str, code: str) -> Path:
    return ROOT / package / "locale" / code / "LC_MESSAGES" / "messages.po"


def languages(package: str) -> Iterator[str]:
    """The codes that a package has catalogues of."""
    for path in sorted((ROOT / package / "locale").glob("*/LC_MESSAGES")):
        yield path.parent.name


def main(packages: tuple[str, ...] = PACKAGES) -> None:
    for package in packages:
        template = extract(package)
        (ROOT / package / "locale" / "messages.pot").write_bytes(po_bytes(template))
        for code in languages(package):
            catalogue = updated(package, code, template)
            path = po_path(package, code)
            path.write_bytes(po_bytes(catalogue))
            path.with_suffix(".mo").write_bytes(mo_bytes(catalogue))
            missing = sum(1 for message in catalogue if message.id and not message.string)
            sys.stdout.write(f"{package} {code}: {len(catalogue)} sentences, {missing} untranslated\n")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or PACKAGES)
