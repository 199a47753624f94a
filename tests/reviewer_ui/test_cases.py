"""Lists: only what the person holds a grant for, filtered without a trace in addresses."""

from __future__ import annotations

from collections.abc import Callable

from tests.reviewer_ui.browser import Browser
from tests.triage.world import Filed, World, open_waiting

Sit = Callable[[str], Browser]


def links(browser: Browser) -> list[str]:
    return [link for link in browser.page.read().links if link.startswith("/cases/")]


def test_a_recused_person_sees_nothing_anywhere(at_desk: Sit, world: World) -> None:
    world.file("Fue enlace-1 quien cobró.", recused=("enlace-1",))
    open_waiting(world)
    ours, theirs = at_desk("enlace-2"), at_desk("enlace-1")
    ours.get("/cases")
    (case,) = links(ours)
    for path in ("/", "/cases", "/board"):
        assert "cobr" in ours.get(path).html
        assert "cobr" not in theirs.get(path).html
    forbidden = theirs.get(case)
    assert forbidden.status == 404
    absent = theirs.get(f"/cases/{'0' * 32}")
    # The pages name their own address in the link to the other language, and nothing else differs.
    assert forbidden.html.replace(case, "") == absent.html.replace(absent.url, "")
    assert (forbidden.status, forbidden.headers.keys()) == (absent.status, absent.headers.keys())
    assert theirs.get(f"{case}/report").status == 404
    assert theirs.get(f"{case}/files/1").status == 404
    theirs.get("/cases")
    fields: dict[str, str | list[str]] = {"csrf": theirs.token(), "version": "1", "seen": "0", "text": "x"}
    assert theirs.post(f"{case}/note", fields).status == 404


def test_filters_stay_and_leave_no_trace_in_the_address(at_desk: Sit, filed: Filed) -> None:
    browser = at_desk("enlace-1")
    browser.get("/cases")
    page = browser.send("/cases", text="autobús")
    assert page.url == "/cases"
    assert len(links(browser)) == 1
    page = browser.send("/cases", text="barco")
    assert links(browser) == []
    assert "No case fits" in page.text
    assert browser.get("/cases").form_with("text", "state").fields[3] == ("text", "barco")
    browser.send("/cases", clear="1")
    assert len(links(browser)) == 1


def test_every_filter_narrows(at_desk: Sit, filed: Filed) -> None:
    browser = at_desk("enlace-1")
    for fields in (
        {"state": "closed"},
        {"urgency": "immediate"},
        {"group": "money"},
        {"mine": "1"},
    ):
        browser.get("/cases")
        browser.send("/cases", **fields)
        assert links(browser) == [], fields
    browser.get("/cases")
    browser.send("/cases", state="all", urgency="", group="", mine=None)
    assert len(links(browser)) == 1


def test_a_value_no_page_sends_is_refused(at_desk: Sit) -> None:
    browser = at_desk("enlace-1")
    browser.get("/cases")
    assert browser.send("/cases", urgency="whenever").status == 400


def test_the_sorted_column_says_so(at_desk: Sit, filed: Filed) -> None:
    browser = at_desk("enlace-1")
    assert 'aria-sort="ascending"' in browser.get("/cases?sort=due").html
    assert 'aria-sort="descending"' in browser.get("/cases?sort=due&order=desc").html
    assert browser.get("/cases").html.count("aria-sort") == 1
    assert browser.get("/cases?sort=nothing&page=nothing").status == 200


def test_a_long_list_has_pages_of_fifty(at_desk: Sit, world: World) -> None:
    for number in range(53):
        world.file(f"caso número {number}")
    open_waiting(world)
    browser = at_desk("enlace-1")
    first = browser.get("/cases")
    assert len(links(browser)) == 50
    assert "53 cases, 1 to 50 shown" in first.text
    browser.get("/cases?page=2")
    assert len(links(browser)) == 3
    browser.get("/cases?page=99999999")
    assert len(links(browser)) == 3


def test_the_board_moves_a_case_along_the_table(at_desk: Sit, filed: Filed) -> None:
    browser = at_desk("enlace-1")
    browser.get("/board")
    form = browser.page.form_with("target", "back")
    page = browser.post(form.action, browser.fill(form, target="acknowledged"))
    assert page.url == "/board"
    form = browser.page.form_with("target", "back")
    assert ("target", "assessment") in form.fields


def test_rounds_people_and_audit_are_for_their_roles(at_desk: Sit) -> None:
    triager, auditor, admin = at_desk("enlace-1"), at_desk("control-1"), at_desk("vocal-1")
    assert [triager.get(path).status for path in ("/rounds", "/people", "/audit")] == [200, 403, 403]
    assert [auditor.get(path).status for path in ("/rounds", "/people", "/audit")] == [403, 403, 200]
    assert [admin.get(path).status for path in ("/rounds", "/people", "/audit")] == [200, 200, 200]
    assert "enlace-2" in admin.get("/people").text
