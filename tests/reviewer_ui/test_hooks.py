"""docs/desk.md against the app: the same paths with the same methods, and ids that templates have."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/desk.md").read_text("utf-8")


def test_the_app_has_exactly_these_paths(app: Flask) -> None:
    told: dict[str, set[str]] = {}
    for path, methods in re.findall(r"^\| `(/[^`]*)` \| ([A-Z, ]+) \|", PAGE, re.MULTILINE):
        told[path] = set(methods.split(", "))
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<case:case_id>", "<id>", rule.rule)
        path = re.sub(r"<(?:int:)?(\w+)>|<path:filename>", lambda each: f"<{each[1] or 'name'}>", path)
        found.setdefault(path, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    assert found == told


def test_every_id_stands_in_a_template() -> None:
    templates = "".join(
        path.read_text("utf-8") for path in sorted((ROOT / "reviewer_ui/templates").glob("*.html"))
    )
    ids = re.findall(r"`#([\w-]+)", PAGE)
    assert len(ids) > 10
    for each in ids:
        assert f'id="{each}"' in templates or f'"{each}")' in templates, each
