"""Every string that breaks careless programs, filed and shown: text, and nothing but text (T9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from reviewer_ui.rendering import defang, visible
from tests.conftest import need
from tests.e2e import reporter, tour
from tests.e2e.browser import Watched, chromium, surfing
from tests.e2e.copies import copy_of, started
from tests.e2e.reviewer import Reviewer, open_all
from tests.e2e.system import System

LINES = (Path(__file__).parent.parent / "data" / "naughty-strings.txt").read_text().split("\n")
# What the file lacks: a null, a lone carriage return, ways out of the very elements that the desk uses.
OWN = [
    "\x00null",
    "lone\rreturn",
    "</div></section><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "</title></style></option></select><svg onload=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    "{{ 7 * 7 }}{% raw %}",
    '<meta http-equiv="refresh" content="0; url=/cases">',
    "<base href=//evil.example><form action=//evil.example><button>Send",
]
STRINGS = [line for line in [*OWN, *LINES] if line.strip()]
COUNT = 24
SHORT = {"place_text": 500, "uniform": 200, "person_name": 200, "plate": 200, "unit": 200}
NO_HEADER_ENDS = dict.fromkeys(map(ord, '\\"\r/'))
DESK = (1280, 900)

ALIVE = """
() => {
  const bad = "script, img, iframe, frame, object, embed, svg, math, base, video, [autofocus], [style]";
  const found = [...document.querySelectorAll(bad)];
  for (const each of document.querySelectorAll("*")) {
    if ([...each.attributes].some((one) => one.name.startsWith("on"))) found.push(each);
    const target = each.getAttribute("href") || each.getAttribute("action") || "/";
    if (!/^[/#](?!\\/)/.test(target)) found.push(each);
  }
  const ours = /^(BDI|DIV|BUTTON|SPAN|LABEL|SELECT|I)$/;
  for (const text of document.querySelectorAll("#story, .told, .rg-text, textarea, dd, bdi, title")) {
    found.push(...[...text.children].filter((one) => !ours.test(one.tagName)));
  }
  return found.map((each) => each.outerHTML.slice(0, 200));
}
"""
STYLE_AND_ICON = "all => all.map((each) => new URL(each.href).pathname)"


@dataclass(frozen=True, slots=True)
class Naughty:
    """One report and all that went with it."""

    story: str
    fields: dict[str, str]
    file_name: str
    code: str


def batches() -> list[list[str]]:
    return [STRINGS[start::COUNT] for start in range(COUNT)]


def short_fields(number: int) -> dict[str, str]:
    """Five short answers: together the reports hold every string in one of them."""
    pieces = list(PIECES[number * len(SHORT) : (number + 1) * len(SHORT)])
    return dict(zip(SHORT, pieces, strict=False))


def packed() -> list[str]:
    """All strings, as many in one answer as fit; one too long for an answer stands in two."""
    limits = [limit for _ in range(COUNT) for limit in SHORT.values()]
    pieces, left = [""], limits[::-1]
    for string in (part for line in STRINGS for part in (line[:200], line[200:]) if part):
        joined = f"{pieces[-1]} ¦ {string}" if pieces[-1] else string
        if len(joined) <= left[-1]:
            pieces[-1] = joined
        else:
            left.pop()
            pieces.append(string)
    return pieces


PIECES = packed()


@pytest.fixture(scope="module")
def system(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    need("chromium")
    with started(copy_of(founded, tmp_path_factory.mktemp("naughty") / "copy")) as running:
        yield running


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    need("chromium")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def cases(system: System) -> dict[str, Naughty]:
    """Filed with message and file, opened, noted, translated, answered; by case id."""
    filed = [file(system, number, strings) for number, strings in enumerate(batches())]
    Reviewer(system, "vocal-1").fetch()
    open_all(system, ["vocal-1", "vocal-2"])
    triager = Reviewer(system, "triaje-1")
    stories = {one.story.encode(): one for one in filed}
    found = {case_id: stories[triager.story(case_id)] for case_id in triager.case_ids()}
    assert len(found) == COUNT
    for case_id, one in found.items():
        for part in ("note", "translation", "reply"):
            page = triager.act(case_id, part, text=one.story)
            assert page.by_id("error-summary") is None, page.text[:300]
    triager.send_round()
    return found


def file(system: System, number: int, strings: list[str]) -> Naughty:
    story, fields = "\n".join(strings), short_fields(number)
    sent = reporter.file_report(system, group="money", story=story, **fields)
    name = next(one for one in strings if "<" in one).translate(NO_HEADER_ENDS)
    reporter.add_file(system, sent.page, name, b"\x00<script>alert(1)</script>", hidden_data="keep")
    done = reporter.write(system, reporter.open_code(system, sent.code), story)
    assert done.by_id("acknowledged") is not None, done.text[:300]
    return Naughty(story, fields, name, sent.code)


def assert_inert(page: Page, watched: Watched) -> None:
    """Nothing ran, nothing was asked for, nothing complained, and no element came out of the text."""
    assert page.evaluate(ALIVE) == []
    assert page.evaluate("window.watched || {ran: 0, violations: []}") == {"ran": 0, "violations": []}
    assert (watched.complaints, watched.dialogs) == ([], [])
    assert watched.hosts() == {urlsplit(page.url).netloc}
    assert watched.kinds() <= {"document", "stylesheet", "other"}
    loaded = {urlsplit(each.url).path for each in watched.requests if each.resource_type != "document"}
    assert loaded <= {*page.eval_on_selector_all("link", STYLE_AND_ICON), "/favicon.ico"}


def as_shown(text: str) -> str:
    return visible(defang(text))


def test_every_string_is_somewhere(cases: dict[str, Naughty]) -> None:
    told = "\n".join(one.story for one in cases.values())
    short = " ¦ ".join(text for one in cases.values() for text in one.fields.values())
    assert [string for string in STRINGS if string not in told] == []
    assert [string for string in STRINGS if string[:200] not in short] == []


def test_the_watch_sees_what_it_looks_for(system: System, chrome: Browser) -> None:
    body = "<p>x</p><img src=/x onerror=alert(1)><script>alert(2)</script><a href=//evil.example>x</a>"
    for policy in ("script-src 'none'; img-src 'none'", "script-src 'unsafe-inline'"):
        watched = Watched()
        with surfing(chrome, DESK, scripts=True, watched=watched) as page:
            page.route("**/", partial(answer, body, policy))
            page.goto(system.desk_client().origin + "/")
            seen = page.evaluate("window.watched")
            assert len(page.evaluate(ALIVE)) >= 3
        assert bool(seen["ran"]) is ("unsafe-inline" in policy)
        assert bool(seen["violations"]) is ("none" in policy)
        assert bool(watched.complaints)


def answer(body: str, policy: str, route: Route) -> None:
    route.fulfill(body=body, headers={"content-type": "text/html", "content-security-policy": policy})


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without script"])
def test_the_desk_shows_text_only(
    system: System, chrome: Browser, cases: dict[str, Naughty], scripts: bool
) -> None:
    watched = Watched()
    with surfing(chrome, DESK, scripts=scripts, watched=watched) as page:
        tour.log_in(system, page, "triaje-1")
        for path in ("/", "/cases", "/board"):
            page.goto(system.desk_client().origin + path)
            assert_inert(page, watched)
        # Without script nothing could run: there a third of the pages shows the same.
        for case_id, one in list(cases.items())[:: 1 if scripts else 3]:
            page.goto(f"{system.desk_client().origin}/cases/{case_id}")
            assert_inert(page, watched)
            assert_whole(page, one)


def assert_whole(page: Page, one: Naughty) -> None:
    """Each text of the case stands there letter for letter, as the desk shows what cannot be seen."""
    shown = as_shown(one.story)
    assert page.text_content("#story") == shown
    assert page.text_content(".talk__entry--message .told") == shown
    assert page.text_content("#notes .told") == shown
    assert page.input_value("#translation-text") == as_html_keeps(one.story)
    answers = page.eval_on_selector_all("dd", "all => all.map((each) => each.textContent)")
    assert [text for text in one.fields.values() if as_shown(text) not in answers] == []
    assert page.text_content("#files tbody bdi") == as_shown(one.file_name)


def test_the_exact_text_is_saved_byte_for_byte(
    system: System, chrome: Browser, cases: dict[str, Naughty]
) -> None:
    with surfing(chrome, DESK, scripts=True) as page:
        tour.log_in(system, page, "triaje-1")
        for case_id, one in list(cases.items())[:4]:
            page.goto(f"{system.desk_client().origin}/cases/{case_id}")
            with page.expect_download() as saved:
                page.click("#report a[download]")
            assert Path(saved.value.path()).read_bytes() == one.story.encode()
            assert saved.value.suggested_filename == f"report-{case_id[:8]}.txt"


def test_a_refused_draft_comes_back_whole_and_inert(
    system: System, chrome: Browser, cases: dict[str, Naughty]
) -> None:
    everything = "\n".join(STRINGS)
    watched = Watched()
    with surfing(chrome, DESK, scripts=True, watched=watched) as page:
        tour.log_in(system, page, "triaje-1")
        page.goto(f"{system.desk_client().origin}/cases/{next(iter(cases))}")
        page.fill("#reply-text", everything)
        typed = page.input_value("#reply-text")
        tour.click(page, "form#reply button")
        assert page.is_visible("#error-summary")
        assert page.input_value("#reply-text") == as_html_keeps(typed)
        assert_inert(page, watched)


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without script"])
def test_the_reporter_s_pages_show_text_only(
    system: System, chrome: Browser, cases: dict[str, Naughty], scripts: bool
) -> None:
    watched = Watched()
    with surfing(chrome, scripts=scripts, watched=watched) as page:
        for one in sorted(cases.values(), key=lambda one: one.story)[::4]:
            check_and_change(system, page, one, watched)
            page.goto(f"{system.intake.origin}/es/open")
            page.fill("#code", one.code)
            tour.press(system, page, "form button.govuk-button")
            assert_inert(page, watched)
            assert page.text_content("#messages .rg-text") == as_text_keeps(one.story)


def check_and_change(system: System, page: Page, one: Naughty, watched: Watched) -> None:
    """To the page that shows the answers, and back to the form that holds them."""
    page.goto(f"{system.intake.origin}/es/new")
    for name, text in {"story": one.story, **one.fields}.items():
        page.fill(f"#{name}", text)
    typed = {name: page.input_value(f"#{name}") for name in ("story", *one.fields)}
    tour.press(system, page, "form button.govuk-button")
    assert_inert(page, watched)
    shown = page.text_content("dl") or ""
    assert [text for text in typed.values() if as_text_keeps(text) not in shown] == []
    tour.click(page, "button.rg-change >> nth=0")
    assert_inert(page, watched)
    for name, text in typed.items():
        assert page.input_value(f"#{name}") == as_html_keeps(text)


def as_text_keeps(text: str) -> str:
    """What a parser leaves out of the text of a page (HTML §13.2.6.4.7)."""
    return text.replace("\x00", "")


def as_html_keeps(text: str) -> str:
    """What a parser and a field make of characters that they cannot hold (HTML §13.2.5.36, §4.10.11)."""
    return text.replace("\r", "\n").replace("\x00", "\ufffd")
