"""The public app: pages, headers, gates, and the one place where errors become HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from werkzeug.exceptions import HTTPException

from crypto.errors import ReceiptError
from crypto.manifest import Manifest
from intake import assets, headers
from intake.book import Book
from intake.config import IntakeConfig
from intake.drop import Drop, DropError
from intake.guard import ExactBody, FormRequest
from intake.languages import enabled
from intake.limits import BusyError, make_limiter
from intake.report import RejectedReportError
from intake.site import EXTENSION, ClosedError, Site
from intake.status import Decoy, UnreadableSlotError
from intake.views import failures, info, new, open
from intake.views.files import NoThreadError, StaleFormError


def create_app(config: IntakeConfig, drop: Drop, manifest: Manifest, clock: Callable[[], datetime]) -> Flask:
    """The intake. ``clock`` gives the time, aware of its zone; the drop stays the caller's to close."""
    app = Flask(__name__, static_folder=None, template_folder=None)
    app.request_class = FormRequest
    languages = enabled(config.languages)
    books = {each.code: Book(each, languages, manifest, config.max_file_bytes) for each in languages}
    decoy = Decoy.make(clock().date())
    app.extensions[EXTENSION] = Site(config, drop, manifest, clock, books, decoy)
    make_limiter(app, config)
    headers.apply(app, config)
    # Flask's own redirects name a host and a scheme, which behind a proxy are not the reader's.
    app.url_map.redirect_defaults = False
    app.add_url_rule("/static/<filename>", endpoint="static", view_func=assets.serve)
    # Browsers ask for it unbidden; a grey square that they keep says nothing and is asked for once.
    icon = {"filename": assets.name_of("icon.png")}
    app.add_url_rule("/favicon.ico", endpoint="static", view_func=assets.serve, defaults=icon)
    for blueprint in (info.blueprint, new.blueprint, open.blueprint):
        app.register_blueprint(blueprint)
    _map_errors(app)
    app.wsgi_app = ExactBody(app.wsgi_app, config.max_body_bytes)  # type: ignore[method-assign]  # Flask's way
    return app


def _map_errors(app: Flask) -> None:
    app.register_error_handler(RejectedReportError, new.refused)
    app.register_error_handler(ReceiptError, open.refused)
    app.register_error_handler(BusyError, failures.busy)
    app.register_error_handler(DropError, failures.drop_failed)
    app.register_error_handler(ClosedError, lambda _: failures.closed())
    app.register_error_handler(UnreadableSlotError, lambda _: failures.unreadable())
    app.register_error_handler(NoThreadError, lambda _: failures.no_thread())
    app.register_error_handler(StaleFormError, lambda _: failures.stale_upload())
    app.register_error_handler(HTTPException, failures.http_failed)
