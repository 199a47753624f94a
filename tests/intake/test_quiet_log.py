"""Log lines: class and route, and nothing that somebody typed."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from intake.quiet_log import SAFE_LINES, BareFormatter

ROOT = Path(__file__).parents[2]
CANARY = "canary-7F3A"

SCRIPT = f"""
import logging, threading, warnings
from flask import Flask
from intake.quiet_log import install
install()
def broken():
    secret = "{CANARY} local"
    raise LookupError(secret)
app = Flask("x")
app.add_url_rule("/<word>", "page", lambda word: broken())
app.test_client().get("/{CANARY}?{CANARY}")
logging.getLogger("anything").error("%s", "{CANARY}")
logging.getLogger("anything").info("{CANARY}")
warnings.warn("{CANARY}")
class Dies:
    def __del__(self):
        broken()
Dies()
thread = threading.Thread(target=broken)
thread.start()
thread.join()
broken()
"""


def record(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    found = (type(error), error, None) if error is not None else None
    return logging.LogRecord("any", logging.ERROR, "path.py", 1, message, arguments, found)


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_message_and_its_arguments_are_dropped(message: str, argument: str) -> None:
    assert BareFormatter().format(record(message.replace("%", "") + "%s", argument)) == "error:"


def test_an_error_is_its_class() -> None:
    assert BareFormatter().format(record("x", error=KeyError(CANARY))) == "error: KeyError"


def test_in_a_request_the_route_is_named_not_the_path() -> None:
    app = Flask("x")
    app.add_url_rule("/<word>", "page", lambda word: "")
    with app.test_request_context(f"/{CANARY}"):
        assert BareFormatter().format(record("x", error=KeyError(CANARY))) == "error: KeyError in page"
    with app.test_request_context(f"/{CANARY}/{CANARY}"):
        assert BareFormatter().format(record("x")) == "error: in no route"


def test_lines_of_the_server_about_itself_are_kept() -> None:
    (line,) = (line for line in SAFE_LINES if "in use" in line)
    assert (
        BareFormatter().format(record(line, "127.0.0.1:8080")) == "error: Connection in use: 127.0.0.1:8080"
    )


def test_no_way_out_of_a_process_carries_a_word() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert CANARY not in done.stdout + done.stderr
    assert done.stderr.splitlines() == [
        "error: LookupError in page",
        "error:",
        "warning:",
        "error: LookupError",
        "error: LookupError in a thread",
        "error: LookupError",
    ]
