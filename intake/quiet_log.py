"""A log that cannot tell on anybody: the class of an error and the name of its route, nothing else (T1).

Messages, arguments, locals and tracebacks may hold what was typed, and the server's own lines hold addresses.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

from flask import has_request_context, request

# Lines of the server about itself, word for word as they stand in gunicorn: they hold no request.
SAFE_LINES = frozenset(
    {
        "Connection in use: %s",
        "Invalid address: %s",
        "Can't connect to %s",
        "Reason: %s",
        "Worker (pid:%s) exited with code %s.",
        "WORKER TIMEOUT (pid:%s)",
    }
)


class BareFormatter(logging.Formatter):
    """Level, class of the exception, route. A message only if it is one of SAFE_LINES."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for a record, without its traceback."""
        parts = [f"{record.levelname.lower()}:"]
        if record.msg in SAFE_LINES:
            parts.append(record.getMessage())
        if record.exc_info and record.exc_info[0] is not None:
            parts.append(record.exc_info[0].__name__)
        if has_request_context():
            parts.append(f"in {request.endpoint or 'no route'}")
        return " ".join(parts)


def install() -> None:
    """Make every log line and every uncaught exception of this process go through BareFormatter."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(BareFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.stderr.write(f"error: {kind.__name__}\n")


def _unraisable(found: sys.UnraisableHookArgs) -> None:
    sys.stderr.write(f"error: {found.exc_type.__name__}\n")


def _in_thread(found: threading.ExceptHookArgs) -> None:
    sys.stderr.write(f"error: {found.exc_type.__name__} in a thread\n")
