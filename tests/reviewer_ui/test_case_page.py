"""The page of a case and every change on it."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable

import pytest
from flask import Flask

from crypto import age
from crypto.parts import FileMetadata, MessageKind, ReporterMessage
from tests.headers import assert_headers
from tests.reviewer_ui.browser import Browser
from tests.reviewer_ui.conftest import STORY
from tests.triage.world import Filed, World
from triage.case import State
from triage.collect import collect
from triage.rounds import run_round

Sit = Callable[[str], Browser]


@pytest.fixture
def desk(at_desk: Sit, filed: Filed) -> Browser:
    """A triager's browser on the page of the one case."""
    browser = at_desk("enlace-1")
    browser.get("/cases")
    browser.get(next(link for link in browser.page.read().links if link.startswith("/cases/")))
    return browser


def again(browser: Browser) -> Browser:
    browser.get(browser.page.url.partition("#")[0])
    return browser


def test_the_story_is_shown_as_text_in_its_language(desk: Browser) -> None:
    page = desk.page
    assert 'id="story" lang="es" dir="ltr"' in page.html
    assert "&lt;b&gt;por cabeza&lt;/b&gt;" in page.html
    assert "hxxps://malo[.]example/x" in page.text
    assert "https://malo.example" not in page.html


def test_the_exact_text_can_be_saved_byte_for_byte(desk: Browser) -> None:
    page = desk.get(f"{desk.page.url}/report")
    assert page.body == STORY.encode()
    assert page.headers["Content-Type"] == "application/octet-stream"
    assert page.headers["Content-Disposition"].startswith("attachment; filename=")
    assert_headers(page.headers, cookie=True)


def test_a_note_is_kept_and_shown(desk: Browser) -> None:
    page = desk.send("/note", text="Primera línea\r\n<i>segunda</i>")
    assert page.status == 200
    assert "Primera línea\n&lt;i&gt;segunda&lt;/i&gt;" in page.html


def test_an_empty_note_is_refused_with_a_summary(desk: Browser) -> None:
    page = desk.send("/note", text="  ")
    assert page.status == 422
    assert page.by_id("error-summary") == "Nothing was changed Write something first."


def test_a_reply_that_is_too_long_comes_back_whole(desk: Browser) -> None:
    long = "á" * 2001
    page = desk.send("/reply", text=long)
    assert page.status == 422
    assert "The reply has 4002 bytes, and 4000 fit." in page.text
    assert ("text", long) in page.form_with("text").fields or long in html.unescape(page.html)


def test_a_reason_that_is_too_long_names_the_limit(desk: Browser) -> None:
    page = desk.send("/urgency", urgency="urgent", reason="x" * 2001)
    assert page.status == 422
    assert "The text has 2001 letters, and 2000 fit." in page.text


def test_a_reply_goes_out_with_the_next_round(desk: Browser, world: World, filed: Filed) -> None:
    page = desk.send("/reply", text="Le creemos.")
    assert "It goes out with the next slot round." in page.text
    desk.get("/rounds")
    assert "The round ran" in desk.send("/rounds").text
    assert [reply.text for reply in world.slot(filed).replies] == ["Le creemos."]


def test_a_translation_stands_beside_the_report(desk: Browser) -> None:
    desk.send("/translation", text="They took us off the bus.")
    assert ("text", "They took us off the bus.") in again(desk).page.form_with("text").fields


def test_categories_set_the_urgency_and_say_why(desk: Browser) -> None:
    assert desk.page.html.count('name="others"') == 58
    page = desk.send("/categories", primary="DET-02", others=["COR-01", "DET-02"])
    assert page.status == 200
    chosen = page.by_id("categories")
    assert chosen is not None
    assert "DET-02 Detention beyond 36 hours (primary)" in chosen
    urgency = page.by_id("urgency")
    assert urgency is not None
    assert urgency.startswith("Urgency immediate Suggested because: Category: DET-02")


