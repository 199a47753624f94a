"""The real server: it answers, stops, says nothing about anybody, and writes nothing down."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pytest

from intake.quiet_log import SAFE_LINES
from intake.quiet_server import QUIET
from intake.server import settings
from tests.e2e.client import free_port
from tests.e2e.system import children_of
from tests.headers import assert_headers
from tests.intake.edge import ACKNOWLEDGED, CONFIG, multipart
from tests.intake.tiny_server import CANARY, ROOT, Running, running

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("server")) as found:
        yield found


def ask(
    server: Running, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def raw(server: Running, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def wait_until_gone(pids: Sequence[int]) -> None:
    """Killed processes may take a moment, and stay as zombies where nobody reaps them."""
    deadline = time.monotonic() + 5
    left = list(pids)
    while left and time.monotonic() < deadline:
        left = [pid for pid in left if state(pid) not in {"", "Z", "X"}]
        os.sched_yield()
    assert left == []


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_a_page_arrives_with_the_headers_and_without_a_name(server: Running) -> None:
    status, headers, body = ask(server, "GET", "/")
    assert (status, body) == (200, "<p>hello</p>")
    assert_headers(headers)
    assert "gunicorn" not in str(headers)


def test_a_form_and_a_file_are_acknowledged(server: Running) -> None:
    assert ask(server, "POST", "/form", b"story=abc&end=1", FORM)[2] == f"{ACKNOWLEDGED}: 3"
    body, kind = multipart({}, "a.bin", os.urandom(3_000_000))
    status, _, text = ask(server, "POST", "/upload", body, {"Content-Type": kind})
    assert (status, text.split()[-2]) == (200, "3000000")


def test_a_refusal_of_a_large_file_arrives_in_words(server: Running) -> None:
    body, kind = multipart({}, "a.bin", bytes(13 * 1024 * 1024))
    assert ask(server, "POST", "/upload", body, {"Content-Type": kind})[::2] == (422, "refused: too_large")


@pytest.mark.parametrize(
    "head",
    [
        f"GET /{CANARY}\x01 HTTP/1.1",
        f"{CANARY}\x01 / HTTP/1.1",
        f"GET / HTTP/9.{CANARY}",
        f"GET /{CANARY * 200} HTTP/1.1",
        f"GET / HTTP/1.1\r\n{CANARY}",
        f"GET / HTTP/1.1\r\nContent-Length: {CANARY}",
        f"POST / HTTP/1.1\r\nTransfer-Encoding: {CANARY}",
        f"POST / HTTP/1.1\r\nX: {CANARY}\r\nContent-Length: 5\r\nContent-Length: 6",
    ],
)
def test_what_cannot_be_parsed_is_answered_without_an_echo(server: Running, head: str) -> None:
    answer = raw(server, f"{head}\r\nHost: x\r\n\r\n".encode("latin-1"))
    assert answer.split(b" ")[1] in {b"400", b"411"}
    assert CANARY.encode() not in answer
    assert b"gunicorn" not in answer
    lines = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    assert_headers(dict(line.split(": ", 1) for line in lines))


def test_a_chunked_body_is_refused_and_nothing_of_it_is_a_request(server: Running) -> None:
    head = "POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"
    answer = raw(server, head.encode() + b"7\r\nend=1&a\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 411")
    assert ACKNOWLEDGED.encode() not in answer
    # Two lengths are the other way to hide a request in a body.
    both = (
        "POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
    )
    smuggled = raw(server, both.encode() + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"hello" not in smuggled


def test_the_log_holds_classes_and_routes_and_no_word_of_a_request(server: Running) -> None:
    ask(server, "GET", f"/broken?{CANARY}", headers={"User-Agent": CANARY, "Referer": CANARY})
    ask(server, "POST", f"/{CANARY}", f"story={quote(CANARY)}".encode(), FORM)
    raw(server, f"GET /{CANARY}\x01 HTTP/1.1\r\n\r\n".encode())
    raw(server, f"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nstory={CANARY}".encode())
    log = server.log.read_text()
    assert "error: ValueError in broken" in log
    for word in (CANARY, "127.0.0.1", "Traceback", "File ", "story"):
        assert word not in log


def test_a_start_that_fails_says_why_without_a_traceback() -> None:
    # No reporter is there yet: the operator may read the reason.
    command = [sys.executable, "-m", "tests.intake.tiny_server", f"127.0.0.1:{free_port()}", "fail"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert "error: ValueError" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_silent_connections_keep_nobody_waiting(tmp_path: Path) -> None:
    with running(tmp_path, "narrow") as narrow:
        silent = [socket.create_connection(("127.0.0.1", narrow.port)) for _ in range(20)]
        try:
            assert ask(narrow, "GET", "/")[0] == 200
        finally:
            for connection in silent:
                connection.close()


def test_a_socket_for_a_proxy_is_closed_to_strangers(tmp_path: Path) -> None:
    path = tmp_path / "intake.sock"
    with running(tmp_path, bind=f"unix:{path}"), socket.socket(socket.AF_UNIX) as connection:
        assert path.stat().st_mode & 0o007 == 0
        connection.connect(str(path))
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.0 200")
        assert answer.endswith(b"<p>hello</p>")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_asked_and_frees_its_port(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as server:
        workers = children_of(server.process.pid)
        assert len(workers) == 1
        # Half a request is on the way: it must not keep the server from stopping.
        with socket.create_connection(("127.0.0.1", server.port)) as half:
            half.sendall(b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nstory=")
            assert server.stop(number) == 0
        wait_until_gone(workers)
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", server.port))


def test_the_processes_leave_no_core(server: Running) -> None:
    for pid in (server.process.pid, *children_of(server.process.pid)):
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)


def test_no_control_socket_and_no_access_log_are_made(server: Running) -> None:
    found = {**QUIET, **settings(CONFIG)}
    assert found["control_socket_disable"] is True
    assert found["accesslog"] is None
    listening = subprocess.run(["ss", "-xlp"], capture_output=True, text=True, check=False).stdout
    pids = [f"pid={pid}," for pid in (server.process.pid, *children_of(server.process.pid))]
    assert not any(pid in listening for pid in pids)


def test_the_lines_that_may_be_logged_are_still_gunicorns() -> None:
    found = find_spec("gunicorn")
    assert found is not None
    assert found.origin is not None
    source = Path(found.origin).parent
    texts = "".join((source / name).read_text() for name in ("arbiter.py", "sock.py"))
    assert [line for line in SAFE_LINES if line not in texts] == []
