"""What every response of the intake carries: pages, errors, static files (docs/threat-model.md)."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Flask, Response, request

from intake.config import IntakeConfig

# Every power a page could ask a browser for, refused by name: an absent name would mean "allowed for us".
_POWERS = (
    "accelerometer",
    "ambient-light-sensor",
    "attribution-reporting",
    "autoplay",
    "bluetooth",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "clipboard-write",
    "compute-pressure",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "join-ad-interest-group",
    "keyboard-map",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "run-ad-auction",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "sync-xhr",
    "usb",
    "web-share",
    "window-management",
    "xr-spatial-tracking",
)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": ", ".join(f"{power}=()" for power in _POWERS),
    "Cache-Control": "no-store",
}
FOREVER = "public, max-age=31536000, immutable"
HSTS = "max-age=63072000; includeSubDomains"

_HASHED_NAME = re.compile(r"[.-][0-9a-f]{8,64}\.[a-z0-9]+", re.ASCII)


def apply(app: Flask, config: IntakeConfig) -> None:
    """Put the table on every response of `app`, whatever made it."""

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        if _never_changes(response):
            response.headers["Cache-Control"] = FOREVER
        response.headers.pop("Server", None)
        _add_addresses(response, config)
        return response


def _never_changes(response: Response) -> bool:
    # Only a name that holds the hash of the content: a page must leave no copy on the phone (T7).
    name = (request.view_args or {}).get("filename")
    found = response.status_code in {200, 206, 304}
    return found and request.endpoint == "static" and isinstance(name, str) and _has_hash(name)


def _has_hash(name: str) -> bool:
    return any(match.end() == len(name) for match in _HASHED_NAME.finditer(name))


def _add_addresses(response: Response, config: IntakeConfig) -> None:
    # An onion service has no certificate to insist on and needs no pointer to itself.
    if request.host.partition(":")[0].endswith(".onion"):
        return
    if config.hsts:
        response.headers["Strict-Transport-Security"] = HSTS
    if config.onion_location is not None and response.mimetype == "text/html":
        path = quote(request.path) if request.url_rule is not None else "/"
        response.headers["Onion-Location"] = config.onion_location.rstrip("/") + path
