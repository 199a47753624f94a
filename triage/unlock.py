"""Unlocking: a member's shares of everything waiting, opened in one batch (protocol.md §6, §7).

Opening needs k members, not at the same hour. Who comes as the k-th opens at once; who comes before releases
their share to those who have not been here yet. At most k-1 valid shares are ever released: a recused member,
whose own is blank, never holds enough (T3).
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from crypto.identity_file import PersonKeys
from triage import audit, messages, tables
from triage.audit import AuditAction
from triage.config import DeskKind
from triage.desk import Desk, Seat
from triage.errors import NotGrantedError
from triage.login import unlock_keys
from triage.opening import Opening, open_report, remove_waiting
from triage.people import Role, share_holders
from triage.register import reading, tidy, writing
from triage.shares_batch import Holder, Task, Tried, Worker, workers

# Reports in memory, and in one transaction, at a time.
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What this member completed. How many reports wait is not said (protocol.md §6)."""

    opened: int
    wrong: int
    unreadable: int


def unlock(
    desk: Desk, seat: Seat, passphrase: str, progress: Callable[[float], None] | None = None
) -> Unlocked:
    """Open or release everything that waits; `progress` is told a fraction. LoginError, NotGrantedError."""
    labels = [holder.label for holder in share_holders(desk.board.manifest, desk.kind)]
    if not seat.person.has(Role.MEMBER) or seat.person.label not in labels:
        raise NotGrantedError("only who holds shares can unlock")
    keys = unlock_keys(desk, seat, passphrase)
    results: list[Opening] = []
    # Two at the same moment would both release to a third, who might be recused: k valid shares at rest.
    with desk.unlocking:
        holder = _holder(desk, seat, keys)
        ids = _untried(desk, seat.person.label)
        with workers(holder, len(ids)) as work:
            for at in range(0, len(ids), _BATCH):
                results += _try_batch(desk, seat, holder, work, ids[at : at + _BATCH])
                if progress is not None:
                    progress(min(1.0, (at + _BATCH) / len(ids)))
        _close_hopeless(desk, seat, labels)
    messages.deliver(desk)
    return Unlocked(
        opened=sum(result.case is not None for result in results),
        wrong=sum(len(result.wrong) for result in results),
        unreadable=sum(result.case is None for result in results),
    )


def _holder(desk: Desk, seat: Seat, keys: PersonKeys) -> Holder:
    known, today = tables.known_manifest, desk.today()
    manifest = desk.board.manifest
    with reading(desk.register) as connection:
        thresholds = set(connection.scalars(select(known.c.threshold)))
    # The signed one in any case: with a larger one in the register they would release more than k - 1 (T3).
    thresholds.add(manifest.threshold if desk.kind is DeskKind.BOARD else manifest.watcher_threshold)
    holders = share_holders(manifest, desk.kind)
    others = {each.label: each.recipient_for(today) for each in holders if each.label != seat.person.label}
    x = next(each.x for each in holders if each.label == seat.person.label)
    return Holder(keys, x, today, tuple(sorted(thresholds)), others)


def _untried(desk: Desk, label: str) -> list[bytes]:
    rows, tried = tables.waiting_report, tables.tried
    mine = exists().where(tried.c.report_id == rows.c.id, tried.c.holder == label)
    with reading(desk.register) as connection:
        return list(connection.scalars(select(rows.c.id).where(rows.c.status == "waiting", ~mine)))


def _try_batch(desk: Desk, seat: Seat, holder: Holder, work: Worker, ids: Sequence[bytes]) -> list[Opening]:
    tasks = _tasks(desk, holder, ids, holder.x)
    results = {task.report_id: (task, tried) for task, tried in zip(tasks, work(tasks), strict=True)}
    # The manifest may have changed since a report was filed: then the own share stands elsewhere.
    lost = [report_id for report_id, (_, tried) in results.items() if not tried.x]
    if lost:
        again = _tasks(desk, holder, lost, None)
        results |= {task.report_id: (task, tried) for task, tried in zip(again, work(again), strict=True)}
    return _settle(desk, seat, list(results.values()))


