"""One thread that gathers jobs into groups, so that many reporters share the price of one durable commit."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")

GROUP_SIZE = 64


class WriterClosedError(RuntimeError):
    """The writer was closed, or its thread ended, before the job was done: nothing was acknowledged."""


class GroupWriter(Generic[Job, Result]):
    """Runs `commit` on groups of jobs in one thread; `idle` between groups and when nothing came for a while.

    `commit` gives a result or an error for each job, in their order. The thread begins with the first job, so
    that a server may fork before.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Job]], Sequence[Result | Exception]],
        idle: Callable[[], None],
        idle_seconds: float,
    ) -> None:
        self._commit = commit
        self._idle = idle
        self._idle_seconds = idle_seconds
        self._jobs: SimpleQueue[tuple[Job, Future[Result]] | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._closed = False

    def submit(self, job: Job) -> "Future[Result]":
        """The job's future; it is resolved when the job is durable, or not done at all."""
        future: Future[Result] = Future()
        with self._lock:
            if self._closed:
                raise WriterClosedError("the writer is closed")
            self._jobs.put((job, future))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="drop-writer", daemon=True)
                self._thread.start()
        return future

    def close(self) -> None:
        """Do what was submitted, then end the thread."""
        with self._lock:
            self._closed = True
            thread = self._thread
            self._jobs.put(None)
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        try:
            last = False
            while not last:
                group, last = self._gather()
                if group:
                    self._finish(group)
                self._idle()
        finally:
            self._refuse_waiting()

    def _gather(self) -> tuple[list[tuple[Job, "Future[Result]"]], bool]:
        """The jobs that wait now, in random order, and whether they are the last ones."""
        group: list[tuple[Job, Future[Result]]] = []
        last = False
        try:
            while len(group) < GROUP_SIZE and not last:
                item = self._jobs.get_nowait() if group else self._jobs.get(timeout=self._idle_seconds)
                if item is None:
                    last = True
                else:
                    group.append(item)
        except Empty:
            pass
        # The order of arrival must not be the order of rows in the file (T1).
        secrets.SystemRandom().shuffle(group)
        return group, last

    def _finish(self, group: Sequence[tuple[Job, "Future[Result]"]]) -> None:
        try:
            outcomes = self._commit([job for job, _ in group])
            for (_, future), outcome in zip(group, outcomes, strict=True):
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
        finally:
            # Whatever went wrong, nobody waits for ever and nothing is acknowledged.
            for _, future in group:
                if not future.done():
                    future.set_exception(WriterClosedError("the writer's thread ended"))

    def _refuse_waiting(self) -> None:
        """Leave nobody waiting for a thread that ended; the next job starts another one."""
        with self._lock:
            self._thread = None
            while not self._jobs.empty():
                item = self._jobs.get_nowait()
                if item is not None:
                    item[1].set_exception(WriterClosedError("the writer's thread ended"))
