"""Pages are rendered once and filled in; what is filled in cannot become markup."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from intake.assets import FOLDER, assets
from intake.book import TEMPLATES
from intake.pages import Page, Slots, escaped, hidden_fields
from tests.headers import ABSENT, EXACT
from tests.intake.conftest import World

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=200)
PATHS = ("/es/", "/es/new", "/es/open", "/es/how", "/es/board", "/clear", "/en/", "/en/new")


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.found


@given(TEXT)
def test_a_filled_slot_is_text_and_comes_back_as_it_was(text: str) -> None:
    html = Page(('<input value="', '"><p>', "</p>"), ("value", "text")).fill({"value": text, "text": text})
    ((name, attributes), (paragraph, _)) = tags(html)
    assert (name, paragraph) == ("input", "p")
    assert attributes["value"] == text


def test_markup_is_left_as_it_is_and_a_missing_slot_is_empty() -> None:
    page = Page(("<p>", "-", "</p>"), ("one", "two"))
    assert page.fill({"one": Markup("<b>x</b>")}) == "<p><b>x</b>-</p>"


def test_a_bare_carriage_return_survives_a_browser() -> None:
    assert escaped("a\rb") == "a&#13;b"


def test_ticks_and_picks_are_slots_of_their_own() -> None:
    slots = Slots()
    mark = slots.checked("group", "money")["data-slot"]
    option = slots.selected("place", "a:b")["data-slot"]
    page = slots.cut(f'<input\n   value="x" data-slot="{mark}">  <option data-slot="{option}">')
    assert page.fill({}) == '<input\nvalue="x">\n<option>'
    filled = page.fill({}, frozenset({("group", "money"), ("place", "a:b")}))
    assert filled == '<input\nvalue="x" checked>\n<option selected>'


@given(TEXT)
def test_a_name_in_the_manifest_cannot_make_a_slot(name: str) -> None:
    slots = Slots()
    mark = slots.slot("text")
    page = slots.cut(f"{mark}<p>{escaped(name)}</p>")
    assert page.names == ("text",)


@given(st.lists(st.tuples(st.sampled_from(["story", "plate"]), TEXT), max_size=4))
def test_hidden_fields_carry_every_value(pairs: list[tuple[str, str]]) -> None:
    found = [(attributes["name"], attributes["value"]) for _, attributes in tags(hidden_fields(pairs))]
    assert found == pairs


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_kept_nowhere_and_asks_nobody_else(world: World, path: str) -> None:
    page = world.browser().get(path)
    assert page.status == 200
    assert page.headers["cache-control"] == "no-store"
    for name, value in EXACT.items():
        assert page.headers[name.lower()] == value
    for name in ABSENT:
        assert name.lower() not in page.headers
    for tag, attributes in tags(page.html):
        assert tag not in {"script", "iframe", "object", "embed", "base", "img"}
        for attribute, content in attributes.items():
            assert attribute != "style"
            assert not attribute.startswith("on")
            if attribute in {"href", "src", "action", "formaction"}:
                assert content is not None
                assert re.match(r"/(?!/)|#", content)


@pytest.mark.parametrize("path", PATHS)
def test_every_page_names_its_language_and_direction_and_has_unique_ids(world: World, path: str) -> None:
    found = tags(world.browser().get(path).html)
    (root,) = (attributes for tag, attributes in found if tag == "html")
    assert root["lang"] in {"es", "en"}
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = {attributes["for"] for tag, attributes in found if tag == "label" and "for" in attributes}
    assert labels <= set(ids)
    assert sum(tag == "h1" for tag, _ in found) == 1


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/clear"])
def test_the_exit_comes_first_and_clears_what_can_be_cleared(world: World, path: str) -> None:
    links = [attributes["href"] for tag, attributes in tags(world.browser().get(path).html) if tag == "a"]
    assert links[:2] == ["#main", "/exit"]
    answer = world.browser().wsgi.get("/exit")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/clear")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


def test_titles_and_the_page_behind_the_exit_say_nothing_of_reports(world: World) -> None:
    for path in PATHS:
        title = re.search("<title>(.*)</title>", world.browser().get(path).html)
        assert title is not None
        assert not re.search(r"INM|migra|denunci|report|resguardo|abus", title[1], re.IGNORECASE)
    clear = world.browser().get("/clear")
    assert not re.search(r"resguardo|reporte|junta|/es/", clear.html, re.IGNORECASE)


@pytest.mark.parametrize(("asked", "led"), [("en", "/en/"), ("fr", "/es/"), ("", "/es/")])
def test_the_root_leads_to_the_reader_s_language(world: World, asked: str, led: str) -> None:
    answer = world.browser().wsgi.get("/", headers={"Accept-Language": asked})
    assert (answer.status_code, answer.headers["Location"]) == (303, led)
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/fr/", 404), ("GET", "/es/staff", 404), ("GET", "/x", 404), ("POST", "/es/how", 405)],
)
def test_what_is_not_there_is_said_in_words(world: World, method: str, path: str, status: int) -> None:
    answer = world.browser().request(method, path, b"a=b" if method == "POST" else b"")
    assert answer.status == status
    assert "Esta página no existe" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_an_address_without_its_last_slash_is_answered_without_a_detour(world: World) -> None:
    assert world.browser().get("/en").text == world.browser().get("/en/").text


def test_pages_that_hold_a_code_are_never_compressed_and_others_are(world: World) -> None:
    client = world.browser().wsgi
    squeezed = {"Accept-Encoding": "gzip"}
    assert client.get("/es/", headers=squeezed).headers["Content-Encoding"] == "gzip"
    page = world.browser().check({"story": "x"})
    data = {**dict(page.form_with("typed_back").fields), "step": "send"}
    sent = client.post("/es/new", data=data, headers=squeezed)
    assert "receipt-code" in sent.text
    assert "Content-Encoding" not in sent.headers


def test_static_files_are_named_by_their_bytes_and_kept_for_ever(world: World) -> None:
    for name, asset in assets().items():
        assert hashlib.sha256(asset.data).hexdigest()[:12] == name.split(".")[1]
        answer = world.browser().wsgi.get(f"/static/{name}", follow_redirects=True)
        assert answer.get_data() == asset.data == (FOLDER / name).read_bytes()
        assert "immutable" in answer.headers["Cache-Control"]
    assert world.browser().get("/static/page.000000000000.css").status == 404


def test_every_template_stands_in_the_book(world: World) -> None:
    parts = {"fields.html", "layout.html", "problems.html", "sites.html"}
    names = {path.name for path in (FOLDER.parent / "templates").iterdir()}
    assert names == {*TEMPLATES, *parts}