def _tasks(desk: Desk, holder: Holder, ids: Sequence[bytes], x: int | None) -> list[Task]:
    """The reports with the share at `x`, or with every share for None."""
    waiting, share, released, tried = (
        tables.waiting_report.c,
        tables.share.c,
        tables.released.c,
        tables.tried.c,
    )
    filed_rule = share.report_id.in_(ids) if x is None else share.report_id.in_(ids) & (share.x == x)
    mine = released.report_id.in_(ids) & (released.holder == holder.keys.label)
    filed: dict[bytes, list[tuple[int, bytes]]] = defaultdict(list)
    given: dict[bytes, list[tuple[int, bytes]]] = defaultdict(list)
    done: dict[bytes, set[str]] = defaultdict(set)
    with reading(desk.register) as connection:
        days = connection.execute(select(waiting.id, waiting.day).where(waiting.id.in_(ids))).all()
        for row in connection.execute(select(share.report_id, share.x, share.sealed).where(filed_rule)):
            filed[bytes(row.report_id)].append((row.x, bytes(row.sealed)))
        for row in connection.execute(select(released.report_id, released.x, released.sealed).where(mine)):
            given[bytes(row.report_id)].append((row.x, bytes(row.sealed)))
        for each in connection.execute(select(tried.report_id, tried.holder).where(tried.report_id.in_(ids))):
            done[bytes(each.report_id)].add(each.holder)
    return [
        Task(
            report_id=report_id,
            day=date.fromisoformat(row.day),
            release_to=tuple(sorted(holder.others.keys() - done[report_id])),
            filed=tuple(filed[report_id]),
            released=tuple(given[report_id]),
        )
        for row in days
        for report_id in [bytes(row.id)]
    ]


def _settle(desk: Desk, seat: Seat, results: Sequence[tuple[Task, Tried]]) -> list[Opening]:
    """Store what the batch gave, in one transaction."""
    openings: list[Opening] = []
    with desk.lock:
        with writing(desk.register) as connection:
            current = _unchanged(connection, seat.person.label, [task for task, _ in results])
            for task, tried in results:
                if task.report_id not in current:
                    continue
                opening = None
                if tried.seed is not None:
                    opening = open_report(connection, desk, seat, task.report_id, tried.seed, tried.wrong)
                if opening is None:
                    _release(connection, seat.person.label, tried)
                else:
                    openings.append(opening)
        for opening in openings:
            if opening.case is not None:
                desk.publish(opening.case)
    return openings


def _unchanged(connection: Connection, label: str, tasks: Sequence[Task]) -> set[bytes]:
    """The reports that nobody released or opened meanwhile: another desk on the same register may have."""
    waiting, released, tried = tables.waiting_report.c, tables.released.c, tables.tried.c
    ids = [task.report_id for task in tasks]
    still = set(
        connection.scalars(select(waiting.id).where(waiting.id.in_(ids), waiting.status == "waiting"))
    )
    done = set(
        connection.scalars(select(tried.report_id).where(tried.report_id.in_(ids), tried.holder == label))
    )
    given = select(released.report_id, func.count()).group_by(released.report_id)
    mine = given.where(released.report_id.in_(ids), released.holder == label)
    counts = {bytes(row[0]): row[1] for row in connection.execute(mine)}
    return {
        task.report_id
        for task in tasks
        if task.report_id in still - done and counts.get(task.report_id, 0) == len(task.released)
    }


def _release(connection: Connection, label: str, tried: Tried) -> None:
    """The own share goes to those who can still try; with nobody left it stays where it was filed."""
    connection.execute(insert(tables.tried).values(report_id=tried.report_id, holder=label))
    for other, sealed in tried.released:
        values = {"report_id": tried.report_id, "x": tried.x, "holder": other, "sealed": sealed}
        connection.execute(insert(tables.released).values(values))
    if tried.released:
        share = tables.share.c
        connection.execute(delete(tables.share).where(share.report_id == tried.report_id, share.x == tried.x))


def _close_hopeless(desk: Desk, seat: Seat, labels: Sequence[str]) -> None:
    """What all holders tried in vain is unopenable: kept by the board, and no business of its watchers."""
    waiting, tried = tables.waiting_report, tables.tried
    everyone = (
        select(tried.c.report_id)
        .where(tried.c.holder.in_(labels))
        .group_by(tried.c.report_id)
        .having(func.count() == len(labels))
    )
    with desk.lock, writing(desk.register) as connection:
        rule = (waiting.c.status == "waiting") & waiting.c.id.in_(everyone)
        if desk.kind is DeskKind.BOARD:
            connection.execute(update(waiting).where(rule).values(status="unopenable"))
        else:
            for report_id in list(connection.scalars(select(waiting.c.id).where(rule))):
                remove_waiting(connection, bytes(report_id))
        audit.append(connection, desk, seat, AuditAction.UNLOCKED)
    with desk.lock:
        tidy(desk.register)
