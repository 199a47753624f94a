"""What a view needs to know: the desk, the settings, and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import abort, current_app, g

from reviewer_ui.gate import LoginGate
from reviewer_ui.session import Session, Sessions
from triage.config import DeskConfig
from triage.desk import Desk, Seat
from triage.people import Role

_NAME = "resguardo-desk"


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of one running desk."""

    desk: Desk
    config: DeskConfig
    sessions: Sessions
    gate: LoginGate

    @property
    def idle(self) -> timedelta:
        """How long a seat may be left before it is forgotten."""
        return timedelta(minutes=self.config.idle_minutes)

    def install(self) -> None:
        """Make it what `context` finds for the current app."""
        current_app.extensions[_NAME] = self


def context() -> Context:
    """The parts of the app that answers this request."""
    found = current_app.extensions[_NAME]
    assert isinstance(found, Context)  # noqa: S101 - only `install` writes it
    return found


def desk() -> Desk:
    """The desk."""
    return context().desk


def session() -> Session:
    """The session of this request; the guard has made sure that there is one."""
    found = g.get("session")
    return found if isinstance(found, Session) else abort(401)


def seat() -> Seat:
    """The seat of the person who asks; the guard has sent everybody else to the login."""
    found = session().seat
    return abort(401) if found is None else found


def need_role(*roles: Role) -> None:
    """Refuse with 403 whoever has none of these roles. Roles are no secret; cases answer 404."""
    if not any(seat().person.has(role) for role in roles):
        abort(403)


def notice(text: str) -> None:
    """Say something on the next page."""
    session().notices.append(text)
