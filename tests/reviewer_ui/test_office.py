"""Rounds, fetching, the audit trail and the list of people."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from tests.reviewer_ui.browser import Browser
from tests.triage.world import Filed, World, passphrase
from triage.register import writing

Sit = Callable[[str], Browser]


def test_fetching_collects_and_says_no_number(at_desk: Sit, world: World) -> None:
    browser = at_desk("vocal-1")
    browser.get("/rounds")
    empty = browser.send("/rounds/collect").text
    world.file("uno")
    world.file("dos")
    assert browser.send("/rounds/collect").text == empty
    assert list(world.drop.report_ids()) == []


def test_a_round_is_run_and_its_day_shown(at_desk: Sit, world: World, filed: Filed) -> None:
    browser = at_desk("enlace-1")
    assert "No slot round has run yet." in browser.get("/rounds").text
    page = browser.send("/rounds")
    assert "The round ran" in page.text
    assert "Last slot round: 2026-11-02." in page.text
    assert world.slot(filed).signed


def test_a_round_says_nothing_of_the_cases_of_others(at_desk: Sit, world: World, filed: Filed) -> None:
    """Whoever was kept from a case could else count it among the slots of those who sit beside them (T3)."""
    kept_out = at_desk("vocal-1")
    kept_out.get("/rounds")
    alone = kept_out.send("/rounds").text
    at_desk("enlace-1")
    assert kept_out.send("/rounds").text == alone
    assert world.slot(filed).signed


def test_an_auditor_reads_the_entries_with_the_passphrase(at_desk: Sit, filed: Filed) -> None:
    browser = at_desk("control-1")
    page = browser.get("/audit")
    assert "The chain holds" in page.text
    assert page.by_id("entries") is None
    page = browser.send("/audit", passphrase="not mine")
    assert page.status == 422
    page = browser.send("/audit", passphrase=passphrase("control-1"))
    entries = page.by_id("entries")
    assert entries is not None
    assert "vocal-1" in entries and "login" in entries and "report opened" in entries
    assert "autobús" not in page.html


def test_a_changed_entry_is_named(at_desk: Sit, world: World, filed: Filed) -> None:
    browser = at_desk("control-1")
    with writing(world.desk.register) as connection:
        connection.execute(text("UPDATE audit SET day = '2020-01-01' WHERE number = 3"))
    # An entry of the desk itself may be unsigned; then the next one shows that it was changed.
    text_shown = browser.get("/audit").text
    assert "The chain is broken at entry 3" in text_shown or "broken at entry 4" in text_shown


def test_an_admin_sees_who_has_a_login_and_how_to_add_one(at_desk: Sit) -> None:
    page = at_desk("vocal-1").get("/people")
    assert "member, auditor, admin" in page.text
    assert "resguardo desk person add" in page.text
