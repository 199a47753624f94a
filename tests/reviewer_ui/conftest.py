"""A desk with people and one opened case, and browsers on its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from reviewer_ui.app import create_app
from tests.reviewer_ui.browser import Browser
from tests.triage.world import Filed, World, make_world, open_waiting
from triage.config import DeskConfig
from triage.people import Role

STORY = 'Nos bajaron del autobús.\nPidieron "3,000 pesos" <b>por cabeza</b>: https://malo.example/x'


def desk_config(language: str = "en") -> DeskConfig:
    return DeskConfig("", "", Path(), Path(), "", bind="localhost:8081", drop="drop", language=language)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two of three members open; one of them is admin and auditor too."""
    made = make_world(tmp_path, people=False)
    made.add("vocal-1", Role.MEMBER, Role.ADMIN, Role.AUDITOR)
    made.add("vocal-2", Role.MEMBER)
    made.add("vocal-3", Role.MEMBER)
    made.add("enlace-1", Role.TRIAGER)
    made.add("enlace-2", Role.TRIAGER)
    made.add("control-1", Role.AUDITOR)
    yield made
    made.desk.close()


@pytest.fixture
def filed(world: World) -> Filed:
    """One report, opened and granted to both triagers; nobody is at the desk."""
    report = world.file(STORY)
    open_waiting(world)
    return report


@pytest.fixture
def pauses() -> list[float]:
    """How long logins were made to wait."""
    return []


@pytest.fixture
def app(world: World, pauses: list[float]) -> Flask:
    return create_app(world.desk, desk_config(), pauses.append)


@pytest.fixture
def at_desk(app: Flask) -> Callable[[str], Browser]:
    """A browser in which somebody has logged in."""

    def sit(label: str) -> Browser:
        browser = Browser(app)
        assert browser.login(label).status == 200
        return browser

    return sit