def test_an_unknown_category_is_refused(desk: Browser) -> None:
    assert desk.send("/categories", primary="XXX-01").status == 422


def test_a_person_overrides_the_urgency_with_a_reason(desk: Browser) -> None:
    assert desk.send("/urgency", urgency="urgent", reason="").status == 422
    page = again_at(desk).send("/urgency", urgency="urgent", reason="habló por teléfono")
    shown = page.by_id("urgency")
    assert shown is not None
    assert "urgent set by a person habló por teléfono" in shown


def again_at(browser: Browser) -> Browser:
    """The page of the case, from a page under it."""
    browser.get("/".join(browser.page.url.split("/")[:3]))
    return browser


def test_only_legal_moves_are_offered_and_others_are_refused_by_name(desk: Browser) -> None:
    targets = desk.page.html.split('id="target"')[1].split("</select>")[0]
    assert 'value="acknowledged"' in targets and 'value="closed"' in targets
    assert 'value="investigation"' not in targets
    page = desk.send("/state", target="investigation", reason="porque sí")
    assert page.status == 422
    summary = page.by_id("error-summary")
    assert summary is not None
    assert "It can become: acknowledged, closed." in summary
    assert "porque sí" in page.html


def test_a_case_moves_and_closes_with_an_outcome(desk: Browser) -> None:
    assert desk.send("/state", target="acknowledged").by_id("case-state") == "acknowledged"
    assert desk.send("/state", target="closed").status == 422
    page = again_at(desk).send("/state", target="closed", outcome="duplicate", reason="el mismo hecho")
    assert page.by_id("case-state") == "closed"
    assert "duplicate" in page.text
    assert "withdrawn after the reporter asked" not in page.html


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("/note", {"text": "mi nota que no se pierde"}),
        ("/reply", {"text": "mi nota que no se pierde"}),
        ("/translation", {"text": "mi nota que no se pierde"}),
        ("/urgency", {"urgency": "urgent", "reason": "mi nota que no se pierde"}),
        ("/state", {"target": "acknowledged", "reason": "mi nota que no se pierde"}),
    ],
)
def test_two_people_at_one_case_lose_nothing(
    desk: Browser, at_desk: Sit, action: str, fields: dict[str, str]
) -> None:
    other = at_desk("enlace-2")
    other.get(desk.page.url)
    other.send("/note", text="llegué antes")
    page = desk.send(action, **fields)
    assert page.status == 409
    theirs, mine = page.by_id("theirs"), page.by_id("mine")
    assert theirs is not None and "llegué antes" in theirs
    assert mine is not None and "mi nota que no se pierde" in mine
    form = page.form_with("version", "csrf", *fields)
    page = desk.post(form.action, desk.fill(form))
    assert page.status == 200
    assert "mi nota que no se pierde" in page.html


def test_a_form_with_a_wrong_version_or_none_is_not_taken(desk: Browser) -> None:
    case = desk.page.url
    assert desk.send("/note", text="x", version="12x").status == 400
    desk.get(case)
    assert desk.send("/note", text="x", version=None).status == 400


def test_a_form_that_was_cut_on_the_way_changes_nothing(desk: Browser) -> None:
    form = next(form for form in desk.page.read().forms if form.action.endswith("/note"))
    assert form.fields[-1][0] == "csrf"
    fields = desk.fill(form, text="entera")
    for cut in (1, 10, 42):
        token = str(fields["csrf"])[:-cut]
        page = desk.post(form.action, {**fields, "csrf": token})
        assert page.status == 400
        assert "entera" in page.html
    assert "entera" not in desk.get(form.action.removesuffix("/note")).html


