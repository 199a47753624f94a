"""Kill -9 the intake at random moments while people file reports and files; then count (T12).

Run as a program it prints one line: tried, acknowledged, lost, doubled.
"""

from __future__ import annotations

import argparse
import http.client
import random
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from crypto.manifest import SignedManifest
from crypto.receipt import ReceiptCode, derive
from intake.drop import open_drop
from tests.e2e import reporter
from tests.e2e.client import Page
from tests.e2e.system import System, running

CLIENTS = 4
FILE = bytes(range(256)) * 300


@dataclass(slots=True)
class Tally:
    """What the clients saw, under one lock. ``shown`` are codes on a page before sending."""

    shown: set[str] = field(default_factory=set)
    reports: set[str] = field(default_factory=set)
    files: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


def people(system: System, tally: Tally, stop: threading.Event) -> None:
    """File reports with a file each, again and again; a lost line means: try once more, as people do."""
    while not stop.is_set():
        try:
            page = reporter.check(system, system.intake, "es", {"story": "canario"})
            code = page.by_id("receipt-code")
            if code is None:
                continue
            with tally.lock:
                tally.shown.add(code)
            sent = send_twice(system, page, stop)
            if sent is None or not reporter.acknowledged(sent):
                continue
            with tally.lock:
                tally.reports.add(code)
            added = reporter.add_file(system, sent, "prueba.bin", FILE)
            if reporter.file_acknowledged(added):
                with tally.lock:
                    tally.files[code] += 1
        except (OSError, http.client.HTTPException):
            stop.wait(0.05)


def send_twice(system: System, page: Page, stop: threading.Event) -> Page | None:
    """Send; where the line breaks send the same again, which must not make a second report."""
    for _ in range(100):
        try:
            return reporter.send(system.intake, page)
        except (OSError, http.client.HTTPException):
            if stop.wait(0.1):
                return None
    return None


@dataclass(frozen=True, slots=True)
class Survived:
    cycles: int
    acknowledged: int
    files: int
    lost: int
    doubled: int

    def __str__(self) -> str:
        return (
            f"kill -9 of the intake: tried {self.cycles}, acknowledged {self.acknowledged} reports and "
            f"{self.files} files, lost {self.lost}, doubled {self.doubled}"
        )


def count(system: System, tally: Tally, cycles: int) -> Survived:
    """Compare what people were told with what the drop holds."""
    signed = SignedManifest.from_bytes((system.path("board") / "board.json").read_bytes())
    manifest = signed.manifest
    threads = {
        code: derive(ReceiptCode.parse(code), manifest.receipt_salt, manifest.kdf).thread_id
        for code in tally.shown
    }
    drop = open_drop(str(system.path("intake") / "drop.sqlite"))
    try:
        stored = {code for code, thread in threads.items() if drop.read_slot(thread) is not None}
        lost = len(tally.reports - stored)
        doubled = len(drop.report_ids()) - len(stored)
        kept = Counter[bytes]()
        for message_id in drop.message_ids():
            message = drop.get_message(message_id)
            assert message.file_chunks, "a message without its file"
            kept[message.thread_id] += 1
    finally:
        drop.close()
    for code, told in tally.files.items():
        lost += max(0, told - kept[threads[code]])
    return Survived(cycles, len(tally.reports), tally.files.total(), lost, doubled)


def torment(system: System, cycles: int, seed: int = 0) -> Survived:
    """`cycles` kills at random moments under load, then the count."""
    dice = random.Random(seed)
    tally, stop = Tally(), threading.Event()
    threads = [threading.Thread(target=people, args=(system, tally, stop)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(cycles):
            time.sleep(dice.uniform(0.05, 0.6))
            system.kill("intake")
            system.start("intake")
        time.sleep(1)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return count(system, tally, cycles)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cycles", type=int, default=100)
    cycles = parser.parse_args().cycles
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), desk=False) as system:
        survived = torment(system, cycles)
    print(survived)  # noqa: T201 - the one line of `make faults`
    raise SystemExit(0 if survived.lost == survived.doubled == 0 else 1)


if __name__ == "__main__":
    main()
