"""What an attacker with the drop's file, or a fault of its disk, makes of sealed reports."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from crypto import age
from crypto.hybrid import HybridIdentity
from crypto.manifest import Manifest, SignedManifest
from crypto.receipt import ReceiptCode, derive
from crypto.sealing import SealedReport
from crypto.shares import Share, split
from crypto.slots import first_slot, seal_slot
from intake.drop import open_drop
from tests.e2e.system import System


def flipped(data: bytes) -> bytes:
    """The same with one bit of its last third turned."""
    at = 2 * len(data) // 3
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def spoil_shares(system: System, spoil: Callable[[int, bytes], bytes]) -> None:
    """Change the shares of all waiting reports, by their x."""
    with closing(sqlite3.connect(system.path("intake") / "drop.sqlite")) as drop, drop:
        rows = drop.execute("SELECT report_id, x, sealed FROM report_share").fetchall()
        for report_id, x, sealed in rows:
            drop.execute(
                "UPDATE report_share SET sealed = ? WHERE report_id = ? AND x = ?",
                (spoil(x, sealed), report_id, x),
            )


def exchange_shares(system: System, x: int) -> None:
    """Give the waiting reports each other's share of `x`: whole files, sealed to the right person."""
    with closing(sqlite3.connect(system.path("intake") / "drop.sqlite")) as drop, drop:
        rows = drop.execute("SELECT report_id, sealed FROM report_share WHERE x = ?", (x,)).fetchall()
        assert len(rows) > 1
        for (report_id, _), (_, other) in zip(rows, [*rows[1:], rows[0]], strict=True):
            drop.execute(
                "UPDATE report_share SET sealed = ? WHERE report_id = ? AND x = ?", (other, report_id, x)
            )


def file_bytes(system: System, content: bytes) -> None:
    """File `content` where a report should be: rightly sealed and shared, as anybody can."""
    data = (system.path("board") / "board.json").read_bytes()
    manifest = SignedManifest.from_bytes(data).manifest
    drop = open_drop(str(system.path("intake") / "drop.sqlite"))
    try:
        drop.file_report(sealed_bytes(manifest, content))
    finally:
        drop.close()


def sealed_bytes(manifest: Manifest, content: bytes) -> SealedReport:
    keys = derive(ReceiptCode.generate(), manifest.receipt_salt, manifest.kdf)
    case, report_id, day = HybridIdentity.generate(), os.urandom(16), datetime.now(UTC).date()
    hashed = hashlib.sha256(case.recipient.to_bytes()).digest()
    points = split(case.seed, manifest.threshold, len(manifest.holders))
    shares = tuple(
        age.seal(Share(report_id, holder.x, y, hashed).to_bytes(), [holder.recipient_for(day)])
        for holder, y in zip(manifest.holders, points, strict=True)
    )
    slot = first_slot(keys.thread_id, case.recipient, day)
    return SealedReport(
        report_id=report_id,
        day=day,
        danger=False,
        report_age=age.seal(content, [case.recipient]),
        shares=shares,
        thread_id=keys.thread_id,
        slot=seal_slot(keys.identity.recipient, slot, None),
    )
