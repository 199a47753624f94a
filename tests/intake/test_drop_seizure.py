"""What the files of a seized drop tell: neither order nor pairs nor what was deleted (T1)."""

from __future__ import annotations

import dataclasses
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.drop import Drop, DropOptions, open_drop
from tests.intake.samples import DAY, drop_message, sealed_report, sealed_slot

CANARY = b"canary-7d1f-canary"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "drop" / "drop.sqlite"


@pytest.fixture
def drop(path: Path) -> Iterator[Drop]:
    opened = open_drop(str(path))
    yield opened
    opened.close()


def test_maintenance_comes_by_itself_with_the_writing(path: Path) -> None:
    drop = open_drop(str(path), DropOptions(vacuum_seconds=0))
    reports = [sealed_report(size=30_000, shares=1) for _ in range(40)]
    for report in reports:
        drop.file_report(report)
    drop.close()
    found = offsets(path, [report.report_age for report in reports])
    assert ranked(found) == ranked([int.from_bytes(report.report_id) for report in reports])


def test_the_order_of_arrival_cannot_be_read_after_a_vacuum(drop: Drop, path: Path) -> None:
    dice = random.Random(2)  # the same ids each time, or chance would pass 0.1 now and then
    reports = [
        dataclasses.replace(
            sealed_report(size=30_000, shares=3), report_id=dice.randbytes(16), thread_id=dice.randbytes(32)
        )
        for _ in range(300)
    ]
    for report in reports:
        drop.file_report(report)
    before = offsets(path, [report.report_age for report in reports])
    assert rank_correlation(before) > 0.9  # the measure sees what there is to see
    drop.vacuum()
    after = offsets(path, [report.report_age for report in reports])
    slots = offsets(path, [report.slot for report in reports])
    pairs = [slots[number] for number in ranked(after)]
    assert [abs(rank_correlation(values)) < 0.1 for values in (after, slots, pairs)] == [True] * 3
    assert ranked(after) == ranked([int.from_bytes(report.report_id) for report in reports])
    assert ranked(slots) == ranked([int.from_bytes(report.thread_id) for report in reports])


def test_deleted_bytes_are_in_no_file(drop: Drop, path: Path) -> None:
    reports = [
        dataclasses.replace(sealed_report(), report_age=CANARY * 900, shares=(CANARY * 90,) * 3)
        for _ in range(20)
    ]
    message = drop_message(CANARY * 50_000, kind="file")
    for report in reports:
        drop.file_report(report)
    drop.add_message(message)
    drop.put_slots([(report.thread_id, (CANARY * 2000)[:32768]) for report in reports])
    assert occurrences(path.parent) > 0
    drop.delete([report.report_id for report in reports], [message.message_id])
    drop.put_slots([(report.thread_id, sealed_slot()) for report in reports])
    assert occurrences(path.parent) == 0
    drop.vacuum()
    assert occurrences(path.parent) == 0


def test_a_day_is_all_that_is_kept_of_the_time(drop: Drop, path: Path) -> None:
    drop.file_report(sealed_report())
    drop.add_message(drop_message())
    with sqlite3.connect(path) as connection:
        days = connection.execute("SELECT day FROM report UNION ALL SELECT day FROM message").fetchall()
    connection.close()
    assert days == [(DAY.isoformat(),)] * 2


def offsets(path: Path, parts: list[bytes]) -> list[int]:
    """Where each part's first overflow page stands in the file."""
    data = path.read_bytes()
    found = [data.find(part[-2000:-1000]) for part in parts]
    assert -1 not in found
    return found


def occurrences(folder: Path) -> int:
    return sum(file.read_bytes().count(CANARY) for file in folder.iterdir())


def ranked(values: list[int]) -> list[int]:
    """The positions of the values, smallest first."""
    return sorted(range(len(values)), key=values.__getitem__)


def rank_correlation(values: list[int]) -> float:
    """Spearman's: 1 if the values rise in their order, about 0 if they are mixed."""
    count = len(values)
    distance = sum((rank - position) ** 2 for rank, position in enumerate(ranked(values)))
    return 1 - 6 * distance / (count * (count * count - 1))
