"""`resguardo demo` composes what an operator runs: it starts, shows cases, stops and continues."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.client import Client, free_port

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def demo(folder: Path, ports: tuple[int, int]) -> Iterator[str]:
    """A demo that is ready, and what it said; stopped as by Ctrl-C, which must end it cleanly."""
    words = [sys.executable, "-m", "resguardo", "demo", "--dir", str(folder)]
    words += ["--intake-port", str(ports[0]), "--desk-port", str(ports[1])]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield read_until_ready(process)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0


def read_until_ready(process: subprocess.Popen[str]) -> str:
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            return said
    raise AssertionError(said)


def log_in(port: int, label: str, said: str) -> Client:
    found = re.search(rf"{label} +[a-z, ]+ ([a-z]+(?:-[a-z]+){{5}})", said)
    assert found, said
    client = Client(f"http://localhost:{port}")
    page = client.get("/login")
    page = client.submit(page, page.form_with("label"), {"label": label, "passphrase": found[1]})
    assert page.by_id("lock-state"), page.text[:300]
    return client


def test_the_demo_starts_shows_cases_stops_and_continues(tmp_path: Path) -> None:
    folder, ports = tmp_path / "demo", (free_port(), free_port())
    with demo(folder, ports) as said:
        assert Client(f"http://127.0.0.1:{ports[0]}").get("/es/").status == 200
        page = log_in(ports[1], "triaje-1", said).get("/cases")
        # Nine were opened; one of them is for members only, and staff do not learn of it.
        assert len(set(re.findall(r"/cases/[0-9a-f]{32}", page.html))) == 8
    with demo(folder, ports) as again:
        assert "continuing" in again
        log_in(ports[1], "triaje-1", said)
