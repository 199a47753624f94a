"""What all members tried in vain, carried to the watchers: it may be for them (protocol.md §3)."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select

from crypto import age
from crypto.hybrid import HybridIdentity
from crypto.shares import blank_share
from intake.bundle import BundleError, Counts, export
from intake.waiting import DropMessage, DropReport
from triage import audit, tables
from triage.audit import AuditAction
from triage.desk import Desk
from triage.errors import CollectError
from triage.register import Register, reading, writing


@dataclass(frozen=True, slots=True)
class Unopenable:
    """Unopenable reports of a register in the form of a drop; messages stay, as their threads are sealed."""

    register: Register
    holders: int

    def report_ids(self) -> list[bytes]:
        """The ids of all unopenable reports."""
        rows = tables.waiting_report.c
        with reading(self.register) as connection:
            found = connection.scalars(select(rows.id).where(rows.status == "unopenable").order_by(rows.id))
            return [bytes(report_id) for report_id in found]

    def get_report(self, report_id: bytes) -> DropReport:
        """A report with a share file for every holder; what was released is replaced by a blank one."""
        waiting, share = tables.waiting_report.c, tables.share.c
        with reading(self.register) as connection:
            row = connection.execute(
                select(waiting.day, waiting.danger, waiting.report_age).where(waiting.id == report_id)
            ).one()
            filed = {
                each.x: bytes(each.sealed)
                for each in connection.execute(
                    select(share.x, share.sealed).where(share.report_id == report_id)
                )
            }
        count = max(self.holders, *filed, 0)
        shares = tuple(filed.get(x) or _blank(report_id, x) for x in range(1, count + 1))
        day = date.fromisoformat(row.day)
        return DropReport(report_id, day, bool(row.danger), bytes(row.report_age), shares)

    def message_ids(self) -> list[bytes]:
        """None: a message can be told to belong to a report only by who opened it."""
        return []

    def get_message(self, message_id: bytes) -> DropMessage:
        """Never there."""
        raise CollectError("there is no such message")


def export_unopenable(desk: Desk, path: Path) -> Counts:
    """Write a bundle of everything unopenable; this desk keeps it, because nothing is dropped."""
    try:
        counts = export(Unopenable(desk.register, len(desk.board.manifest.holders)), path)
    except BundleError as error:
        raise CollectError(str(error)) from None
    with desk.lock, writing(desk.register) as connection:
        audit.append(connection, desk, None, AuditAction.EXPORTED, "unopenable reports")
    return counts


def _blank(report_id: bytes, x: int) -> bytes:
    share = blank_share(report_id, x, bytes(32))
    return age.seal(share.to_bytes(), [HybridIdentity.generate().recipient])
