"""A plain configuration and a tiny app for the tests of the intake's edge: guard, limits, headers, server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flask import Flask, request
from flask.typing import ResponseReturnValue

from crypto.hybrid import HybridIdentity
from intake.config import Budgets, IntakeConfig
from intake.guard import ExactBody, FormRequest
from intake.headers import apply
from intake.limits import BusyError, make_limiter
from intake.uploads import FilePlan, UploadError, UploadLimits, receive

IDENTITY = HybridIdentity.from_seed(bytes(32))
CONFIG = IntakeConfig(
    board_path=Path("board.json"),
    fingerprint="A" * 26,
    drop="sqlite:///drop.db",
    secret=b"s" * 32,
    budgets=Budgets(report=3, open=3, message=3, upload=3),
)
ACKNOWLEDGED = "received with thanks"
MAX_FILE = 12 * 1024 * 1024


def roomy(config: IntakeConfig = CONFIG) -> IntakeConfig:
    """Budgets that no test uses up."""
    return replace(config, budgets=Budgets(), max_file_bytes=MAX_FILE)


def tiny_app(config: IntakeConfig, breaks: Callable[[], object] = dict) -> Flask:
    """Acknowledges a whole form at /form and a whole upload at /upload, as the real pages do."""
    app = Flask("tiny", static_folder=None)
    app.request_class = FormRequest
    make_limiter(app, config)

    @app.get("/")
    def start() -> str:
        return "<p>hello</p>"

    @app.post("/form")
    def form() -> ResponseReturnValue:
        if request.form.get("end") != "1":
            return "incomplete", 400
        return f"{ACKNOWLEDGED}: {len(request.form.get('story', ''))}"

    @app.post("/upload")
    def upload() -> ResponseReturnValue:
        limits = UploadLimits(config.max_file_bytes)
        try:
            got = receive(
                request.stream,
                request.content_type or "",
                request.content_length,
                limits,
                lambda fields: FilePlan(IDENTITY.recipient, keep_hidden=fields.get("keep") == "1"),
            )
        except UploadError as error:
            return f"refused: {error.reason}", 422
        if not got.complete or got.file is None:
            return "incomplete", 400
        return f"{ACKNOWLEDGED}: {got.file.size} {got.file.sha256.hex()}"

    @app.get("/broken")
    def broken() -> str:
        return str(breaks())

    @app.errorhandler(BusyError)
    def busy(error: BusyError) -> ResponseReturnValue:
        return "busy", 503, {"Retry-After": str(error.wait_seconds)}

    apply(app, config)
    app.wsgi_app = ExactBody(app.wsgi_app, config.max_body_bytes)  # type: ignore[method-assign]  # Flask's own way
    return app


def multipart(
    fields: dict[str, str], name: str, data: bytes, boundary: str = "bOuNdArY"
) -> tuple[bytes, str]:
    """A form as a browser sends it: the fields, the file, the end marker; and its content type."""
    parts = [_part(boundary, f'name="{key}"', value.encode()) for key, value in fields.items()]
    parts.append(_part(boundary, f'name="file"; filename="{name}"', data))
    parts.append(_part(boundary, 'name="end"', b"1"))
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, disposition: str, data: bytes) -> bytes:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode() + data + b"\r\n"
