"""What happened at the desk before the visitor came: reports opened, a few sorted, one answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from reviewer_ui.demo.founding import MEMBERS, THRESHOLD, Place
from triage import cases
from triage.case import Categories, State
from triage.case_list import CaseQuery, list_cases
from triage.collect import collect
from triage.config import load
from triage.desk import open_desk
from triage.login import login
from triage.rounds import run_round
from triage.unlock import unlock

#: the group that the reporter chose -> the category that a triager would give it
SORTED = {"money": "COR-01", "papers": "PRO-05", "child": "NNA-01"}
REPLY = {
    "es": "Recibimos su reporte y ya lo leemos. ¿Puede decirnos la hora aproximada y si hubo más testigos?",
    "en": "We have your report and are reading it. Can you tell us about what time it was, and who saw it?",
}


def steps() -> int:
    """How many steps `work` takes, for the progress bar."""
    return THRESHOLD + 2


def work(place: Place, step: Callable[[int], None]) -> None:
    """Collect, open with two members, sort what is plain, answer one, send a slot round."""
    phrases = place.passphrases()
    desk = open_desk(load(place.path("desk.toml")), lambda: datetime.now(UTC))
    try:
        collect(desk)
        for label in MEMBERS[:THRESHOLD]:
            member = login(desk, label, phrases[label])
            unlock(desk, member, phrases[label])
            step(1)
        triager = login(desk, "triaje-1", phrases["triaje-1"])
        run_round(desk)  # the first signed slot is the acknowledgement
        step(1)
        answered = False
        for row in list_cases(desk, triager, CaseQuery()):
            group = row.record.group
            if group is None or group.value not in SORTED:
                continue
            version = cases.categorise(
                desk, triager, row.case_id, row.version, Categories(SORTED[group.value], ())
            )
            moved = cases.move(desk, triager, row.case_id, version, State.ASSESSMENT, None, "")
            if not answered and moved.version is not None and row.record.language in REPLY:
                cases.reply(desk, triager, row.case_id, moved.version, REPLY[row.record.language])
                answered = True
        run_round(desk)
        step(1)
    finally:
        desk.close()
