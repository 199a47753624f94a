"""The tiny app behind the intake's real server, in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask

from intake.config import IntakeConfig
from intake.server import serve
from tests.e2e.client import free_port
from tests.intake.edge import roomy, tiny_app

ROOT = Path(__file__).parents[2]
CANARY = "canary-7F3A"


@dataclass(frozen=True, slots=True)
class Running:
    """A server that listens; `log` is where its errors go."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


@contextmanager
def running(
    folder: Path, *options: str, before: Sequence[str] = (), bind: str | None = None
) -> Iterator[Running]:
    """Start it on a free port or at `bind`, `before` in front of its command; wait for its first line."""
    port = free_port()
    bind = bind or f"127.0.0.1:{port}"
    log = folder / "server.log"
    command = [*before, sys.executable, "-m", "tests.intake.tiny_server", bind, *options]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == f"listening on {bind}\n".encode(), log.read_text()
        yield Running(process, port, log)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=10)
        process.stdout.close()


def breaks() -> object:
    """Raise what a careless page would: an error that holds what somebody typed."""
    local = f"{CANARY} in a local"
    raise ValueError(local)


def make_app(config: IntakeConfig) -> Flask:
    """The app, as `serve` asks for it in the worker."""
    if "fail" in sys.argv:
        breaks()
    return tiny_app(config, breaks)


def main() -> None:
    """Serve on the address given first."""
    threads = 2 if "narrow" in sys.argv else 16
    serve(replace(roomy(), bind=sys.argv[1], threads=threads), make_app)


if __name__ == "__main__":
    main()
