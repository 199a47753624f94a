"""axe finds nothing on any page that people come to, narrow or wide, in either language (WCAG 2.2 AA)."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # has no types of its own
from playwright.sync_api import Browser, Page

from tests.conftest import need
from tests.e2e import tour
from tests.e2e.browser import PHONE, chromium, picture, set_width, surfing, too_wide
from tests.e2e.copies import copy_of, started
from tests.e2e.system import System

PICTURES = Path(__file__).parent.parent.parent / "docs" / "img"
INTAKE_WIDTHS = (320, 1280)
DESK_WIDTHS = (768, 1280)

# Every rule that axe has switched on, and the size of targets, which it has not (WCAG 2.5.8).
RUN_AXE = """
async () => {
  const found = await axe.run({resultTypes: ["violations"], rules: {"target-size": {enabled: true}}});
  return found.violations.flatMap((each) => each.nodes.map((node) =>
    `${each.id} (${each.impact}): ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 300)}`));
}
"""


@pytest.fixture(scope="module")
def system(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    need("chromium")
    copy = copy_of(founded, tmp_path_factory.mktemp("accessibility") / "copy")
    with copy.path("passphrases").open("a") as phrases:
        phrases.write(f"admin-1={copy.passphrase('admin-1')}\n")
    copy.add_person("admin-1", "admin", None)
    with started(copy) as running:
        yield running


@pytest.fixture(scope="module")
def code(system: System) -> str:
    return tour.a_days_work(system)


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    need("chromium")
    with chromium() as browser:
        yield browser


def axe(page: Page) -> list[str]:
    """What axe finds; it is put in from outside, past the page's own policy."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    return list(page.evaluate(RUN_AXE))


def look(page: Page, stops: Iterable[str], widths: Sequence[int]) -> list[str]:
    """Everything that is found at the stops of a tour, each at these widths."""
    found, names = [], set()
    for name in stops:
        names.add(name)
        for width in widths:
            set_width(page, width)
            page.evaluate("scrollTo(0, 0)")  # else the bar lies over whatever is below it just now
            picture(page, f"{name}-{width}")
            found += [f"{name} {width}: {what}" for what in (*axe(page), *too_wide(page))]
        set_width(page, widths[0])
    assert len(names) > 4
    return found


def test_axe_sees_what_it_looks_for(chrome: Browser) -> None:
    with surfing(chrome, scripts=True) as page:
        page.set_content("<html><img src=x><button></button><p style='color:#aaa'>pale</p></html>")
        found = "\n".join(axe(page))
    for rule in ("image-alt", "button-name", "color-contrast", "html-has-lang"):
        assert rule in found


@pytest.mark.parametrize("language", ["es", "en"])
def test_axe_finds_nothing_on_the_reporter_s_pages(
    system: System, chrome: Browser, code: str, language: str
) -> None:
    with surfing(chrome, PHONE, language=language, scripts=True) as page:
        assert look(page, tour.reading(system, page, language), INTAKE_WIDTHS) == []
        assert look(page, tour.filing(system, page, language), INTAKE_WIDTHS) == []
        assert look(page, tour.coming_back(system, page, language, code), INTAKE_WIDTHS) == []


def test_axe_finds_nothing_at_the_desk(system: System, chrome: Browser, code: str) -> None:
    with surfing(chrome, (DESK_WIDTHS[0], 900), scripts=True) as page:
        assert look(page, tour.at_the_desk(system, page), DESK_WIDTHS) == []
        assert look(page, tour.of_the_others(system, page), DESK_WIDTHS) == []


@pytest.mark.parametrize(("name", "size"), [("form", (360, 780)), ("case", (1280, 900))])
def test_the_readme_s_pictures_are_small(
    system: System, chrome: Browser, code: str, name: str, size: tuple[int, int]
) -> None:
    """RESGUARDO_SCREENSHOTS=1 makes them anew."""
    path = PICTURES / f"{name}.png"
    if os.environ.get("RESGUARDO_SCREENSHOTS") == "1":
        with surfing(chrome, size) as page:
            if name == "form":
                page.goto(f"{system.intake.origin}/es/new")
            else:
                tour.log_in(system, page, "triaje-1")
                next(stop for stop in tour.one_case(system, page) if stop == "case")
            page.screenshot(path=path)
    picture = path.read_bytes()
    assert len(picture) < 200_000
    assert struct.unpack(">II", picture[16:24]) == size
