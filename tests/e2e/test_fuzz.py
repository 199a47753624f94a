"""Whatever a form, an address or a header carries, either server answers with a page of words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.e2e import reporter
from tests.e2e.client import Client, Form, Page
from tests.e2e.copies import copy_of, started
from tests.e2e.reviewer import Reviewer, open_all
from tests.e2e.system import System

EXPECTED = {200, 400, 401, 403, 404, 405, 409, 411, 413, 415, 422}
ROUNDS = 60
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
ODD = (
    *("", "0", "-1", "9" * 40, "1e9", "NaN", "null", "\x00", "\r\n\r\n", "x" * 5000, "%s%n%00", "١٢٣"),
    *(
        "../../etc/passwd",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "\u202e\ufeff",
        "\U0001f600",
    ),
    *("closed", "immediate", "send", "withdraw", "0" * 32, "f" * 32),
)
# Ends of a person's own stay, which would make the rest of the test say nothing.
LEFT_OUT = ("/logout", "/leave")


def value(dice: random.Random) -> str:
    if dice.random() < 0.7:
        return dice.choice(ODD)
    return "".join(chr(dice.randrange(1, 0xD800)) for _ in range(dice.randrange(20)))


def bent(form: Form, dice: random.Random, kept: tuple[str, ...]) -> list[tuple[str, str]]:
    """The form with some fields replaced, added or dropped; those in `kept` stay, at the end."""
    pairs = [
        (name, value(dice) if dice.random() < 0.4 else text)
        for name, text in form.fields
        if name not in kept and dice.random() < 0.95
    ]
    unset = sorted(form.names - {name for name, _ in form.fields})
    pairs += [(name, value(dice)) for name in unset if dice.random() < 0.6]
    pairs += [button for button in form.buttons if button[0] and dice.random() < 0.5]
    return [*pairs, *(pair for pair in form.fields if pair[0] in kept)]


def send(client: Client, page: Page, form: Form, pairs: list[tuple[str, str]]) -> Page:
    action = form.action or page.url
    if form.method == "get":
        return client.get(f"{action}?{urlencode(pairs)}")
    return client.request("POST", action, urlencode(pairs).encode(), URLENCODED)


@pytest.fixture(scope="module")
def system(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Both servers; at the end neither log names an error that nobody caught."""
    system = copy_of(founded, tmp_path_factory.mktemp("fuzz"))
    with started(system) as running:
        yield running
    for name in ("intake", "desk"):
        log = system.path(f"{name}.log").read_text()
        assert "error" not in log.lower().replace("memory could not", ""), log


@pytest.fixture(scope="module")
def case_id(system: System) -> str:
    reporter.file_report(system, story="Un caso.")
    Reviewer(system, "vocal-1").fetch()
    open_all(system, ["vocal-1", "vocal-2"])
    return Reviewer(system, "triaje-1").case_ids()[0]


def checked(page: Page) -> int:
    assert page.status in EXPECTED, (page.url, page.status, page.text[:300])
    assert "Traceback" not in page.html
    return page.status


@pytest.mark.parametrize("seed", range(2))
def test_the_intakes_forms_with_anything_in_them(system: System, seed: int) -> None:
    dice, client = random.Random(seed), system.intake
    code = reporter.file_report(system, story="Para abrir.").code
    pages = [client.get("/es/new"), client.get("/en/open"), reporter.open_code(system, code)]
    pages.append(reporter.check(system, client, "es", {"story": "Algo."}))
    system.move_clock(seconds=reporter.READING_SECONDS)
    seen = [
        checked(send(client, page, form, bent(form, dice, ("token", "end"))))
        for page in pages
        for form in page.read().forms
        for _ in range(ROUNDS)
    ]
    assert {200, 422} <= set(seen)


@pytest.mark.parametrize("label", ["triaje-1", "vocal-1", "auditoria"])
def test_the_desks_forms_with_anything_in_them(system: System, case_id: str, label: str) -> None:
    dice, reviewer = random.Random(label), Reviewer(system, label)
    seen = []
    for path in ("/", "/cases", "/board", "/rounds", "/audit", f"/cases/{case_id}"):
        page = reviewer.client.get(path)
        for form in page.read().forms:
            slow = form.action.endswith(("/audit", "/unlock"))  # a passphrase is tried each time
            if not form.action.endswith(LEFT_OUT):
                for _ in range(2 if slow else ROUNDS // 3):
                    seen.append(checked(send(reviewer.client, page, form, bent(form, dice, ("csrf",)))))
    assert len(seen) > 5
    assert reviewer.client.get("/").by_id("lock-state") is not None


ADDRESSES = (
    *("/files/99999999999", "/files/" + "9" * 200, "/files/-1", "/files/x", "/report/x", "/note"),
    *("/../../people", "/%00", "/" + "x" * 900, "?version=" + "9" * 99),
)


def test_the_desks_addresses_with_anything_in_them(system: System, case_id: str) -> None:
    client = Reviewer(system, "triaje-1").client
    for ending in ADDRESSES:
        checked(client.get(f"/cases/{case_id}{ending}"))
    for text in ODD:
        sent = quote(text[:200])
        for path in ("/cases/{}", "/cases?page={0}&sort={0}&urgency={0}", "/language/{}", "/static/{}"):
            checked(client.get(path.format(sent)))
        back = client.request("GET", f"/language/es?back={sent}")
        assert back.url.startswith(client.origin)


def test_the_intakes_addresses_and_headers_with_anything_in_them(system: System) -> None:
    client = system.intake
    for text in ODD:
        sent = quote(text[:200])
        for path in ("/{}", "/es/{}", "/static/{}", "/es/new?{}"):
            checked(client.get(path.format(sent)))
        header = text.encode("ascii", "replace").decode().replace("\r\n", " ").replace("\x00", " ")[:3000]
        for name in ("Accept-Language", "Accept-Encoding", "Cookie", "Content-Type"):
            checked(client.request("GET", "/es/", b"", {name: header}))
