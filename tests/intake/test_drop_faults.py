"""The worst moments: processes killed, disks full, writes that fail. Nothing acknowledged is lost (T12)."""

from __future__ import annotations

import dataclasses
import os
import re
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from crypto.sealing import SealedReport
from intake.database import open_engine, reading
from intake.drop import Drop, DropError, DropFullError, Filing
from tests.conftest import need
from tests.intake.samples import drop_message, sealed_report

ROOT = Path(__file__).parent.parent.parent
# In CI a few; "make faults" raises it to the number of the threat model.
CYCLES = os.environ.get("RESGUARDO_CYCLES", "100")


def run(*command: str) -> str:
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.slow
def test_no_acknowledged_report_is_lost_or_doubled_by_kill_9() -> None:
    said = run(sys.executable, "-m", "tests.intake.killer", "--cycles", CYCLES)
    match = re.fullmatch(r"tried (\d+), survived (\d+), lost 0, doubled 0 \((\d+) acknowledged\)\n", said)
    assert match is not None, said
    assert match[1] == match[2] == CYCLES
    assert int(match[3]) > int(CYCLES) // 10


def test_a_disk_that_is_full_at_any_write_loses_nothing(tmp_path: Path) -> None:
    need("small-disk")
    command = ("unshare", "--map-root-user", "--mount", sys.executable, "-m", "tests.intake.small_disk")
    said = run(*command, str(tmp_path))
    match = re.fullmatch(r"accepted (\d+), refused (\d+), lost 0, deleted True\n", said)
    assert match is not None, said
    assert int(match[1]) > 5
    assert int(match[2]) > 5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "drop.sqlite"


@contextmanager
def pages(engine: Engine, more: int) -> Iterator[None]:
    """Let the database file grow by so many pages only."""
    with reading(engine) as connection:
        count = connection.scalar(text("PRAGMA page_count"))

    def limit(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={count + more}")
        cursor.close()

    engine.dispose()
    event.listen(engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(engine, "connect", limit)
        engine.dispose()


@contextmanager
def longest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes: the write that would fails."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def assert_sound(path: Path) -> None:
    engine = open_engine(str(path))
    with reading(engine) as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    engine.dispose()


def test_a_full_database_refuses_whole_reports_and_takes_the_next(path: Path) -> None:
    engine = open_engine(str(path), create_part="drop")
    drop = Drop(engine)
    outcomes: list[Filing | None] = []
    for more in range(0, 24, 2):
        report = sealed_report()
        with pages(engine, more):
            try:
                outcomes.append(drop.file_report(report))
            except DropFullError:
                outcomes.append(None)
                assert drop.read_slot(report.thread_id) is None
        assert drop.file_report(report) is (Filing.ALREADY if outcomes[-1] else Filing.ACCEPTED)
    drop.close()
    assert None in outcomes
    assert Filing.ACCEPTED in outcomes
    assert_sound(path)


def test_one_that_does_not_fit_does_not_take_the_small_ones_down(path: Path) -> None:
    engine = open_engine(str(path), create_part="drop")
    drop = Drop(engine)
    drop.file_report(sealed_report())
    small = [sealed_report(size=100, shares=1) for _ in range(6)]
    large = [drop_message(os.urandom(2**20), kind="file") for _ in range(3)]
    refused: list[DropError] = []

    def add(number: int) -> None:
        try:
            drop.add_message(large[number])
        except DropFullError as error:
            refused.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(3)]
    threads += [threading.Thread(target=drop.file_report, args=(report,)) for report in small]
    with pages(engine, 120):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(refused) == 3
    assert {report.report_id for report in small} <= set(drop.report_ids())
    assert drop.message_ids() == []
    drop.close()
    assert_sound(path)


@pytest.mark.parametrize("longest", range(8, 128, 8))
def test_a_write_that_fails_anywhere_acknowledges_nothing(path: Path, longest: int) -> None:
    engine = open_engine(str(path), create_part="drop")
    drop = Drop(engine)
    report = sealed_report()
    accepted = False
    with longest_file(longest * 1024), suppress(DropError):
        accepted = drop.file_report(report) is Filing.ACCEPTED
    assert drop.report_ids() == ([report.report_id] if accepted else [])
    assert drop.file_report(report) is (Filing.ALREADY if accepted else Filing.ACCEPTED)
    assert accepted is (longest * 1024 >= path.stat().st_size)
    drop.close()
    assert_sound(path)


def test_a_delete_that_is_cut_deletes_nothing_and_can_be_repeated(path: Path) -> None:
    engine = open_engine(str(path), create_part="drop")
    drop = Drop(engine)
    reports = [sealed_report() for _ in range(10)]
    for report in reports:
        drop.file_report(report)

    def fail(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM report WHERE"):
            raise PowerCutError

    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(PowerCutError):
        drop.delete(drop.report_ids(), [])
    event.remove(engine, "before_cursor_execute", fail)
    assert [drop.get_report(report.report_id).shares for report in reports] == [one.shares for one in reports]
    drop.delete(drop.report_ids(), [])
    assert drop.report_ids() == []
    drop.close()


class PowerCutError(BaseException):
    """The process ends here."""


def test_a_reporter_who_was_not_answered_tries_again_and_is_filed_once(path: Path) -> None:
    report = sealed_report()
    for _ in range(3):
        drop = Drop(open_engine(str(path), create_part="drop"))
        outcome = drop.file_report(report)
        drop.close()
    assert outcome is Filing.ALREADY
    again: SealedReport = dataclasses.replace(report, report_id=os.urandom(16))
    drop = Drop(open_engine(str(path)))
    assert drop.file_report(again) is Filing.ALREADY
    assert drop.report_ids() == [report.report_id]
    drop.close()