def test_access_is_given_used_and_ended(desk: Browser, at_desk: Sit, world: World) -> None:
    case = desk.page.url
    member = at_desk("vocal-3")
    assert member.get(case).status == 404
    form = desk.page.form_with("person", button=("act", "give"))
    page = desk.post(
        form.action, {**desk.fill(form, person=world.people["vocal-3"].person_id.hex()), "act": "give"}
    )
    assert page.status == 200
    assert member.get(case).status == 200
    page = member.post(
        f"{case}/access",
        {
            **member.fill(member.page.form_with("person", button=("act", "end"))),
            "person": world.people["enlace-2"].person_id.hex(),
            "act": "end",
        },
    )
    assert page.status == 200
    assert at_desk("enlace-2").get(case).status == 404


def test_only_a_member_ends_the_access_of_somebody_else(desk: Browser, world: World) -> None:
    form = desk.page.form_with("person", button=("act", "renew"))
    page = desk.post(form.action, {**desk.fill(form), "act": "end"})
    assert page.status == 422
    assert "Only a member can end" in page.text


def test_leaving_ends_ones_own_access(desk: Browser) -> None:
    case = desk.page.url
    page = desk.send("/leave")
    assert page.url == "/cases"
    assert "You left the case." in page.text
    assert desk.get(case).status == 404


def test_a_case_is_assigned(desk: Browser, world: World) -> None:
    page = desk.send("/assign", person=world.people["enlace-2"].person_id.hex())
    people = page.by_id("people")
    assert people is not None
    assert "enlace-2 · works on it" in people
    assert desk.send("/assign", person="zz").status == 400


def test_messages_and_files_of_the_reporter_arrive(desk: Browser, world: World, filed: Filed) -> None:
    case = desk.page.url
    run_round(world.desk)
    world.send(filed, "Ya nos movieron.")
    content = b"<html><script>alert(1)</script>"
    metadata = FileMetadata(
        "ho\u202egpj.ja.html", "text/html", len(content), hashlib.sha256(content).digest(), False
    )
    world.sequence += 1
    message = ReporterMessage(
        kind=MessageKind.FILE,
        thread_id=filed.keys.thread_id,
        message_id=world.sequence.to_bytes(16),
        sequence=world.sequence,
        day=world.clock.now.date(),
        text="",
        file=metadata,
    )
    sealed = age.seal(content.ljust(1024, b"\0"), [world.slot(filed).case_recipient])
    world.send(filed, message=message, chunks=(sealed,))
    collect(world.desk)
    page = desk.get(case)
    assert "Ya nos movieron." in page.text
    assert "There is news here." in page.text
    assert "[U+202E RIGHT-TO-LEFT OVERRIDE]" in page.text and "\u202e" not in page.html
    assert hashlib.sha256(content).hexdigest() in page.text
    assert "Never open them on this machine." in page.text
    link = next(link for link in page.read().links if "/files/" in link)
    saved = desk.get(link)
    assert saved.body == content
    assert saved.headers["Content-Type"] == "application/octet-stream"
    assert "\u202e" not in saved.headers["Content-Disposition"]
    assert_headers(saved.headers, cookie=True)
    desk.get(case)
    assert "There is news here." not in desk.send("/read").text


def test_a_withdrawal_is_asked_and_the_board_decides(desk: Browser, world: World, filed: Filed) -> None:
    case = desk.page.url
    run_round(world.desk)
    world.send(filed, "", MessageKind.WITHDRAWAL)
    collect(world.desk)
    page = desk.get(case)
    assert "The reporter asks to withdraw." in page.text
    assert page.by_id("case-state") == "acknowledged"
    page = desk.send("/state", target=State.CLOSED.value, outcome="withdrawn", reason="")
    assert page.by_id("case-state") == "closed"


def test_the_page_is_spanish_by_default(world: World, filed: Filed, app: Flask) -> None:
    browser = Browser(app)
    browser.get("/language/es?back=/login")
    browser.login("enlace-1")
    browser.get("/cases")
    page = browser.get(next(link for link in browser.page.read().links if link.startswith("/cases/")))
    assert '<html lang="es"' in page.html
    assert "Mensajes con quien reporta" in page.text and "Plazos" in page.text
