"""Random sealed reports, messages and slots: to a drop every sealed byte looks like another."""

from __future__ import annotations

import os
from datetime import date

from crypto.padding import SEALED_SLOT
from crypto.sealing import SealedReport
from intake.waiting import DropMessage

DAY = date(2026, 11, 21)


def sealed_report(
    *, size: int = 17_000, shares: int = 5, day: date = DAY, danger: bool = False
) -> SealedReport:
    """A report of `size` bytes; ids and contents are new each time."""
    return SealedReport(
        report_id=os.urandom(16),
        day=day,
        danger=danger,
        report_age=os.urandom(size),
        shares=tuple(os.urandom(1900) for _ in range(shares)),
        thread_id=os.urandom(32),
        slot=sealed_slot(),
    )


def sealed_slot() -> bytes:
    """What stands in a slot."""
    return os.urandom(SEALED_SLOT)


def drop_message(*chunks: bytes, kind: str = "text", thread_id: bytes | None = None) -> DropMessage:
    """A message with the pieces of a file."""
    return DropMessage(os.urandom(16), DAY, thread_id or os.urandom(32), kind, os.urandom(2000), chunks)
