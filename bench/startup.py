"""From the command to the first page, beside a bare app that imports the same modules."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.measure import report
from bench.servers import found_board, serve_words, serving
from tests.e2e.client import free_port

ROUNDS = 11


def seconds_to_serve(words: Sequence[str], port: int, environment: Mapping[str, str]) -> float:
    """The seconds from starting a program to its first page."""
    start = time.monotonic()
    with serving(words, port, environment):
        return time.monotonic() - start


def as_installed(folder: Path) -> dict[str, str]:
    """An environment in which all modules are compiled once, as an installer does it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def main() -> bool:
    """One figure; the first round, in which modules are compiled, does not count."""
    with tempfile.TemporaryDirectory(prefix="resguardo-bench-") as name:
        system, environment = found_board(Path(name)), as_installed(Path(name))
        ours, bare = [], []
        for _ in range(ROUNDS + 1):
            port = free_port()
            words = ["-m", "bench.bare", str(port)]
            bare.append(seconds_to_serve(words, port, environment))
            ours.append(seconds_to_serve(serve_words(system), system.intake_port, environment))
    seconds, least = statistics.median(ours[1:]), statistics.median(bare[1:])
    note = f"{seconds:.2f} to {least:.2f} s"
    return report("start-up / bare app with the same imports", seconds / least, 2.0, at_most=True, note=note)


if __name__ == "__main__":
    sys.exit(not main())
