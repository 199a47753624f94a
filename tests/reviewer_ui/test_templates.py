"""What no template may hold: a way around autoescape, around the policy, or around the token of forms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "reviewer_ui/templates"
TEMPLATES = sorted(FOLDER.rglob("*"))
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def source(path: Path) -> str:
    return path.read_text("utf-8")


def markup(path: Path) -> str:
    """The template with every expression replaced by a word, so that only its own markup is left."""
    return JINJA.sub("x", source(path))


def test_templates_have_the_name_that_autoescape_knows() -> None:
    assert TEMPLATES
    assert all(path.suffix == ".html" for path in TEMPLATES)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_nothing_goes_around_autoescape(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape|Markup", source(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_script_no_style_no_handler(path: Path) -> None:
    text = markup(path)
    assert not re.search(r"<\s*(script|style|iframe|object|embed|base)\b", text, re.IGNORECASE)
    assert not re.search(r"\s(style|on[a-z]+)\s*=", text, re.IGNORECASE)
    assert "javascript:" not in text.lower()
    assert not re.search(r"https?://", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_attribute_is_quoted(path: Path) -> None:
    for tag in re.findall(r"<[a-zA-Z][^<>]*>", markup(path)):
        values = re.sub(r'"[^"]*"', '""', tag)
        assert not re.search(r"=\s*[^\"\s>]", values), tag


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_links_and_forms_go_only_to_our_own_routes(path: Path) -> None:
    for target in re.findall(r'\b(?:href|action|src)="([^"]*(?:\{\{.*?\}\}[^"]*)?)"', source(path)):
        own = target.startswith(("#", "{{ url_for(", "{{ request.path }}"))
        assert own, target


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_form_posts_and_ends_with_the_token(path: Path) -> None:
    for form in re.findall(r"<form\b.*?</form>", source(path), re.DOTALL):
        assert 'method="post"' in form
        assert re.search(r"\{\{ parts\.(case_)?end\([^)]*\) \}\}\s*</form>$", form), form[-80:]


#: what came from outside, by the name it has in templates; `clean` must follow
OUTSIDE = (
    "record.title",
    "told.story",
    "told.who",
    "each.file.name",
    "each.file.media_type",
    "record.language",
    "told.language",
    "row.assignee",
    "record|place",
    "holder.person.label",
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_text_from_outside_is_cleaned_where_it_is_shown(path: Path) -> None:
    for expression in re.findall(r"\{\{(.*?)\}\}", source(path), re.DOTALL):
        for name in OUTSIDE:
            if name in expression and f'lang="{{{{{expression}}}}}"' not in source(path):
                shown = re.search(re.escape(name) + r"[\w.]*(\|place)?\s*\|\s*clean", expression)
                quoted = "|dir" in expression or "parts." in expression or "hidden" in expression
                assert shown or quoted, expression
