"""Every response carries the table: pages, errors, refusals before Flask."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from intake.headers import FOREVER, HEADERS, HSTS, apply
from tests.headers import assert_headers
from tests.intake.edge import CONFIG, roomy, tiny_app

DOCUMENT = Path(__file__).parents[2] / "docs" / "threat-model.md"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/none"), ("PUT", "/"), ("GET", "/broken"), ("POST", "/form")]
)
def test_pages_and_errors_carry_the_headers(method: str, path: str) -> None:
    client = tiny_app(roomy(), breaks=lambda: int("x")).test_client()
    assert_headers(dict(client.open(path, method=method).headers))


def test_a_refusal_before_flask_carries_them_too() -> None:
    answer = tiny_app(roomy()).test_client().post("/form", headers={"Transfer-Encoding": "chunked"})
    assert answer.status_code == 411
    assert_headers(dict(answer.headers))


def test_what_a_view_sets_is_overruled() -> None:
    app = Flask("view")
    app.add_url_rule(
        "/", "page", lambda: ("x", {"Server": "x", "Cache-Control": "public", "Referrer-Policy": "x"})
    )
    apply(app, CONFIG)
    assert_headers(dict(app.test_client().get("/").headers))


@pytest.mark.parametrize(
    ("name", "cache"),
    [
        ("style.0123abcd.css", FOREVER),
        ("style-0123456789abcdef.min.css", "no-store"),
        ("style.css", "no-store"),
        ("0123abcd.css", "no-store"),
        ("none.0123abcd.css", "no-store"),
    ],
)
def test_only_a_static_file_named_by_its_hash_is_kept(tmp_path: Path, name: str, cache: str) -> None:
    if not name.startswith("none"):
        (tmp_path / name).write_text("")
    app = Flask("static", static_folder=str(tmp_path), static_url_path="/static")
    apply(app, CONFIG)
    with app.test_client().get(f"/static/{name}") as answer:
        assert answer.headers["Cache-Control"] == cache


def test_addresses_are_added_by_configuration_only() -> None:
    plain = tiny_app(roomy()).test_client().get("/").headers
    assert "Strict-Transport-Security" not in plain
    assert "Onion-Location" not in plain
    config = replace(roomy(), hsts=True, onion_location="http://abc.onion/")
    client = tiny_app(config).test_client()
    found = client.get("/").headers
    assert found["Strict-Transport-Security"] == HSTS
    assert found["Onion-Location"] == "http://abc.onion/"
    # A path that is not ours is not repeated.
    assert client.get("/none").headers["Onion-Location"] == "http://abc.onion/"
    onion = client.get("/", headers={"Host": "abc.onion"}).headers
    assert "Strict-Transport-Security" not in onion
    assert "Onion-Location" not in onion


def test_the_threat_model_prints_this_table() -> None:
    rows = dict(
        re.findall(
            r"^\| ([A-Z][A-Za-z-]+(?:, [A-Z][A-Za-z-]+)*) \| (.+?) \|$", DOCUMENT.read_text("utf-8"), re.M
        )
    )
    printed = {name: value for names, value in rows.items() for name in names.split(", ")}
    for name, value in HEADERS.items():
        if name == "Permissions-Policy":
            assert printed[name] == "all off"
            assert value.count("=()") == value.count("=")
        else:
            assert f"`{value}`" in printed[name], name
