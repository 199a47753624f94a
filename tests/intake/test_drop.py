"""The drop on SQLite: what is acknowledged, what is refused, and what a stolen file does not tell."""

from __future__ import annotations

import dataclasses
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, text

from crypto.errors import ManifestError
from crypto.manifest import Manifest
from crypto.sealing import SealedReport
from intake import tables
from intake.database import Trouble, open_engine, writing
from intake.drop import Drop, DropError, DropFullError, DropOptions, Filing, open_drop
from intake.waiting import Waiting
from tests.intake.samples import drop_message, sealed_report, sealed_slot

CANARY = b"canary-7d1f-canary"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "drop" / "drop.sqlite"


@pytest.fixture
def drop(path: Path) -> Iterator[Drop]:
    opened = open_drop(str(path))
    yield opened
    opened.close()


def test_what_is_filed_is_there_as_it_was_sent(drop: Drop) -> None:
    report = sealed_report(danger=True)
    assert drop.file_report(report) is Filing.ACCEPTED
    stored = drop.get_report(report.report_id)
    assert (stored.day, stored.danger, stored.report_age) == (report.day, True, report.report_age)
    assert stored.shares == report.shares
    assert drop.read_slot(report.thread_id) == report.slot
    assert drop.report_ids() == [report.report_id]


def test_a_known_thread_is_not_filed_twice(drop: Drop) -> None:
    report = sealed_report()
    drop.file_report(report)
    again = dataclasses.replace(report, report_id=os.urandom(16), report_age=b"changed", slot=sealed_slot())
    assert drop.file_report(again) is Filing.ALREADY
    assert drop.report_ids() == [report.report_id]
    assert drop.read_slot(report.thread_id) == report.slot


def test_a_known_thread_stays_known_after_the_desk_collected(drop: Drop) -> None:
    report = sealed_report()
    drop.file_report(report)
    drop.delete([report.report_id], [])
    assert drop.file_report(report) is Filing.ALREADY
    assert drop.report_ids() == []


@pytest.mark.parametrize(
    "change",
    [
        {"report_id": b"short"},
        {"thread_id": b"short"},
        {"slot": b"short"},
        {"report_age": b""},
        {"shares": (b"share",) * 256},
        {"shares": (b"",)},
    ],
)
def test_a_report_that_breaks_a_rule_leaves_nothing_behind(drop: Drop, change: dict[str, bytes]) -> None:
    report = sealed_report()
    broken = SealedReport(**{**{name: getattr(report, name) for name in report.__slots__}, **change})
    with pytest.raises(DropError) as caught:
        drop.file_report(broken)
    assert caught.value.trouble is Trouble.REFUSED
    assert drop.waiting() == Waiting(0, None)
    assert drop.read_slot(report.thread_id) is None
    assert drop.file_report(report) is Filing.ACCEPTED


def test_a_report_id_is_not_taken_twice(drop: Drop) -> None:
    report = sealed_report()
    drop.file_report(report)
    with pytest.raises(DropError):
        drop.file_report(dataclasses.replace(report, thread_id=os.urandom(32)))
    assert drop.get_report(report.report_id).report_age == report.report_age


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["text", "file", "consent", "withdrawal"]), st.lists(st.binary(min_size=1), max_size=5)
)
def test_a_message_comes_back_as_it_was_sent(kind: str, chunks: list[bytes]) -> None:
    message = drop_message(*chunks, kind=kind)
    assert SHARED.add_message(message) is Filing.ACCEPTED
    assert SHARED.add_message(message) is Filing.ALREADY
    assert SHARED.get_message(message.message_id) == message


