"""From the command to the first page, beside a bare app that imports the same modules of other people."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.bare import MODULES, not_ours
from bench.measure import report
from bench.servers import ROOT, found_board, serve_words, serving
from tests.e2e.client import free_port

ROUNDS = 7


def seconds_to_serve(words: Sequence[str], port: int, typed: str = "") -> float:
    """The seconds from starting a program to its first page."""
    start = time.monotonic()
    with serving(words, port, typed):
        return time.monotonic() - start


def main() -> bool:
    """One figure; the first round, which fills the caches, does not count."""
    with tempfile.TemporaryDirectory(prefix="resguardo-bench-") as folder:
        system = found_board(Path(folder))
        child = subprocess.run(
            [sys.executable, "-c", MODULES], cwd=ROOT, capture_output=True, text=True, check=True
        )
        modules = "\n".join(not_ours(child.stdout.split()))
        ours, bare = [], []
        for _ in range(ROUNDS + 1):
            port = free_port()
            bare.append(seconds_to_serve(["-m", "bench.bare", str(port)], port, modules))
            ours.append(seconds_to_serve(serve_words(system), system.intake_port))
    seconds, least = statistics.median(ours[1:]), statistics.median(bare[1:])
    note = f"{seconds:.2f} to {least:.2f} s"
    return report("start-up / bare app with the same imports", seconds / least, 2.0, at_most=True, note=note)


if __name__ == "__main__":
    sys.exit(not main())
