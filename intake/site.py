"""What the views need of the running intake: one frozen value, kept by the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import cast

from flask import abort, current_app

from crypto.manifest import Manifest
from intake import token
from intake.book import Book
from intake.config import IntakeConfig
from intake.drop import Drop
from intake.status import Decoy

EXTENSION = "resguardo-site"
# Doing nothing must not shut the channel soon (protocol.md §2).
GRACE = timedelta(days=60)


class Phase(StrEnum):
    """Where the manifest stands in its life."""

    CURRENT = "current"
    LATE = "late"
    CLOSED = "closed"


class ClosedError(Exception):
    """The manifest ended too long ago: no new report is taken."""


@dataclass(frozen=True, slots=True)
class Site:
    """One running intake."""

    config: IntakeConfig
    drop: Drop
    manifest: Manifest
    clock: Callable[[], datetime]
    books: Mapping[str, Book]
    decoy: Decoy

    def book(self, code: str) -> Book:
        """The pages of a language; an unknown one is not found."""
        if code not in self.books:
            abort(404)
        return self.books[code]

    def today(self) -> date:
        """The day in UTC; nothing finer than this is ever stored."""
        return self.clock().date()

    def phase(self) -> Phase:
        """Whether the manifest is good, past its end, or long past it."""
        after = self.today() - self.manifest.not_after
        if after <= timedelta(0):
            return Phase.CURRENT
        return Phase.LATE if after <= GRACE else Phase.CLOSED

    def require_open(self) -> None:
        """ClosedError once the manifest is long past its end."""
        if self.phase() is Phase.CLOSED:
            raise ClosedError

    def issue(self, purpose: str) -> str:
        """A fresh form token."""
        return token.issue(self.config.secret, purpose, self.clock())

    def judge(self, purpose: str, text: str) -> token.TokenState:
        """What a presented form token is worth."""
        return token.check(self.config.secrets, purpose, text, self.clock())


def site() -> Site:
    """The site of the app that handles the current request."""
    return cast("Site", current_app.extensions[EXTENSION])
