"""What a holder's shares give: pure work on bytes, done inline or in a pool of processes (protocol.md §6)."""

import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from crypto.errors import AgeError, ShareError
from crypto.hybrid import HybridIdentity, HybridRecipient
from crypto.identity_file import PersonKeys
from crypto.opening import find_case_key, open_share, reseal_share
from crypto.shares import Share
from intake.hardening import forbid_dumps

# Below it, starting processes costs more than it saves.
INLINE = 64
_PER_CALL = 64


@dataclass(frozen=True, slots=True)
class Task:
    """One waiting report: shares by x, filed and released to this holder; who can still try after them."""

    report_id: bytes
    day: date
    release_to: tuple[str, ...]
    filed: tuple[tuple[int, bytes], ...] = field(repr=False)
    released: tuple[tuple[int, bytes], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who tries: their keys, their x in today's manifest, every k in use, and to whom a share is released."""

    keys: PersonKeys = field(repr=False)
    x: int
    today: date
    thresholds: tuple[int, ...]
    others: Mapping[str, HybridRecipient] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tried:
    """A seed if the report opens; else the own share, filed at ``x``, sealed to each who can still try."""

    report_id: bytes
    x: int = 0  # 0: no share opened for this holder
    seed: bytes | None = field(default=None, repr=False)
    wrong: tuple[int, ...] = ()
    released: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


class Worker(Protocol):
    """Runs a batch."""

    def __call__(self, tasks: Sequence[Task]) -> list[Tried]:
        """One result a task, in order."""


def try_reports(holder: Holder, tasks: Sequence[Task]) -> list[Tried]:
    """One result a task, in order."""
    return [try_report(holder, task) for task in tasks]


def try_report(holder: Holder, task: Task) -> Tried:
    """Complete k valid shares, or release the own one."""
    x, own = _own_share(holder, task)
    if own is None:
        return Tried(task.report_id)
    if len(task.released) + 1 >= min(holder.thresholds):
        shares = [own, *_released(holder, task)]
        found = find_case_key(shares, holder.thresholds)
        if found is not None:
            return Tried(task.report_id, x, found.case_key.seed, found.wrong)
    released = tuple((label, reseal_share(own, holder.others[label])) for label in task.release_to)
    return Tried(task.report_id, x, released=released)


@contextmanager
def workers(holder: Holder, count: int) -> Iterator[Worker]:
    """Inline for few reports; else processes that end with the batch, and their memory with them (T15)."""
    if count <= INLINE:
        yield lambda tasks: try_reports(holder, tasks)
        return
    context = multiprocessing.get_context("spawn")
    # A new process may be dumped until it says otherwise, and it is handed identities (T15).
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1), context, initializer=forbid_dumps) as pool:
        yield lambda tasks: _spread(pool, holder, tasks)


def _spread(pool: ProcessPoolExecutor, holder: Holder, tasks: Sequence[Task]) -> list[Tried]:
    calls = [
        pool.submit(try_reports, holder, tasks[at : at + _PER_CALL]) for at in range(0, len(tasks), _PER_CALL)
    ]
    return [tried for call in calls for tried in call.result()]


def _own_share(holder: Holder, task: Task) -> tuple[int, Share | None]:
    """The share that opens for this holder and where it stood: the manifest may have changed since."""
    identities = holder.keys.for_day(task.day)
    for x, sealed in task.filed:
        share = _open(sealed, identities, task.report_id)
        if share is not None:
            return x, share
    return 0, None


def _released(holder: Holder, task: Task) -> list[Share]:
    identities = holder.keys.for_day(holder.today)
    opened = (_open(sealed, identities, task.report_id) for _, sealed in task.released)
    return [share for share in opened if share is not None]


def _open(sealed: bytes, identities: Sequence[HybridIdentity], report_id: bytes) -> Share | None:
    try:
        share = open_share(sealed, identities)
    except (AgeError, ShareError):
        return None
    return share if share.report_id == report_id else None
