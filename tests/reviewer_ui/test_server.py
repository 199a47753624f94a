"""The desk over real gunicorn, started as the operator starts it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from crypto.receipt import KdfParameters
from reviewer_ui.server import THREADS
from tests.e2e.client import Client, free_port
from tests.headers import assert_headers
from tests.triage.world import World, make_world, passphrase
from triage.people import Role

ROOT = Path(__file__).parents[2]
CANARY = "canario-4471-azul"


class Served:
    """A running desk: its process, its address, and what it wrote."""

    def __init__(self, world: World, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "log"
        config = folder / "desk.toml"
        (folder / "board.json").write_bytes(world.board.to_bytes())
        assert world.desk.desk_key_file is not None
        (folder / "desk-key.age").write_bytes(world.desk.desk_key_file)
        config.write_text(
            f'register = "{world.folder}/register.db"\nkeys = "{world.folder}/keys.db"\n'
            f'drop = "{world.folder}/drop.db"\nboard = "board.json"\nlanguage = "en"\n'
            f'fingerprint = "{world.manifest.root.fingerprint}"\nbind = "localhost:{self.port}"\n'
        )
        world.desk.close()
        with self.log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "resguardo.py"), "desk", "serve", "--config", str(config)],
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        assert self.process.stdout is not None
        with self.process.stdout as said:
            self.first_line = said.readline().decode()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A board whose manifest can be read from its file: there, the lightest derivation is refused."""
    monkeypatch.setattr("tests.triage.world.KDF", KdfParameters(1024, 1, 1))
    made = make_world(tmp_path, people=False)
    made.add("vocal-1", Role.MEMBER, Role.ADMIN)
    yield made


@pytest.fixture
def served(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(world, tmp_path_factory.mktemp("desk"))
    yield running
    if running.process.poll() is None:
        running.stop(signal.SIGKILL)


def login(served: Served, label: str) -> Client:
    client = Client(f"http://localhost:{served.port}")
    page = client.get("/login")
    page = client.submit(page, page.form_with("label"), {"label": label, "passphrase": passphrase(label)})
    assert "What waits on me" in page.text, page.text
    return client


def test_it_says_when_it_listens_and_stops_when_told(served: Served) -> None:
    assert served.first_line == f"listening on localhost:{served.port}\n"
    assert served.stop() == 0


def test_a_whole_morning_over_the_wire(served: Served) -> None:
    client = login(served, "vocal-1")
    page = client.get("/rounds")
    assert_headers(page.headers, cookie=True)
    page = client.submit(page, next(form for form in page.read().forms if form.action == "/rounds"), {})
    assert "The round ran" in page.text
    page = client.get("/")
    page = client.submit(page, page.form_with("passphrase"), {"passphrase": passphrase("vocal-1")})
    assert page.status == 200
    assert client.get("/people").status == 200


def test_silent_connections_keep_nobody_waiting(served: Served) -> None:
    silent = [socket.create_connection(("localhost", served.port)) for _ in range(2 * THREADS)]
    try:
        assert login(served, "vocal-1").get("/").status == 200
    finally:
        for connection in silent:
            connection.close()


def test_half_spoken_requests_are_let_go(served: Served) -> None:
    """Without a limit as many of them as there are threads would hold the desk for ever (T8)."""
    halves = [socket.create_connection(("localhost", served.port)) for _ in range(THREADS)]
    try:
        for connection in halves:
            connection.sendall(b"GET /login HT")
        assert login(served, "vocal-1").get("/").status == 200
    finally:
        for connection in halves:
            connection.close()


def test_a_cut_body_changes_nothing(served: Served) -> None:
    client = login(served, "vocal-1")
    page = client.get("/cases")
    token = next(value for name, value in page.form_with("text").fields if name == "csrf")
    body = f"state=all&text={CANARY}&csrf={token}".encode()
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    for cut in range(1, len(body), 7):
        connection = http.client.HTTPConnection("localhost", served.port, timeout=30)
        connection.putrequest("POST", "/cases")
        connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.putheader("Content-Length", str(len(body)))
        connection.putheader("Cookie", cookie)
        connection.endheaders(body[:-cut])
        assert connection.sock is not None
        connection.sock.shutdown(1)
        with suppress(http.client.HTTPException):
            assert connection.getresponse().status >= 400
        connection.close()
    assert ("text", "") in client.get("/cases").form_with("text", "state").fields


def test_what_goes_wrong_is_logged_without_what_was_said(served: Served) -> None:
    client = login(served, "vocal-1")
    client.get(f"/cases/{'0' * 32}")
    client.request("POST", "/cases", f"text={CANARY}".encode(), {"Content-Type": "text/plain"})
    client.request("GET", f"/{CANARY}?{CANARY}")
    client.request("GET", "/", headers={"Host": f"{CANARY}.example"})
    served.stop()
    log = served.log.read_text()
    assert CANARY not in log
    assert "127.0.0.1" not in log and "Traceback" not in log
    assert passphrase("vocal-1") not in log


def test_a_second_desk_on_the_register_is_refused(served: Served) -> None:
    config = served.log.parent / "desk.toml"
    done = subprocess.run(
        [sys.executable, str(ROOT / "resguardo.py"), "desk", "serve", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ") and "Traceback" not in done.stderr


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    config = tmp_path / "desk.toml"
    config.write_text('colour = "green"\n')
    done = subprocess.run(
        [sys.executable, str(ROOT / "resguardo.py"), "desk", "serve", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1
    assert re.search(r"unknown setting 'colour'", done.stderr)
