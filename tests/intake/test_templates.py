"""House rules of templates, held by a lint: escaping cannot help against what stands outside quotes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from intake.pages import environment

FOLDER = Path(__file__).parent.parent.parent / "intake" / "templates"
TEMPLATES = sorted(FOLDER.rglob("*"))
TAG = re.compile(r"<[a-zA-Z][^<>]*>", re.DOTALL)
EXPRESSION = re.compile(r"{{.*?}}|{%.*?%}|{#.*?#}", re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_keeps_the_rules(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert path.suffix == ".html"
    for rule in (
        r"\|\s*safe\b",
        r"\sstyle\s*=",
        r"javascript:",
        r"<script",
        r"autoescape",
        r"https?://",
        r"\bMarkup\b",
    ):
        assert not re.search(rule, source), rule
    blank = EXPRESSION.sub("X", source)
    for tag in TAG.findall(blank):
        assert not re.search(r"\son[a-z]+\s*=", tag), tag
        # Every attribute has its value in double quotes, or is one of the few without a value.
        left = re.sub(r'\s[a-z:-]+="[^"]*"', "", tag)
        assert re.fullmatch(r"<[a-z][a-z0-9]*(\s(checked|selected|X))*\s*>", left), tag


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_addresses_begin_with_our_own_host(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    for value in re.findall(r'\s(?:href|src|action|formaction)="([^"]*)"', source):
        assert value.startswith(("/", "#", "{{ css }}", "{{ slot('action') }}", "{{ action }}")), value


def test_every_template_is_escaped_whatever_its_name() -> None:
    engine = environment("es")
    assert engine.autoescape is True
    assert engine.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
