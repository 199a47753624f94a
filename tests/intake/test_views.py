"""The way of a report through the pages: nothing typed is lost, nothing half is acknowledged."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from crypto.hybrid import HybridIdentity
from crypto.receipt import ReceiptCode
from intake.drop import DropError, DropFullError, Filing
from intake.limits import BusyError
from tests.e2e.client import Page
from tests.intake.conftest import DAY, Browser, MakeWorld, World, make_manifest

STORY = "\n El agente <b>dijo</b>: «pague» & firme \r\n\n  fin "


def hidden(page: Page) -> dict[str, str]:
    """The fields of the first form of a page."""
    return dict(page.read().forms[0].fields)


def post(browser: Browser, path: str, fields: dict[str, str]) -> Page:
    body = urlencode(fields).encode()
    return browser.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_report_goes_in_and_its_code_opens_its_thread(world: World, language: str) -> None:
    browser = world.browser(language)
    code = browser.file()
    assert world.drop.waiting().count == 1
    report = world.drop.get_report(world.drop.report_ids()[0])
    assert (report.day, report.danger, len(report.shares)) == (DAY, False, 3)
    page = browser.look(code)
    assert page.status == 200
    assert 'data-state="arrived"' in page.html


def test_the_code_is_shown_before_anything_is_sent(world: World) -> None:
    page = world.browser().check({"story": STORY})
    shown = page.by_id("receipt-code")
    assert shown is not None
    assert len(ReceiptCode.parse(shown).groups) == 6
    assert world.drop.waiting().count == 0


def test_the_story_comes_back_from_every_step_as_it_was_typed(world: World) -> None:
    browser = world.browser()
    checked = browser.check({"story": STORY.replace("\r\n", "\n").replace("\n", "\r\n"), "plate": "a\rb"})
    typed = STORY.replace("\r\n", "\n")
    assert hidden(checked)["story"] == typed
    assert hidden(checked)["plate"] == "a\rb"
    edited = browser.submit(checked, checked.form_with("typed_back"), {}, button=("step", "edit"))
    assert dict(edited.form_with("story").fields)["story"] == typed
    assert hidden(edited)["code"] == hidden(checked)["code"]


def test_the_danger_mark_is_on_the_outside_only_if_it_was_ticked(world: World) -> None:
    world.browser().file(danger_now="yes")
    assert world.drop.get_report(world.drop.report_ids()[0]).danger


def test_sending_twice_stores_once_and_says_so(world: World) -> None:
    browser = world.browser()
    checked = browser.check({"story": STORY})
    browser.send(checked)
    again = browser.send(checked)
    assert again.by_id("acknowledged") == "Ya teníamos este reporte"
    assert again.by_id("receipt-code") == checked.by_id("receipt-code")
    assert world.drop.waiting().count == 1


@pytest.mark.parametrize(
    ("typed_back", "warned"), [("", False), ("right", False), ("00000", True), ("x", True)]
)
def test_a_code_typed_back_wrongly_helps_and_never_blocks(
    world: World, typed_back: str, warned: bool
) -> None:
    browser = world.browser("en")
    checked = browser.check({"story": STORY})
    last = (checked.by_id("receipt-code") or "")[-5:]
    sent = browser.send(checked, typed_back=last if typed_back == "right" else typed_back)
    assert sent.by_id("acknowledged") == "We have your report"
    # One chance in 100,000 that the code ends in the zeros typed here.
    assert ("not the last five" in sent.text) is (warned and last != typed_back)


def test_digits_of_other_scripts_are_typed_back_well(world: World) -> None:
    browser = world.browser("en")
    checked = browser.check({"story": STORY})
    last = (checked.by_id("receipt-code") or "")[-5:]
    arabic = "".join(chr(0x660 + int(digit)) for digit in last)
    assert "not the last five" not in browser.send(checked, typed_back=arabic).text


@pytest.mark.parametrize("seconds", [0, 2])
def test_a_form_sent_too_fast_comes_back_whole_with_one_button(world: World, seconds: int) -> None:
    browser = world.browser()
    page = browser.get("/es/new")
    world.clock.pass_time(seconds=seconds)
    answer = browser.submit(page, page.form_with("story"), {"story": STORY, "recused": ["vocal-1", "mesa-1"]})
    (form,) = answer.read().forms
    assert len(form.buttons) == 1
    world.clock.pass_time(seconds=5)
    checked = browser.submit(answer, form, {})
    assert checked.by_id("receipt-code") is not None
    assert hidden(checked)["story"] == STORY.replace("\r\n", "\n")
    assert "mesa-1, vocal-1" in checked.text


@pytest.mark.parametrize("late", [timedelta(days=3), timedelta(days=-3650)])
def test_a_form_kept_open_for_days_loses_nothing(world: World, late: timedelta) -> None:
    browser = world.browser()
    checked = browser.check({"story": STORY})
    world.clock.now += late
    answer = browser.send(checked)
    assert world.drop.waiting().count == 0
    world.clock.pass_time(seconds=5)
    sent = browser.submit(answer, answer.read().forms[0], {})
    assert sent.by_id("receipt-code") == checked.by_id("receipt-code")
    assert sent.by_id("acknowledged") is not None


def test_a_browser_that_fills_the_trap_is_not_refused(world: World) -> None:
    browser = world.browser()
    page, form = browser.open_form()
    answer = browser.submit(page, form, {"story": STORY, "website": "x"})
    world.clock.pass_time(seconds=5)
    assert browser.submit(answer, answer.read().forms[0], {}).by_id("receipt-code") is not None


@pytest.mark.parametrize("step", ["check", "send"])
def test_a_form_without_its_end_marker_is_not_acknowledged(world: World, step: str) -> None:
    browser = world.browser()
    fields = hidden(browser.check({"story": STORY})) | {"step": step}
    del fields["end"]
    answer = post(browser, "/es/new", fields)
    assert answer.status == 400
    assert answer.by_id("acknowledged") is None
    assert hidden(answer)["story"] == STORY.replace("\r\n", "\n")
    assert world.drop.waiting().count == 0


def test_an_empty_form_is_refilled_and_says_what_is_needed(world: World) -> None:
    answer = world.browser().check({"story": "  ", "plate": "XYZ-1", "pass_on": "yes", "when": "today"})
    assert answer.status == 422
    assert "Basta una de las dos cosas" in (answer.by_id("error-summary") or "")
    assert 'href="#story"' in answer.html
    form = dict(answer.form_with("story").fields)
    assert (form["plate"], form["pass_on"], form["when"], form["story"]) == ("XYZ-1", "yes", "today", "  ")


def test_a_story_beyond_the_limit_comes_back_whole_with_the_limit(world: World) -> None:
    story = "á" * 100_001
    answer = world.browser().check({"story": story})
    assert answer.status == 422
    assert "100 000" in (answer.by_id("error-summary") or "")
    assert dict(answer.form_with("story").fields)["story"] == story


def test_recusing_too_many_keeps_the_text_and_names_other_ways(world: World) -> None:
    answer = world.browser().check({"story": STORY, "recused": ["vocal-1", "vocal-2"]})
    assert answer.status == 422
    assert "CNDH" in (answer.by_id("error-summary") or "")
    assert "vocal-2" in [value for name, value in answer.form_with("story").fields if name == "recused"]


def test_with_watchers_the_page_says_who_can_open_it(
    make_world: MakeWorld, members: tuple[HybridIdentity, ...]
) -> None:
    browser = make_world(make_manifest(members, watchers=True)).browser()
    answer = browser.check({"story": STORY, "recused": ["vocal-1", "vocal-2"]})
    assert "observatorio" in (answer.by_id("delivery") or "")
    assert browser.send(answer).by_id("acknowledged") is not None


def test_before_writing_the_form_says_how_many_must_be_left(world: World) -> None:
    assert "deben quedar por lo menos 2" in world.browser().get("/es/new").text


def test_a_form_begun_under_another_list_of_people_comes_back_at_check(world: World) -> None:
    browser = world.browser()
    checked = browser.check({"story": STORY, "recused": ["vocal-1"]})
    fields = hidden(checked) | {"step": "send", "board": "0" * 64, "recused": "vocal-9"}
    answer = post(browser, "/es/new", fields)
    assert "La lista de personas cambió" in answer.text
    assert answer.by_id("receipt-code") == checked.by_id("receipt-code")
    assert world.drop.waiting().count == 0
    assert browser.send(answer).by_id("acknowledged") is not None


def test_a_damaged_code_becomes_a_new_one_before_anything_is_sent(world: World) -> None:
    browser = world.browser()
    checked = browser.check({"story": STORY})
    answer = post(browser, "/es/new", hidden(checked) | {"step": "send", "code": "12345"})
    assert "Este es uno nuevo" in answer.text
    assert world.drop.waiting().count == 0


@pytest.mark.parametrize("failure", [DropFullError("full"), DropError("fault"), BusyError()])
def test_what_could_not_be_stored_is_said_and_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(sealed: object) -> Filing:
        raise failure

    browser = world.browser()
    checked = browser.check({"story": STORY})
    with monkeypatch.context() as patched:
        patched.setattr(world.drop, "file_report", fail)
        answer = browser.send(checked)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "No se recibió" in answer.text
    assert answer.by_id("acknowledged") is None
    assert browser.send(answer).by_id("acknowledged") == "Tenemos su reporte"
    assert hidden(answer)["code"] == hidden(checked)["code"]


def test_a_fault_of_our_own_keeps_the_text_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(sealed: object) -> Filing:
        raise RuntimeError

    browser = world.browser()
    checked = browser.check({"story": STORY})
    with monkeypatch.context() as patched:
        patched.setattr(world.drop, "file_report", fail)
        answer = browser.send(checked)
    assert answer.status == 500
    assert hidden(answer)["story"] == STORY.replace("\r\n", "\n")


def test_past_its_end_the_list_is_noted_and_long_past_it_closed(world: World) -> None:
    browser = world.browser()
    world.clock.pass_time(days=376)
    assert "vencida" in browser.get("/es/new").text
    assert browser.file() is not None
    checked = browser.check({"story": STORY})
    world.clock.pass_time(days=60)
    closed = browser.get("/es/new")
    assert closed.status == 503
    assert "CNDH" in closed.text
    world.clock.pass_time(seconds=10)
    kept = browser.submit(browser.send(checked), browser.send(checked).read().forms[0], {})
    assert kept.by_id("acknowledged") is None
    assert STORY.replace("\r\n", "\n") in hidden(kept)["story"]
