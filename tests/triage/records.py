"""Records for tests of the rules: nothing in them is sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from crypto.parts import Consents
from crypto.sealing import Recusal
from intake.report import Group
from triage.case import Access, Basis, CaseRecord, Categories, Outcome, State
from triage.urgency import Urgency

OPENED = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)

PLAIN = CaseRecord(
    case_id=bytes(range(16)),
    report_id=bytes(range(1, 17)),
    thread_id=bytes(range(32)),
    reporter_recipient=bytes(1216),
    verification_key=bytes(range(32)),
    language="es",
    group=Group.DETAINED,
    place_id="GEN-XX-01",
    place_text="",
    opened_at=OPENED,
    day=date(2026, 11, 2),
    taxonomy_version="0123456789ab",
    consents=Consents(pass_on=True, consulate=False),
    recusal=Recusal(frozenset({"vocal-2"}), members_only=False),
    title="Nos tienen en un cuarto",
)

FULL = replace(
    PLAIN,
    group=None,
    place_id=None,
    place_text="a un lado de la vía",
    place_state="MX-CHP",
    recusal=Recusal(frozenset(), members_only=True),
    state=State.CLOSED,
    outcome=Outcome.SUBSTANTIATED,
    urgency=Urgency.IMMEDIATE,
    urgency_reasons=("still_detained", "category:DET-02"),
    urgency_override="the reporter called",
    categories=Categories("DET-02", ("CON-01", "COR-01")),
    assignee=bytes(16),
    access=(Access(bytes(16), bytes(range(16)), date(2026, 11, 3), Basis.OPENING),),
    unread=False,
    withdrawal_asked=True,
    looked_at=OPENED,
    acknowledged_at=OPENED,
    feedback_at=OPENED,
    closed_at=OPENED,
    slot_sequence=3,
    reply_count=2,
    last_day=date(2026, 11, 4),
    former_seeds=(bytes(32), b"a seed that nobody may ever see!"),
)