@pytest.fixture(scope="module", autouse=True)
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One drop for the examples of hypothesis."""
    global SHARED  # noqa: PLW0603 - hypothesis does not take fixtures of one test
    SHARED = open_drop(str(tmp_path_factory.mktemp("shared") / "drop.sqlite"))
    yield
    SHARED.close()


SHARED: Drop


def test_a_message_sent_again_is_sealed_anew_but_stored_once(drop: Drop) -> None:
    first = drop_message()
    again = dataclasses.replace(first, message_age=b"sealed anew" * 100)
    assert drop.add_message(first) is Filing.ACCEPTED
    assert drop.add_message(again) is Filing.ALREADY
    assert drop.get_message(first.message_id) == first


def test_a_message_that_breaks_a_rule_is_refused(drop: Drop) -> None:
    for message in (
        drop_message(kind="rumour"),
        drop_message(b"x" * (2**20 + 1), kind="file"),
        drop_message(b""),
    ):
        with pytest.raises(DropError):
            drop.add_message(message)
    assert drop.message_ids() == []


def test_waiting_tells_the_number_and_the_oldest_day(drop: Drop) -> None:
    assert drop.waiting() == Waiting(0, None)
    for number in (3, 1, 2):
        drop.file_report(sealed_report(day=date(2026, 11, number)))
    assert drop.waiting() == Waiting(3, date(2026, 11, 1))


def test_deleting_takes_exactly_what_is_named(drop: Drop) -> None:
    reports, messages = (
        [sealed_report() for _ in range(4)],
        [drop_message(b"x", kind="file") for _ in range(4)],
    )
    for report, message in zip(reports, messages, strict=True):
        drop.file_report(report)
        drop.add_message(message)
    drop.delete([reports[0].report_id, os.urandom(16)], [messages[1].message_id, reports[2].report_id])
    assert drop.report_ids() == sorted(report.report_id for report in reports[1:])
    assert drop.message_ids() == sorted(one.message_id for one in (messages[0], *messages[2:]))
    with pytest.raises(DropError, match="not in the drop"):
        drop.get_report(reports[0].report_id)
    with pytest.raises(DropError, match="not in the drop"):
        drop.get_message(messages[1].message_id)
    assert drop.read_slot(reports[0].thread_id) == reports[0].slot


def test_only_known_slots_are_rewritten(drop: Drop) -> None:
    reports = [sealed_report(size=10, shares=1) for _ in range(3)]
    for report in reports:
        drop.file_report(report)
    new, stranger = sealed_slot(), os.urandom(32)
    slots = ((thread_id, new) for thread_id in [*(one.thread_id for one in reports[:2]), stranger])
    assert drop.put_slots(slots) == 2
    assert [drop.read_slot(one.thread_id) for one in reports] == [new, new, reports[2].slot]
    assert drop.read_slot(stranger) is None
    with pytest.raises(DropError):
        drop.put_slots([(reports[0].thread_id, b"short")])


def check(drop: Drop, board: bytes, sequence: int, digest: bytes, previous: bytes = b"") -> None:
    manifest = object.__new__(Manifest)
    values = (
        ("board_id", board * 16),
        ("sequence", sequence),
        ("hash", digest * 32),
        ("previous", previous * 32),
    )
    for name, value in values:
        object.__setattr__(manifest, name, value)
    drop.check_manifest(manifest)


def test_an_older_manifest_or_a_twin_is_refused(drop: Drop) -> None:
    for _ in range(2):
        check(drop, b"a", 2, b"2")
    check(drop, b"b", 1, b"1")
    check(drop, b"a", 4, b"4")
    for sequence, digest in ((1, b"1"), (2, b"2"), (3, b"3"), (4, b"x")):
        with pytest.raises(ManifestError):
            check(drop, b"a", sequence, digest)
    check(drop, b"a", 4, b"4")


def test_the_next_manifest_follows_the_last_one(drop: Drop) -> None:
    """Of two that follow the same one, both signed, only the first is taken (protocol.md §2)."""
    check(drop, b"a", 1, b"1")
    with pytest.raises(ManifestError, match="does not follow"):
        check(drop, b"a", 2, b"2", b"x")
    check(drop, b"a", 2, b"2", b"1")
    check(drop, b"a", 4, b"4", b"3")


def test_many_at_once_are_all_filed_once(drop: Drop) -> None:
    reports = [sealed_report(size=500, shares=2) for _ in range(60)]
    outcomes: list[Filing] = []

    def file(some: list[SealedReport]) -> None:
        outcomes.extend(drop.file_report(report) for report in some)

    threads = [threading.Thread(target=file, args=(random.sample(reports, 60),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(Filing.ACCEPTED) == 60
    assert outcomes.count(Filing.ALREADY) == 180
    assert drop.report_ids() == sorted(report.report_id for report in reports)


def test_one_that_is_refused_takes_nobody_down(drop: Drop) -> None:
    good = [sealed_report(size=100, shares=1) for _ in range(20)]
    bad = [dataclasses.replace(report, thread_id=os.urandom(32), slot=b"short") for report in good]
    results: dict[int, Filing | DropError] = {}

    def file(number: int, report: SealedReport) -> None:
        try:
            results[number] = drop.file_report(report)
        except DropError as error:
            results[number] = error

    threads = [threading.Thread(target=file, args=pair) for pair in enumerate(good + bad)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [results[number] for number in range(20)] == [Filing.ACCEPTED] * 20
    assert all(isinstance(results[number], DropError) for number in range(20, 40))


def test_a_row_that_reads_back_changed_is_not_acknowledged(path: Path) -> None:
    engine = open_engine(str(path), create_part="drop")
    with writing(engine) as connection:
        connection.execute(
            text(
                "CREATE TRIGGER rot AFTER INSERT ON report_share BEGIN"
                " UPDATE report SET report_age = x'00' WHERE id = new.report_id; END"
            )
        )
    drop = Drop(engine)
    with pytest.raises(DropError, match="does not read back"):
        drop.file_report(sealed_report())
    drop.close()


def test_what_the_desk_collects_before_it_is_read_back_is_acknowledged(
    drop: Drop, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = sealed_report()
    collect_first(path, monkeypatch)
    assert drop.file_report(report) is Filing.ACCEPTED
    assert drop.add_message(drop_message(thread_id=report.thread_id)) is Filing.ACCEPTED
    assert drop.report_ids() == drop.message_ids() == []


def test_what_is_missing_together_with_its_thread_is_not_acknowledged(
    drop: Drop, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect_first(path, monkeypatch, "slot")
    with pytest.raises(DropError, match="does not read back"):
        drop.file_report(sealed_report())
    with pytest.raises(DropError, match="does not read back"):
        drop.add_message(drop_message())


def collect_first(path: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    """Let another process delete everything between a commit and its reading back."""
    for name in ("stored_report_digest", "stored_message_digest"):
        monkeypatch.setattr(
            tables, name, after_deleting(path, ("report", "message", *more), getattr(tables, name))
        )


def after_deleting(
    path: Path, names: tuple[str, ...], read: Callable[[Connection, bytes], bytes | None]
) -> Callable[[Connection, bytes], bytes | None]:
    def deleting(connection: Connection, key: bytes) -> bytes | None:
        with sqlite3.connect(path) as other:
            for name in names:
                other.execute("DELETE FROM TABLE_NAME".replace("TABLE_NAME", name))
        other.close()
        return read(connection, key)

    return deleting


def test_what_is_read_back_comes_through_another_connection(path: Path) -> None:
    engine = open_engine(str(path), create_part="drop")
    used: dict[str, set[int]] = {"INSERT": set(), "SELECT": set()}

    @event.listens_for(engine, "before_cursor_execute")
    def note(connection: object, cursor: sqlite3.Cursor, statement: str, *_: object) -> None:
        used.setdefault(statement.split(maxsplit=1)[0], set()).add(id(cursor.connection))

    drop = Drop(engine)
    drop.file_report(sealed_report())
    drop.close()
    assert len(used["INSERT"]) == len(used["SELECT"]) == 1
    assert used["INSERT"].isdisjoint(used["SELECT"])


def test_a_nearly_full_disk_is_refused_politely(path: Path) -> None:
    drop = open_drop(str(path), DropOptions(refuse_percent=0))
    with pytest.raises(DropFullError, match="nearly full"):
        drop.file_report(sealed_report())
    with pytest.raises(DropFullError, match="nearly full"):
        drop.add_message(drop_message())
    assert drop.waiting().count == 0
    drop.close()


def test_a_damaged_file_is_told_in_plain_words(path: Path) -> None:
    drop = open_drop(str(path))
    for _ in range(30):
        drop.file_report(sealed_report())
    drop.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 3 * 4096))
    damaged = open_drop(str(path))
    actions: list[Callable[[], object]] = [
        damaged.report_ids,
        damaged.waiting,
        damaged.vacuum,
        lambda: damaged.file_report(sealed_report()),
        lambda: damaged.read_slot(os.urandom(32)),
    ]
    for action in actions:
        with pytest.raises(DropError, match="damaged"):
            action()
    damaged.close()


def test_a_closed_drop_files_nothing(path: Path) -> None:
    drop = open_drop(str(path))
    drop.close()
    with pytest.raises(DropError, match="nothing was stored"):
        drop.file_report(sealed_report())


def test_maintenance_rewrites_when_there_were_writes_and_the_time_has_come(path: Path) -> None:
    drop = open_drop(str(path), DropOptions(vacuum_seconds=3600))
    start = time.monotonic()
    assert drop.maintain(start + 4000) is False
    drop.file_report(sealed_report())
    assert drop.maintain(start + 7000) is False
    assert drop.maintain(start + 8000) is True
    assert drop.maintain(start + 12000) is False
    drop.close()


def test_two_vacuums_do_not_run_at_once(path: Path) -> None:
    engine = open_engine(str(path), create_part="drop")
    drop = Drop(engine)
    seen: list[str] = []

    @event.listens_for(engine, "checkout")
    def again(*_: object) -> None:
        try:
            drop.vacuum()
        except DropError as error:
            seen.append(str(error))

    drop.vacuum()
    drop.close()
    assert seen == ["the drop is being rewritten already"]


def test_values_hide_what_is_sealed() -> None:
    report = sealed_report()
    assert repr(report.thread_id) not in repr(report)
    message = drop_message(CANARY, kind="file")
    assert "canary" not in repr(message)
    assert repr(message.thread_id) not in repr(message)
