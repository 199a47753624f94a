"""Form tokens: purpose and time under an HMAC, nothing kept on the server (REPORTER, "Flood control"; T8).

A token is no key to anything: it shows that a form of ours was fetched a while ago. Whoever presents a stale
or too young one gets the page back as it was typed, with a fresh token.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

MIN_AGE = 3  # seconds: nobody reads and fills a form faster
MAX_AGE = 48 * 60 * 60

_SIZE = 40  # 8 bytes of time, 32 of HMAC
_LABEL = b"resguardo form token, version 1"


class TokenState(StrEnum):
    """What a presented token is worth."""

    FRESH = "fresh"
    YOUNG = "young"
    STALE = "stale"
    FORGED = "forged"


def issue(secret: bytes, purpose: str, now: datetime) -> str:
    """A token for one purpose; `now` is aware of its zone."""
    return _make(secret, purpose, int(now.timestamp()))


def check(secrets: Sequence[bytes], purpose: str, text: str, now: datetime) -> TokenState:
    """Judge a presented text under the current key and the previous ones; no text makes it raise."""
    seconds = _seconds(text)
    if seconds is None:
        return TokenState.FORGED
    presented = text.encode("ascii")
    # Whole texts are compared, so that no other spelling of the same bytes passes.
    known = [
        hmac.compare_digest(_make(secret, purpose, seconds).encode("ascii"), presented) for secret in secrets
    ]
    if not any(known):
        return TokenState.FORGED
    age = int(now.timestamp()) - seconds
    # Negative: the host's clock was set back. The token is ours, but says nothing about its age.
    if age < 0 or age > MAX_AGE:
        return TokenState.STALE
    return TokenState.YOUNG if age < MIN_AGE else TokenState.FRESH


def _make(secret: bytes, purpose: str, seconds: int) -> str:
    time = seconds.to_bytes(8, "big", signed=True)
    # The purpose comes last and the rest has fixed length: no two pairs give the same input.
    mac = hmac.digest(secret, _LABEL + time + purpose.encode("utf-8"), "sha256")
    return urlsafe_b64encode(time + mac).rstrip(b"=").decode("ascii")


def _seconds(text: str) -> int | None:
    if not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "==")
    except Base64Error:
        return None
    return int.from_bytes(raw[:8], "big", signed=True) if len(raw) == _SIZE else None
