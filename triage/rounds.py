"""Slot rounds: rewrite the slots of all cases open to somebody at the desk, news or not (protocol.md §5)."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from crypto.errors import RecipientError
from crypto.hybrid import HybridRecipient
from crypto.slots import REPLY_ID_SIZE, Reply, Slot, SlotDeadline, fit_replies, seal_slot
from triage import audit
from triage.audit import AuditAction
from triage.audit_entry import About
from triage.case import State, slot_state
from triage.case_file import OpenCase, add_entry, read_entries, update_case
from triage.collect import drop_errors
from triage.deadlines import Status, due
from triage.desk import Desk
from triage.entry import Entry, EntryKind
from triage.errors import LockedError, RegisterError
from triage.messages import find_case
from triage.register import get_milestone, reading, set_milestone, tidy, writing

# What the reporter is told of; the others are the board's own business, and a signed slot acknowledges.
_TOLD = frozenset({"feedback"})
_BATCH = 128


@dataclass(frozen=True, slots=True)
class Round:
    """How many slots were rewritten on which day."""

    day: date
    slots: int


def run_round(desk: Desk) -> Round:
    """Rewrite the slots. LockedError without the desk key; after a CollectError run it again."""
    drop, seed = desk.drop, desk.desk_seed
    if drop is None:
        raise LockedError("this desk has no drop: slots cannot go out")
    if seed is None:
        raise LockedError("the desk key is locked: somebody who reads cases must log in")
    written = 0
    # A random order: the drop's host sees it, and the order of opening must not show in it (T1).
    ids = list({case_id for seat in desk.present() for case_id in list(seat.cases)})
    secrets.SystemRandom().shuffle(ids)
    for at in range(0, len(ids), _BATCH):
        batch = ids[at : at + _BATCH]
        slots = _prepare(desk, batch, seed)
        with drop_errors():
            written += drop.put_slots(slots)
        _acknowledge(desk, batch)
    with desk.lock, writing(desk.register) as connection:
        set_milestone(connection, "round", desk.today())
        audit.append(connection, desk, None, AuditAction.ROUND)
    with desk.lock:
        tidy(desk.register)
    return Round(desk.today(), written)


def last_round(desk: Desk) -> date | None:
    """The day of the last slot round."""
    with reading(desk.register) as connection:
        return get_milestone(connection, "round")


def make_slot(connection: Connection, desk: Desk, case: OpenCase) -> Slot:
    """What the reporter is to see now; the sequence is the case's, counted up by the caller."""
    record = case.record
    entries = read_entries(connection, case, case.replies)
    return fit_replies(
        Slot(
            thread_id=record.thread_id,
            sequence=record.slot_sequence,
            day=desk.today(),
            state=slot_state(record.state),
            deadlines=_deadlines(desk, case),
            replies=tuple(_reply(case, entry) for entry in entries),
            case_recipient=case.case_key.identity.recipient,
        )
    )


def _prepare(desk: Desk, ids: list[bytes], seed: bytes) -> list[tuple[bytes, bytes]]:
    """Sealed slots by thread. The new sequence is durable before a slot goes out: none is used twice."""
    slots, stored = [], []
    with desk.lock:
        with writing(desk.register) as connection:
            for case in filter(None, (find_case(connection, desk, case_id) for case_id in ids)):
                record = replace(case.record, slot_sequence=case.record.slot_sequence + 1)
                counted = update_case(connection, case, replace(case, record=record), quiet=True)
                slot = make_slot(connection, desk, counted)
                slots.append((record.thread_id, seal_slot(_recipient(counted), slot, seed)))
                stored.append(counted)
        for case in stored:
            desk.publish(case)
    return slots


def _acknowledge(desk: Desk, ids: list[bytes]) -> None:
    """The first signed slot is the acknowledgement (DESK, "Life of a case")."""
    stored = []
    with desk.lock:
        with writing(desk.register) as connection:
            for case in filter(None, (find_case(connection, desk, case_id) for case_id in ids)):
                if case.record.acknowledged_at is not None:
                    continue
                record = replace(case.record, acknowledged_at=desk.now())
                if record.state is State.RECEIVED:
                    record = replace(record, state=State.ACKNOWLEDGED)
                changed = add_entry(connection, case, Entry(EntryKind.ACKNOWLEDGED, desk.now()))
                changed = replace(changed, record=record)
                stored.append(update_case(connection, case, changed, quiet=True))
                about = About(case.case_key, case.case_id)
                audit.append(connection, desk, None, AuditAction.CHANGE, "acknowledged", about)
        for case in stored:
            desk.publish(case)


def _deadlines(desk: Desk, case: OpenCase) -> tuple[SlotDeadline, ...]:
    if case.record.state is State.CLOSED:
        return ()
    return tuple(
        SlotDeadline(deadline.name, deadline.due.date())
        for deadline in due(case.record, desk.clock())
        if deadline.name in _TOLD and deadline.status is not Status.MET
    )


def _reply(case: OpenCase, entry: Entry) -> Reply:
    # One id for life: entry ids change with the generation of the case key.
    seen_as = hashlib.sha256(case.case_id + entry.number.to_bytes(4)).digest()[:REPLY_ID_SIZE]
    return Reply(seen_as, entry.at.date(), entry.text)


def _recipient(case: OpenCase) -> HybridRecipient:
    try:
        return HybridRecipient.from_bytes(case.record.reporter_recipient)
    except RecipientError:
        raise RegisterError("the reporter's recipient of a case is damaged") from None
