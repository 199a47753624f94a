"""Kill -9 a process that files, collects and vacuums; then look for what it acknowledged (T12).

python -m tests.intake.killer --cycles 10000
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import select
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import text

from crypto.padding import SEALED_SLOT
from crypto.sealing import SealedReport
from intake.database import open_engine, reading
from intake.drop import Drop, DropError, DropOptions, open_drop
from tests.intake.samples import sealed_report

CYCLES_A_FILE = 50
LONGEST_SECONDS = 0.1
NUMBER_SIZE = 4

# What a child says of a report by its number: acknowledged; about to be deleted; deleted.
ACKNOWLEDGED, GOING, COLLECTED = b"A", b"G", b"C"


@dataclass
class Result:
    """What all cycles came to."""

    tried: int = 0
    survived: int = 0
    lost: int = 0
    doubled: int = 0
    acknowledged: int = 0

    def __str__(self) -> str:
        return (
            f"tried {self.tried}, survived {self.survived}, lost {self.lost}, doubled {self.doubled}"
            f" ({self.acknowledged} acknowledged)"
        )


@dataclass
class Told:
    """What children have said about one file."""

    acknowledged: set[int] = field(default_factory=set)
    going: set[int] = field(default_factory=set)
    collected: set[int] = field(default_factory=set)

    def hear(self, said: bytes) -> None:
        sets = {ACKNOWLEDGED: self.acknowledged, GOING: self.going, COLLECTED: self.collected}
        for start in range(0, len(said), 1 + NUMBER_SIZE):
            sets[said[start : start + 1]].add(
                int.from_bytes(said[start + 1 : start + 1 + NUMBER_SIZE], "big")
            )


def numbered_report(number: int) -> SealedReport:
    """The same report each time; its first bytes are its number."""
    dice = random.Random(number)
    return replace(
        sealed_report(shares=2, size=10),
        report_id=dice.randbytes(16),
        report_age=number.to_bytes(NUMBER_SIZE, "big") + dice.randbytes(17_000),
        shares=(dice.randbytes(1900), dice.randbytes(1900)),
        thread_id=dice.randbytes(32),
        slot=dice.randbytes(SEALED_SLOT),
    )


def cycle(path: Path, told: Told, numbers: Iterator[int]) -> None:
    """Let a child work on the drop, kill it at a random moment, and hear what it said."""
    again = random.sample(sorted(told.acknowledged), min(3, len(told.acknowledged)))
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        work(path, itertools.chain(again, numbers), into)
    os.close(into)
    # One in four dies while it opens the drop, perhaps; the others once they have begun to work.
    said = b"" if random.random() < 0.25 else os.read(out, 1 << 16)
    deadline = time.monotonic() + random.uniform(0, LONGEST_SECONDS)
    while (left := deadline - time.monotonic()) > 0:
        if select.select([out], [], [], left)[0]:
            said += os.read(out, 1 << 16)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while piece := os.read(out, 1 << 16):
        said += piece
    os.close(out)
    told.hear(said)


def work(path: Path, numbers: Iterator[int], into: int) -> None:
    """What an intake and a desk do, all at once, until the process is killed."""
    drop = open_drop(str(path), DropOptions(vacuum_seconds=0.01))
    lock = threading.Lock()

    def say(word: bytes, number: int) -> None:
        os.write(into, word + number.to_bytes(NUMBER_SIZE, "big"))

    def file_reports() -> None:
        while True:
            with lock:
                number = next(numbers)
            drop.file_report(numbered_report(number))
            say(ACKNOWLEDGED, number)

    def collect() -> None:
        while True:
            for report_id in drop.report_ids()[:2]:
                number = int.from_bytes(drop.get_report(report_id).report_age[:NUMBER_SIZE], "big")
                say(GOING, number)
                drop.delete([report_id], [])
                say(COLLECTED, number)

    workers = [threading.Thread(target=job) for job in (file_reports, file_reports, file_reports, collect)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    os._exit(1)  # a worker never ends: this child has failed, and says nothing more


def check(path: Path, told: Told, result: Result) -> None:
    """Count what is missing although it was acknowledged, and what is back although it was collected."""
    result.tried += 1
    engine = open_engine(str(path), create_part="drop")  # asserts its pragmas
    with reading(engine) as connection:
        sound = connection.scalar(text("PRAGMA integrity_check")) == "ok"
    drop = Drop(engine)
    try:
        present = {bytes(report_id) for report_id in drop.report_ids()}
        for number in told.acknowledged:
            report = numbered_report(number)
            result.lost += drop.read_slot(report.thread_id) != report.slot
            if report.report_id in present:
                result.doubled += number in told.collected
                result.lost += drop.get_report(report.report_id).report_age != report.report_age
            else:
                result.lost += number not in told.going
        result.survived += sound
    except DropError as error:
        print(f"cycle {result.tried}: {error}", file=sys.stderr)  # noqa: T201 - the program's own report
    finally:
        drop.close()


def run(cycles: int, folder: Path) -> Result:
    """All cycles; a new file now and then, as slots stay."""
    result = Result()
    for first in range(0, cycles, CYCLES_A_FILE):
        told, numbers = Told(), itertools.count(first * 100_000)
        path = folder / f"{first}.sqlite"
        for _ in range(min(CYCLES_A_FILE, cycles - first)):
            # The child counts in its own memory: leave its numbers behind.
            numbers = itertools.count(max((*told.acknowledged, next(numbers))) + 1000)
            cycle(path, told, numbers)
            check(path, told, result)
        result.acknowledged += len(told.acknowledged)
        path.unlink()
    return result


def main() -> None:
    """Print one line; exit with 1 if anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--cycles", type=int, default=100)
    # What a killed process wrote stays in the page cache, so memory is as good as a disk here, and quicker.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        result = run(parser.parse_args().cycles, Path(folder))
    print(result)  # noqa: T201 - the program's own report
    sys.exit(int(result.lost > 0 or result.doubled > 0 or result.survived < result.tried))


if __name__ == "__main__":
    main()
