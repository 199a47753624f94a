"""A report that names another reporter's thread takes neither their slot nor their messages (T2, T8)."""

from __future__ import annotations

from crypto import age
from crypto.hybrid import HybridIdentity
from crypto.padding import pad_json
from crypto.sealing import Recusal, SealedReport, _seal_shares
from crypto.strict_json import Json, canonical, encode_blob
from tests.triage.world import Filed, World, seal
from triage.case_page import read_case
from triage.collect import collect
from triage.entry import EntryKind
from triage.rounds import run_round


def borrowing(world: World, thread_id: bytes) -> SealedReport:
    """A report of somebody's own that says it belongs to that thread, as anyone can seal it."""
    own = seal(world.manifest, world.clock.now.date())
    case = HybridIdentity.generate()
    envelope: dict[str, Json] = {
        "kind": "report",
        "version": 1,
        "report_id": encode_blob(bytes(16)),
        "thread_id": encode_blob(thread_id),
        "manifest": encode_blob(world.manifest.hash),
        "day": own.sealed.day.isoformat(),
        "recipient": encode_blob(own.keys.identity.recipient.to_bytes()),
        "verification_key": encode_blob(own.keys.verification_key),
        "filing_salt": encode_blob(own.keys.filing_salt),
        "recusals": {"labels": [], "members_only": False},
        "content": own.report.to_json(),
    }
    return SealedReport(
        report_id=bytes(16),
        day=own.sealed.day,
        danger=False,
        report_age=age.seal(pad_json(canonical(envelope)), [case.recipient]),
        shares=_seal_shares(world.manifest, Recusal(frozenset()), own.sealed.day, case, bytes(16)),
        thread_id=own.keys.thread_id,
        slot=own.sealed.slot,
    )


def both_opened(world: World) -> Filed:
    filed = world.file("relato")
    world.drop.file_report(borrowing(world, filed.keys.thread_id))
    collect(world.desk)
    opened = world.unlock("vocal-1", "vocal-2")[-1]
    assert (opened.opened, opened.unreadable) == (1, 1)
    return filed


def test_the_slot_stays_the_reporters(world: World) -> None:
    filed = both_opened(world)
    world.seat("enlace-1")
    for sequence in range(1, 6):
        run_round(world.desk)
        assert world.slot(filed).sequence == sequence


def test_the_messages_reach_the_reporters_case(world: World) -> None:
    filed = both_opened(world)
    seat = world.seat("enlace-1")
    for number in range(3):
        world.send(filed, f"mensaje {number}")
    assert collect(world.desk).messages == 3
    timeline = read_case(world.desk, seat, next(iter(seat.cases))).timeline
    assert [entry.kind for entry in timeline].count(EntryKind.MESSAGE) == 3
