"""docs/hooks.md names what tools rely on; the pages keep it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from intake.form import FIELDS, GROUPS, REPORTERS, TRIS, WHENS
from intake.places import KINDS
from tests.e2e.client import Page
from tests.intake.conftest import Browser, World

TABLES = (Path(__file__).parent.parent.parent / "docs" / "hooks.md").read_text(encoding="utf-8")


def section(title: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    body = TABLES.split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in body.splitlines() if line.startswith("|")]
    return rows[2:]


def pages(browser: Browser) -> dict[str, Page]:
    """Every kind of page, on one way through them."""
    empty = browser.get("/es/new")
    checked = browser.check({"story": "x", "place": "station", "place_state": "MX-CHP"})
    sent = browser.send(checked)
    looked = browser.look(checked.by_id("receipt-code") or "")
    message = browser.submit(looked, looked.form_with("text"), {"text": "x"})
    fast = browser.submit(message, message.form_with("text"), {"text": "x"})
    file = browser.submit(sent, sent.form_with("hidden_data"), {}, file=("file", "a", b"x"))
    refused = browser.check({"story": ""})
    found = {"new": empty, "check": checked, "sent": sent, "status": looked, "message": message}
    found |= {"again": fast, "file": file, "refused": refused}
    return found | {name: browser.get(f"/es/{name}") for name in ("open", "how", "board")}


@pytest.fixture
def html(world: World) -> str:
    return "\n".join(page.html for page in pages(world.browser()).values())


def test_every_id_of_the_table_stands_on_a_page(html: str) -> None:
    ids = {match for row in section("Ids") for match in re.findall(r"#([a-z-]+)", row[0])}
    # Only with watchers on the board; its own test stands in test_views.
    assert {name for name in ids if f'id="{name}"' not in html} == {"delivery"}


def test_every_field_of_a_page_stands_in_the_table_and_the_other_way_round(html: str) -> None:
    table = {name for row in section("Fields") for name in re.findall(r"`(\w+)`", row[0])}
    assert {*re.findall(r'\sname="(\w+)"', html)} - {"viewport"} == table
    assert {*FIELDS, "recused"} <= table


@pytest.mark.parametrize(
    ("field", "values"),
    [("group", GROUPS), ("reporter", REPORTERS), ("when", WHENS), ("detained", TRIS), ("place", KINDS)],
)
def test_the_values_of_a_choice_are_those_of_the_table(field: str, values: dict[str, str]) -> None:
    (row,) = (row for row in section("Fields") if f"`{field}`" in row[0])
    assert [str(value) for value in values if f"`{value}`" not in row[2]] == []


def test_every_path_of_the_table_answers(world: World) -> None:
    for row in section("Paths"):
        path = row[0].strip("`").replace("xx", "es")
        if "HASH" not in path:
            assert world.browser().wsgi.get(path).status_code in {200, 303}
