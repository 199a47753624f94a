"""The writer's thread: every job gets an answer, whatever happens to its group."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future

import pytest

from intake.writer import GROUP_SIZE, GroupWriter, WriterClosedError


class Recorder:
    """A commit that doubles numbers, refuses negative ones, and waits until it is let go."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.idled = 0
        self.go = threading.Event()
        self.started = threading.Event()

    def commit(self, jobs: Sequence[int]) -> Sequence[int | Exception]:
        self.started.set()
        assert self.go.wait(20)
        self.groups.append(list(jobs))
        return [job * 2 if job >= 0 else ValueError("negative") for job in jobs]

    def idle(self) -> None:
        self.idled += 1

    def writer(self) -> GroupWriter[int, int]:
        return GroupWriter(self.commit, self.idle, 60)


def test_jobs_that_wait_are_committed_together_and_mixed() -> None:
    recorder = Recorder()
    writer = recorder.writer()
    futures = [writer.submit(0)]
    assert recorder.started.wait(20)
    futures += [writer.submit(number) for number in range(1, GROUP_SIZE + 11)]
    recorder.go.set()
    assert [future.result(20) for future in futures] == [number * 2 for number in range(GROUP_SIZE + 11)]
    writer.close()
    assert [len(group) for group in recorder.groups] == [1, GROUP_SIZE, 10]
    assert recorder.groups[1] != sorted(recorder.groups[1])
    assert recorder.idled == 3 + 1  # after each group, and at the end


def test_an_error_goes_to_its_own_job() -> None:
    recorder = Recorder()
    recorder.go.set()
    writer = recorder.writer()
    good, bad = writer.submit(4), writer.submit(-4)
    assert good.result(20) == 8
    with pytest.raises(ValueError, match="negative"):
        bad.result(20)
    writer.close()


def test_closing_does_what_was_submitted_and_takes_nothing_more() -> None:
    recorder = Recorder()
    writer = recorder.writer()
    futures = [writer.submit(number) for number in range(5)]
    recorder.go.set()
    writer.close()
    assert [future.result(0) for future in futures] == [0, 2, 4, 6, 8]
    with pytest.raises(WriterClosedError):
        writer.submit(1)
    writer.close()


def test_a_thread_that_breaks_leaves_nobody_waiting_and_another_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: broken.set())
    release = threading.Event()
    started = threading.Event()

    def commit(jobs: Sequence[int]) -> Sequence[int]:
        started.set()
        assert release.wait(20)
        return [1 // job for job in jobs]

    writer: GroupWriter[int, int] = GroupWriter(commit, lambda: None, 60)
    futures: list[Future[int]] = [writer.submit(0)]
    assert started.wait(20)
    futures += [writer.submit(number) for number in (1, 2)]
    release.set()
    for future in futures:
        with pytest.raises(WriterClosedError):
            future.result(20)
    assert broken.wait(20)
    assert writer.submit(1).result(20) == 1
    writer.close()


def test_idling_happens_without_jobs_too() -> None:
    idled = threading.Event()
    writer: GroupWriter[int, int] = GroupWriter(list, idled.set, 0.001)
    writer.submit(1).result(20)
    idled.clear()
    assert idled.wait(20)
    writer.close()
