"""Documents that can rot: commands, options, make targets, links and paths that they name must exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from resguardo import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND_PAGES = [ROOT / "README.md", ROOT / "docs" / "operations.md", ROOT / "docs" / "protocol.md"]


def commands(page: Path) -> Iterator[list[str]]:
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(), flags=re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith(("resguardo ", "make ")):
                yield shlex.split(line, comments=True)


def all_commands() -> list[tuple[str, list[str]]]:
    return [(page.name, words) for page in COMMAND_PAGES for words in commands(page)]


@pytest.mark.parametrize(("page", "words"), all_commands(), ids=lambda value: str(value)[:60])
def test_a_documented_command_exists_with_its_options(page: str, words: list[str]) -> None:
    if words[0] == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M)
        assert set(w for w in words[1:] if "=" not in w) <= set(targets), page
        return
    command: click.Command = main
    context = click.Context(command)
    rest = words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest[0])
        assert found is not None, f"{page}: no command {' '.join(words)}"
        command, rest = found, rest[1:]
    known = {flag for option in command.params for flag in option.opts + option.secondary_opts}
    known |= {"--help", "--version"}
    for word in rest:
        if word.startswith("-"):
            assert word.split("=")[0] in known, f"{page}: {word} is unknown to {' '.join(words[:4])}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
    for path in re.findall(r"`(tests/[\w/.]+)`", text):
        assert (ROOT / path).exists(), f"{page.name}: {path}"


def test_each_decision_has_its_number_and_a_price() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = path.read_text()
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        assert "**Bad.**" in text, path.name
        assert text.count("\n") <= 60, path.name


def test_the_glossary_has_one_line_a_word() -> None:
    table = (ROOT / "docs" / "architecture.md").read_text().split("## Glossary")[1]
    words = re.findall(r"^\| ([a-z ]+) \|", table, flags=re.M)
    assert len(words) > 30
    assert len(words) == len(set(words))


def test_no_page_names_a_machine_path() -> None:
    for page in PAGES:
        assert not re.search(r"/(root|home|tmp|work)/", page.read_text()), page.name
