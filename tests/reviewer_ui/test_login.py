"""Coming in and going out: sessions, tokens, idle time, and what is never told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from reviewer_ui.gate import BUDGET, DELAY_SECONDS
from reviewer_ui.session import COOKIE, MAX_AGE
from tests.headers import assert_headers
from tests.reviewer_ui.browser import ORIGIN, Browser
from tests.triage.world import Filed, World, passphrase

Sit = Callable[[str], Browser]

CLOSED = ["/", "/cases", "/board", "/rounds", "/people", "/audit", "/unlocking", f"/cases/{'0' * 32}"]


@pytest.mark.parametrize("path", CLOSED)
def test_every_page_but_the_login_asks_for_one(app: Flask, path: str) -> None:
    assert Browser(app).get(path).url == "/login"


def test_label_and_passphrase_open_the_desk(at_desk: Sit) -> None:
    page = at_desk("vocal-1").page
    assert page.url == "/"
    lock = page.by_id("lock-state")
    assert lock is not None
    assert "Unlocked" in lock and "vocal-1" in lock and "15 min" in lock


@pytest.mark.parametrize(
    ("label", "words"), [("vocal-1", "wrong"), ("nobody", passphrase("nobody")), ("", ""), ("vocal-1", "")]
)
def test_a_refused_login_says_one_thing_only(app: Flask, world: World, label: str, words: str) -> None:
    browser = Browser(app)
    browser.get("/login")
    page = browser.send("/login", label=label, passphrase=words)
    assert page.status == 422
    assert page.by_id("error-summary") == (
        "You are not logged in The label and the passphrase do not fit together."
    )
    assert not words or words not in page.html
    assert world.desk.present() == ()


def test_the_cookie_is_for_this_host_and_no_script_and_gets_a_new_value_at_login(app: Flask) -> None:
    browser = Browser(app)
    first = browser.get("/login").headers["Set-Cookie"]
    for part in (f"{COOKIE}=", "Secure", "HttpOnly", "Path=/", "SameSite=Strict"):
        assert part in first
    assert "Domain" not in first and "Expires" not in first and "Max-Age" not in first
    form = browser.page.form_with("label", "passphrase")
    fields = browser.fill(form, label="vocal-1", passphrase=passphrase("vocal-1"))
    second = browser.post("/login", fields, follow=False).headers["Set-Cookie"]
    assert second.split(";")[0] != first.split(";")[0]


def test_the_token_of_the_login_form_is_needed(app: Flask, world: World) -> None:
    browser = Browser(app)
    browser.get("/login")
    page = browser.send("/login", label="vocal-1", passphrase=passphrase("vocal-1"), csrf=None)
    assert page.status == 400
    assert world.desk.present() == ()


def test_leaving_forgets_the_seat(at_desk: Sit, world: World) -> None:
    browser = at_desk("vocal-1")
    assert len(world.desk.present()) == 1
    page = browser.send("/logout")
    assert page.url == "/login"
    assert world.desk.present() == ()
    assert browser.get("/cases").url == "/login"


def test_logging_in_over_a_login_forgets_the_one_before(at_desk: Sit, world: World) -> None:
    browser = at_desk("vocal-1")
    fields: dict[str, str | list[str]] = {
        "csrf": browser.token(),
        "label": "enlace-1",
        "passphrase": passphrase("enlace-1"),
    }
    assert browser.post("/login", fields).url == "/"
    assert [seat.person.label for seat in world.desk.present()] == ["enlace-1"]


def test_an_idle_seat_is_forgotten_and_a_used_one_is_not(at_desk: Sit, world: World) -> None:
    browser = at_desk("vocal-1")
    world.clock.move(minutes=14)
    assert browser.get("/cases").url == "/cases"
    world.clock.move(minutes=14)
    assert browser.get("/cases").url == "/cases"
    world.clock.move(minutes=15)
    assert browser.get("/cases").url == "/login"
    assert world.desk.present() == ()


def test_a_session_ends_after_twelve_hours_of_work(at_desk: Sit, world: World) -> None:
    browser = at_desk("vocal-1")
    for _ in range(int(MAX_AGE / timedelta(minutes=10)) + 1):
        world.clock.move(minutes=10)
        browser.get("/rounds")
    assert browser.page.url == "/login"


def test_text_typed_into_a_locked_desk_comes_back(at_desk: Sit, filed: Filed, world: World) -> None:
    browser = at_desk("enlace-1")
    browser.get("/cases")
    case = next(link for link in browser.page.read().links if link.startswith("/cases/"))
    browser.get(case)
    world.clock.move(minutes=16)
    page = browser.send("/note", text="Llamar a <la> madre")
    assert page.status == 401
    assert "was not saved" in page.text
    assert "Llamar a &lt;la&gt; madre" in page.html


def test_pages_without_a_text_field_go_to_the_locked_page_by_themselves(at_desk: Sit, filed: Filed) -> None:
    browser = at_desk("enlace-1")
    for path in ("/", "/cases", "/board", "/rounds"):
        assert browser.get(path).headers["Refresh"] == "905; url=/locked"
    case = next(link for link in browser.get("/cases").read().links if link.startswith("/cases/"))
    assert "Refresh" not in browser.get(case).headers


def test_logins_over_the_budget_wait_and_still_get_in(app: Flask, pauses: list[float]) -> None:
    budget = int(BUDGET.split()[0])
    for _ in range(budget):
        browser = Browser(app)
        browser.get("/login")
        assert browser.send("/login", label="vocal-1", passphrase="x").status == 422
    assert pauses == []
    assert Browser(app).login("vocal-1").url == "/"
    assert pauses == [DELAY_SECONDS]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": ORIGIN}, 403),
        ({"Sec-Fetch-Site": "none", "Origin": ORIGIN}, 403),
    ],
)
def test_a_form_from_elsewhere_is_refused(at_desk: Sit, headers: dict[str, str], status: int) -> None:
    browser = at_desk("vocal-1")
    page = browser.post("/cases", {"csrf": browser.token()}, headers)
    assert page.status == status


def test_the_desk_answers_only_to_its_own_name(app: Flask) -> None:
    answer = app.test_client().get("/login", base_url="https://rebound.example")
    assert answer.status_code == 400


def test_the_language_follows_a_link_and_stays(app: Flask) -> None:
    browser = Browser(app)
    assert "Log in" in browser.get("/login").text
    page = browser.get("/language/es?back=/login")
    assert page.url == "/login"
    assert "Entrar" in page.text
    assert browser.login("vocal-1").url == "/"
    assert "Lo que me espera" in browser.page.text


@pytest.mark.parametrize("back", ["//evil.example", "/\\evil.example", "https://evil.example", "/\n/x"])
def test_the_language_link_leads_nowhere_else(app: Flask, back: str) -> None:
    answer = app.test_client().get("/language/en", base_url=ORIGIN, query_string={"back": back})
    assert answer.headers["Location"] == "/"


def test_an_unknown_language_is_not_found(app: Flask) -> None:
    assert Browser(app).get("/language/xx").status == 404


@pytest.mark.parametrize("path", ["/login", "/", "/cases", "/nothing", "/cases/zz"])
def test_every_page_carries_the_headers(at_desk: Sit, path: str) -> None:
    assert_headers(at_desk("vocal-1").get(path).headers, cookie=True)


def test_the_style_sheet_may_be_kept_and_nothing_else(app: Flask) -> None:
    browser = Browser(app)
    style = browser.get("/login").html.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in browser.get(style).headers["Cache-Control"]
    assert browser.get("/static/icon.svg").headers["Cache-Control"] == "no-store"
