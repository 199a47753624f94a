"""Who sits at which browser: kept in memory only, found by a random cookie, forgotten when idle (THREATS)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from reviewer_ui.jobs import UnlockJob
from triage.case_list import CaseQuery
from triage.desk import Seat

COOKIE = "__Host-desk"
TOKEN_BYTES = 32
MAX_AGE = timedelta(hours=12)
MAX_VISITOR_AGE = timedelta(hours=1)
MAX_SESSIONS = 1000


@dataclass(slots=True)
class Session:
    """One browser. Mutable, because it is the memory of the desk; nothing of it is written anywhere."""

    csrf: str = field(repr=False)
    language: str
    started: datetime
    seat: Seat | None = None
    query: CaseQuery = field(default_factory=CaseQuery, repr=False)
    mine: bool = False
    notices: list[str] = field(default_factory=list, repr=False)
    job: UnlockJob | None = None


class Sessions:
    """All sessions of the one desk process. A request thread holds a `Session`; this maps cookies to them."""

    def __init__(self, clock: Callable[[], datetime], language: str) -> None:
        self._clock = clock
        self._language = language
        self._lock = Lock()
        self._by_token: dict[bytes, Session] = {}

    def find(self, token: str) -> Session | None:
        """The session of a cookie, unless it is too old."""
        with self._lock:
            self._drop_old()
            return self._by_token.get(_key(token))

    def start(self, language: str | None = None, seat: Seat | None = None) -> tuple[str, Session]:
        """A new session and the token for its cookie: always a fresh one at login, so none can be planted."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = Session(secrets.token_urlsafe(TOKEN_BYTES), language or self._language, self._clock(), seat)
        with self._lock:
            self._drop_old()
            self._make_room()
            self._by_token[_key(token)] = session
        return token, session

    def end(self, token: str) -> None:
        """Forget one."""
        with self._lock:
            self._by_token.pop(_key(token), None)

    def _drop_old(self) -> None:
        now = self._clock()
        for key, session in list(self._by_token.items()):
            if now - session.started > (MAX_VISITOR_AGE if session.seat is None else MAX_AGE):
                del self._by_token[key]

    def _make_room(self) -> None:
        # Visitors without a login cannot fill the memory: the oldest of them goes first.
        visitors = [key for key, session in self._by_token.items() if session.seat is None]
        for key in visitors[: max(0, len(self._by_token) - MAX_SESSIONS + 1)]:
            del self._by_token[key]


def _key(token: str) -> bytes:
    # By hash, so that comparing takes no time that depends on the token.
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
