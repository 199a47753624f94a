"""Weight on a 2G line: the first page with its style in 14 kB and two requests, every later page in 8 kB."""

from __future__ import annotations

import gzip
import re

import pytest

from intake.assets import assets
from tests.intake.conftest import World

FIRST, LATER = 14_000, 8_000
LANGUAGES = ("es", "en")


def weight(html: str) -> int:
    return len(gzip.compress(html.encode("utf-8"), 6, mtime=0))


def style() -> int:
    (sheet,) = (asset for name, asset in assets().items() if name.endswith(".css"))
    return len(sheet.compressed)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["", "new", "open", "how", "board"])
def test_whatever_page_comes_first_it_fits_the_first_window(world: World, language: str, path: str) -> None:
    page = world.browser(language).get(f"/{language}/{path}")
    assert weight(page.html) + style() <= FIRST
    needed = re.findall(r'<(?:link[^>]*|script|img)\s[^>]*(?:href|src)="([^"]+)"', page.html)
    assert len({*needed}) + 1 <= 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_later_pages_stay_light(world: World, language: str) -> None:
    browser = world.browser(language)
    empty = browser.check({"story": ""})
    checked = browser.check({"story": "x", "place": "station", "place_state": "MX-CHP"})
    sent = browser.send(checked)
    code = checked.by_id("receipt-code") or ""
    looked = browser.look(code)
    for page in (empty, checked, sent, looked, browser.look("1")):
        assert weight(page.html) <= LATER


def test_the_form_is_small_on_the_wire_when_compressed(world: World) -> None:
    answer = world.browser().wsgi.get("/es/new", headers={"Accept-Encoding": "gzip"})
    assert len(answer.get_data()) <= LATER


def test_headers_do_not_outweigh_the_page(world: World) -> None:
    headers = world.browser().wsgi.get("/es/").headers
    assert sum(len(name) + len(value) + 4 for name, value in headers) <= 3_000
