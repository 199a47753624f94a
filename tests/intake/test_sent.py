"""Files on the page that acknowledges a report: one a request, the report already safe."""

from __future__ import annotations

import pytest

from crypto.receipt import ReceiptCode
from intake.drop import DropFullError, Filing
from tests.e2e.client import Page
from tests.intake.conftest import Browser, World


def sent(browser: Browser) -> Page:
    return browser.send(browser.check({"story": "algo"}))


def test_files_are_added_one_by_one_and_numbered(world: World) -> None:
    browser = world.browser("en")
    page = sent(browser)
    for number, name in enumerate(("a.txt", "b.txt"), 1):
        page = browser.submit(page, page.form_with("hidden_data"), {}, file=("file", name, b"data"))
        assert (page.by_id("file-acknowledged") or "").startswith(f"We have your file: {name}.")
        assert page.by_id("acknowledged") == "We have your report"
        assert dict(page.form_with("hidden_data").fields)["n"] == str(number)
    assert len(world.drop.message_ids()) == 2


def test_a_file_that_the_reporter_wants_as_it_is_is_not_excused(world: World) -> None:
    browser = world.browser("en")
    page = sent(browser)
    done = browser.submit(
        page, page.form_with("hidden_data"), {"hidden_data": "keep"}, file=("file", "a.txt", b"x")
    )
    assert done.by_id("file-acknowledged") == "We have your file: a.txt."


def test_a_failed_file_leaves_the_report_acknowledged_and_the_code_on_the_page(world: World) -> None:
    browser = world.browser("en")
    page = sent(browser)
    done = browser.submit(page, page.form_with("hidden_data"), {})
    assert done.status == 422
    assert "Choose a file first" in (done.by_id("error-summary") or "")
    assert done.by_id("receipt-code") == page.by_id("receipt-code")
    assert done.by_id("acknowledged") == "We have your report"


def test_a_file_under_a_code_without_a_report_is_not_taken(world: World) -> None:
    browser = world.browser("en")
    page = sent(browser)
    form = page.form_with("hidden_data")
    done = browser.submit(page, form, {"code": str(ReceiptCode.generate())}, file=("file", "a.txt", b"x"))
    assert done.by_id("case-state") == "There is nothing under this code."
    assert world.drop.message_ids() == []


@pytest.mark.parametrize("token", ["", "forged"])
def test_an_upload_with_a_form_that_is_not_ours_leads_on_to_the_thread(world: World, token: str) -> None:
    browser = world.browser("en")
    page = sent(browser)
    form = page.form_with("hidden_data")
    done = browser.submit(page, form, {"token": token}, file=("file", "a.txt", b"x"))
    assert done.status == 400
    assert world.drop.message_ids() == []
    world.clock.pass_time(seconds=5)
    status = browser.submit(done, done.read().forms[0], {})
    assert status.by_id("case-state") is not None


def test_an_old_form_does_not_cost_the_file(world: World) -> None:
    browser = world.browser("en")
    page = sent(browser)
    world.clock.pass_time(days=5)
    done = browser.submit(page, page.form_with("hidden_data"), {}, file=("file", "a.txt", b"x"))
    assert done.by_id("file-acknowledged") is not None


def test_a_full_drop_says_that_the_file_was_not_received(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(message: object) -> Filing:
        raise DropFullError("full")

    browser = world.browser("en")
    page = sent(browser)
    monkeypatch.setattr(world.drop, "add_message", fail)
    done = browser.submit(page, page.form_with("hidden_data"), {}, file=("file", "a.txt", b"x"))
    assert done.status == 503
    assert "Not received" in done.text
    assert dict(done.read().forms[0].fields)["code"] == page.by_id("receipt-code")
