"""A small phone without JavaScript, and a day at the desk, in a real Chromium (T7)."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.conftest import need
from tests.e2e import reporter, tour
from tests.e2e.browser import (
    PHONE,
    Watched,
    chromium,
    kept_profile,
    small_targets,
    surfing,
    too_wide,
)
from tests.e2e.copies import copy_of, started
from tests.e2e.reviewer import Reviewer, open_all
from tests.e2e.system import System

LANGUAGES = ("es", "en")
NEUTRAL = re.compile(r"/((es|en)/(|new|open|how|board|none)|exit|clear|static/[a-z]+\.[0-9a-f]{12}\.[a-z]+)")
NEUTRAL_TITLES = {
    "Formulario",
    "Una vez más",
    "Revisar",
    "Listo",
    "Código",
    "Respuesta",
    "Conversión de medidas",
}
STORAGE = """
async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
  (await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length]
"""
DESK = (1280, 900)
UNSENT = "Esto lo escribí y no lo mandé"
STORY = "En la terminal nos pidieron dinero a todos."


@pytest.fixture(scope="module")
def system(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    need("chromium")
    with started(copy_of(founded, tmp_path_factory.mktemp("browser") / "copy")) as running:
        yield running


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    need("chromium")
    with chromium() as browser:
        yield browser


def file_and_look(system: System, page: Page, language: str, story: str = "") -> str:
    """From the start page to the status page, with a photo; the code."""
    story = story or tour.STORIES[language]
    page.goto(f"{system.intake.origin}/{language}/")
    tour.click(page, f'a[href="/{language}/new"]')
    tour.fill_form(page, language, story)
    tour.press(system, page, "form button.govuk-button")
    code = page.inner_text("#receipt-code").split()
    assert not page.is_visible("#acknowledged")
    assert story in page.inner_text("dl")
    tour.click(page, "form#send button.govuk-button >> nth=0")
    assert page.is_visible("#acknowledged")
    assert page.inner_text("#receipt-code").split() == code
    page.set_input_files("#file", tour.PHOTO)
    tour.press(system, page, "form button.govuk-button--secondary")
    assert tour.PHOTO.name in page.inner_text("#file-acknowledged")
    page.goto(f"{system.intake.origin}/{language}/open")
    page.fill("#code", " ".join(code))
    tour.press(system, page, "form button.govuk-button")
    assert page.get_attribute("#case-state", "data-state") == "arrived"
    assert story.splitlines()[0] not in page.inner_text("body")
    return " ".join(code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_with_a_photo_leaves_nothing_in_the_browser(
    system: System, chrome: Browser, language: str
) -> None:
    watched = Watched()
    with surfing(chrome, PHONE, language=language, watched=watched) as page:
        code = file_and_look(system, page, language)
        assert page.evaluate(STORAGE) == [0, 0, 0, 0, 0]
        assert page.context.cookies() == []
        assert watched.hosts() == {urlsplit(system.intake.origin).netloc}
        for request in watched.requests:
            address, answer = urlsplit(request.url), request.response()
            assert NEUTRAL.fullmatch(address.path) and not address.query + address.fragment, request.url
            assert answer is not None and answer.header_value("set-cookie") is None
            if request.resource_type == "document":
                assert answer.header_value("cache-control") == "no-store"
        assert watched.kinds() <= {"document", "stylesheet", "image", "other"}
        assert watched.complaints + watched.dialogs == []
        tour.click(page, ".rg-exit")
        assert urlsplit(page.url).path == "/clear"
        back_shows_nothing(page, code)


def back_shows_nothing(page: Page, code: str) -> None:
    """Going back does not bring the last page out of a cache: the browser has to ask for it anew."""
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()
    page.wait_for_load_state()
    shown = page.inner_text("body")
    assert [group for group in code.split() if group in shown] == []
    assert page.query_selector("#case-state") is None


def test_a_browser_that_is_not_private_keeps_only_neutral_paths(
    system: System, chrome: Browser, tmp_path: Path
) -> None:
    """Read from the profile on disk, as somebody who takes the phone would (T7)."""
    with kept_profile(chrome, tmp_path) as context:
        page = context.pages[0]
        code = file_and_look(system, page, "es")
        page.goto(f"{system.intake.origin}/es/new")
        page.fill("#story", UNSENT)
        tour.click(page, ".rg-exit")
    with closing(sqlite3.connect(tmp_path / "Default" / "History")) as history:
        visited = history.execute("SELECT url, title FROM urls").fetchall()
        typed = history.execute("SELECT count(*) FROM keyword_search_terms").fetchone()
    assert {urlsplit(url).path for url, _ in visited} >= {"/es/new", "/es/open", "/clear"}
    assert [url for url, _ in visited if not NEUTRAL.fullmatch(urlsplit(url).path)] == []
    assert {title for _, title in visited} <= NEUTRAL_TITLES | {"Inicio"}
    assert typed == (0,)
    words = ["bajaron del autobús", "chaleco verde", "vende fruta", "123-ABC", UNSENT]
    assert_not_kept(tmp_path, "/es/open", [*words, *code.split(), code.replace(" ", "")])


def test_a_reviewer_s_browser_keeps_no_word_of_a_case(
    system: System, chrome: Browser, tmp_path: Path
) -> None:
    story, note, draft = "Palabras que nadie guarda.", "Una nota a medias.", "Respuesta larguísima. "
    reporter.file_report(system, story=story)
    Reviewer(system, "vocal-1").fetch()
    open_all(system, ["vocal-1", "vocal-2"])
    with kept_profile(chrome, tmp_path, DESK) as context:
        page = context.pages[0]
        tour.log_in(system, page, "triaje-1")
        page.goto(system.desk_client().origin + "/cases")
        tour.click(page, f'#cases tbody th a:has-text("{story}")')
        page.fill("#reply-text", draft * 300)
        tour.click(page, "form#reply button")
        assert page.is_visible("#error-summary")
        page.fill("#note-text", note)
        tour.click(page, ".bar__nav a >> nth=0")
    phrase = system.passphrase("triaje-1")
    assert_not_kept(tmp_path, "/cases/", [story, note, draft, phrase])


def assert_not_kept(profile: Path, visited: str, texts: list[str]) -> None:
    """The browser did write its session down, and none of these texts with it."""
    kept = {path: path.read_bytes() for path in profile.rglob("*") if path.is_file()}
    assert any("Sessions" in path.parts and visited.encode() in content for path, content in kept.items())
    assert [path.name for path, content in kept.items() if holds_any(content, texts)] == []


def holds_any(content: bytes, texts: list[str]) -> bool:
    """Whether one of these stands there: plain, as a form sends it, or in the browser's own 16 bits."""
    shapes = [shape for text in texts for shape in (text, quote_plus(text))]
    return any(shape.encode(encoding) in content for shape in shapes for encoding in ("utf-8", "utf-16-le"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_scrolls_sideways_and_every_target_fits_a_thumb(
    system: System, chrome: Browser, language: str
) -> None:
    names = []
    with surfing(chrome, PHONE, language=language) as page:
        code = ""
        for name in (*tour.reading(system, page, language), *tour.filing(system, page, language)):
            names.append(name)
            assert (name, too_wide(page), small_targets(page)) == (name, [], [])
            code = page.inner_text("#receipt-code") if name == "check" else code
        for name in tour.coming_back(system, page, language, code):
            names.append(name)
            assert (name, too_wide(page), small_targets(page)) == (name, [], [])
    assert len(set(names)) == len(names) > 15


def test_a_day_at_the_desk(system: System, chrome: Browser) -> None:
    with surfing(chrome, PHONE) as phone:
        code = file_and_look(system, phone, "es", STORY)
        Reviewer(system, "vocal-1").fetch()
        with surfing(chrome, DESK) as page:
            for member in ("vocal-1", "vocal-2"):
                tour.log_in(system, page, member)
                tour.unlock(system, page, member)
                system.move_clock(seconds=3600)
        watched = Watched()
        with surfing(chrome, DESK, watched=watched) as page:
            a_triager_answers(system, page)
            assert watched.hosts() == {urlsplit(system.desk_client().origin).netloc}
            assert watched.complaints + watched.dialogs == []
        phone.goto(f"{system.intake.origin}/es/open")
        phone.fill("#code", code)
        tour.press(system, phone, "form button.govuk-button")
        assert phone.get_attribute("#case-state", "data-state") == "in_review"
        assert phone.inner_text("ol#messages .rg-text") == "Lo estamos leyendo.\n¿A qué hora fue?"


def a_triager_answers(system: System, page: Page) -> None:
    tour.log_in(system, page, "triaje-1")
    tour.click(page, "nav >> text=Casos")
    tour.click(page, f'#cases tbody th a:has-text("{STORY}")')
    assert page.inner_text("#story") == STORY
    page.click("#categories > details > summary")
    page.check('input[name="primary"][value="COR-01"]')
    tour.click(page, "#categories form button")
    assert "COR-01" in page.inner_text("#categories .chosen b")
    page.fill("#reply-text", "Lo estamos leyendo.\n¿A qué hora fue?")
    tour.click(page, "form#reply button")
    assert "Lo estamos leyendo." in page.inner_text("#messages .talk__entry--reply")
    for state in ("acknowledged", "assessment"):
        page.click("#state summary")
        page.select_option("#target", state)
        tour.click(page, "#state form button")
        assert page.input_value("#target") != state
    tour.click(page, "nav >> text=Rondas")
    tour.click(page, 'form[action="/rounds"] button')
    page.wait_for_selector(".notice")
