"""What every response of either app must and must not carry: one list for the intake and the desk."""

from __future__ import annotations

from collections.abc import Mapping

POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
EXACT = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
POWERS = ("camera", "geolocation", "microphone", "payment", "usb", "fullscreen", "clipboard-read")
PASSKEYS = ("publickey-credentials-get", "publickey-credentials-create")
# Names of software, and anything that could follow a person or be kept by a proxy.
ABSENT = ("Server", "X-Powered-By", "ETag", "Set-Cookie", "X-RateLimit-Limit", "Via")


def assert_headers(headers: Mapping[str, str], *, cookie: bool = False, passkeys: bool = False) -> None:
    """Assert the list on the headers of one page; `cookie` for the desk, `passkeys` where it uses them."""
    lower = {name.lower(): value for name, value in headers.items()}
    for name, value in EXACT.items():
        assert lower.get(name.lower()) == value, name
    assert lower.get("cache-control") == "no-store"
    policy = _directives(lower["content-security-policy"])
    for name, value in POLICY.items():
        assert policy.get(name) == value, name
    assert policy.get("script-src") in {"'self'", "'none'"}
    assert "unsafe" not in lower["content-security-policy"]
    assert "*" not in lower["content-security-policy"]
    _assert_powers(lower["permissions-policy"], passkeys=passkeys)
    for name in ABSENT:
        assert name.lower() not in lower or (cookie and name == "Set-Cookie"), name


def _assert_powers(text: str, *, passkeys: bool) -> None:
    powers = dict(part.strip().split("=", 1) for part in text.split(","))
    for name in POWERS:
        assert powers.get(name) == "()", name
    for name in PASSKEYS:
        assert powers.get(name) == ("(self)" if passkeys else "()"), name


def _directives(policy: str) -> dict[str, str]:
    parts = [part.strip().split(" ", 1) for part in policy.split(";") if part.strip()]
    names = [part[0] for part in parts]
    assert len(names) == len(set(names)), "a directive stands twice: browsers take the first only"
    return {part[0]: part[1] if len(part) > 1 else "" for part in parts}
