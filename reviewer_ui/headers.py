"""What every response of the desk carries: pages, errors, downloads, static files (docs/threat-model.md)."""

from __future__ import annotations

import re

from flask import Flask, Response, request

# Every power a page could ask a browser for, refused by name.
_POWERS = (
    "accelerometer=(), ambient-light-sensor=(), attribution-reporting=(), autoplay=(), bluetooth=(), "
    "browsing-topics=(), camera=(), clipboard-read=(), clipboard-write=(), compute-pressure=(), "
    "display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), "
    "hid=(), identity-credentials-get=(), idle-detection=(), join-ad-interest-group=(), "
    "keyboard-map=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), otp-credentials=(), "
    "payment=(), picture-in-picture=(), publickey-credentials-create=(), publickey-credentials-get=(), "
    "run-ad-auction=(), screen-wake-lock=(), serial=(), storage-access=(), sync-xhr=(), usb=(), "
    "web-share=(), window-management=(), xr-spatial-tracking=()"
)

# The desk has no scripts at all: what a reporter writes could run nothing even if it got through (T9).
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": _POWERS,
    "Cache-Control": "no-store",
}
FOREVER = "public, max-age=31536000, immutable"

_HASHED_NAME = re.compile(r".+\.[0-9a-f]{12}\.[a-z0-9]+", re.ASCII)


def apply(app: Flask) -> None:
    """Put the table on every response of `app`, whatever made it."""

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        file_name = str((request.view_args or {}).get("filename", ""))
        kept = request.endpoint == "static" and response.status_code in {200, 304}
        if kept and _HASHED_NAME.fullmatch(file_name):
            response.headers["Cache-Control"] = FOREVER
        response.headers.pop("Server", None)
        return response
