"""A board, a drop on a real file, and the app with a clock that tests move."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from flask import Flask
from werkzeug.test import Client as WsgiClient

from crypto import signing
from crypto.hybrid import HybridIdentity
from crypto.manifest import EpochRecipient, Manifest, Member, RootSeeds, Watcher
from crypto.receipt import KdfParameters
from intake.app import create_app
from intake.config import Budgets, IntakeConfig
from intake.drop import Drop, open_drop
from tests.e2e.client import Client, Form, Page

DAY = date(2026, 11, 20)
DESK_SEED = bytes(range(32))
PLENTY = Budgets(100_000, 100_000, 100_000, 100_000)
START = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """Time that stands still until a test moves it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **passed: float) -> None:
        self.now += timedelta(**passed)


class Browser(Client):
    """A browser without script, straight at the app. It stores nothing, as the pages ask."""

    def __init__(self, app: Flask, clock: Clock, language: str) -> None:
        super().__init__("http://intake.test")
        self.wsgi = WsgiClient(app, use_cookies=False)
        self.clock = clock
        self.language = language

    def request(
        self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Page:
        path = "/" + url.removeprefix(self.origin).lstrip("/").split("#")[0]
        answer = self.wsgi.open(path, method=method, data=body, headers=headers or {})
        assert "Set-Cookie" not in answer.headers
        found = {name.lower(): value for name, value in answer.headers}
        return Page(self.origin + path, answer.status_code, found, answer.get_data())

    def open_form(self) -> tuple[Page, Form]:
        """The empty form, after the time that a person needs."""
        page = self.get(f"/{self.language}/new")
        self.clock.pass_time(seconds=30)
        return page, page.form_with("story")

    def check(self, changes: dict[str, str | list[str] | None]) -> Page:
        """The page on which the answers are checked."""
        page, form = self.open_form()
        return self.submit(page, form, changes)

    def send(self, page: Page, **changes: str) -> Page:
        """Press "send" on the check page."""
        return self.submit(page, page.form_with("typed_back"), dict(changes), button=("step", "send"))

    def file(self, story: str = "Me pidieron dinero.", **changes: str | list[str] | None) -> str:
        """File a report and give its code as the page shows it."""
        checked = self.check({"story": story, **changes})
        code = checked.by_id("receipt-code")
        assert code is not None
        assert self.send(checked).by_id("acknowledged") is not None
        return code

    def look(self, code: str) -> Page:
        """The page under a code."""
        page = self.get(f"/{self.language}/open")
        self.clock.pass_time(seconds=10)
        answer = self.submit(page, page.form_with("code"), {"code": code})
        self.clock.pass_time(seconds=10)
        return answer


@dataclass(frozen=True, slots=True)
class World:
    """Everything a test of the pages looks at, the private halves of the members included."""

    app: Flask
    drop: Drop
    manifest: Manifest
    clock: Clock
    config: IntakeConfig = field(repr=False)

    def browser(self, language: str = "es") -> Browser:
        return Browser(self.app, self.clock, language)


class MakeWorld(Protocol):
    """Build a world; what is not given is ordinary."""

    def __call__(
        self,
        manifest: Manifest | None = None,
        clock: Clock | None = None,
        budgets: Budgets = ...,
        max_file_bytes: int = ...,
    ) -> World: ...


def make_manifest(
    members: tuple[HybridIdentity, ...], *, watchers: bool = False, threshold: int = 2, sequence: int = 1
) -> Manifest:
    """A board of as many members as there are identities, with two people of staff."""
    return Manifest(
        board_id=bytes(16),
        name="Junta de prueba",
        sequence=sequence,
        previous=None if sequence == 1 else bytes(32),
        threshold=threshold,
        single=threshold == 1,
        members=tuple(
            Member(
                id=bytes([number] * 8),
                label=f"vocal-{number}",
                lasting=HybridIdentity.generate().recipient,
                epochs=(EpochRecipient(f"{DAY:%Y-%m}", identity.recipient),),
            )
            for number, identity in enumerate(members, 1)
        ),
        staff=("mesa-1", "mesa-2"),
        watchers=(Watcher("observatorio", HybridIdentity.generate().recipient),) if watchers else (),
        not_before=date(2026, 11, 1),
        not_after=date(2027, 11, 30),
        desk_key=signing.verification_key(DESK_SEED),
        code_hashes=(),
        addresses=(),
        receipt_salt=bytes(16),
        kdf=KdfParameters(1024, 1, 1),
        root=RootSeeds(bytes(32), bytes(32)).public,
    )


@pytest.fixture(scope="session")
def members() -> tuple[HybridIdentity, ...]:
    return tuple(HybridIdentity.generate() for _ in range(3))


@pytest.fixture
def make_world(tmp_path: Path, members: tuple[HybridIdentity, ...]) -> Iterator[MakeWorld]:
    drops: list[Drop] = []

    def make(
        manifest: Manifest | None = None,
        clock: Clock | None = None,
        budgets: Budgets = PLENTY,
        max_file_bytes: int = 1024 * 1024,
    ) -> World:
        config = IntakeConfig(
            board_path=tmp_path / "board.json",
            fingerprint="",
            drop=str(tmp_path / "drop.sqlite"),
            secret=os.urandom(32),
            budgets=budgets,
            max_file_bytes=max_file_bytes,
        )
        drops.append(open_drop(config.drop))
        board, time = manifest or make_manifest(members), clock or Clock()
        return World(create_app(config, drops[-1], board, time), drops[-1], board, time, config)

    yield make
    for drop in drops:
        drop.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()
