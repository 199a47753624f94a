"""Send a report: seal, store; acknowledged only when it is durable (protocol.md §3, §5)."""

from __future__ import annotations

from datetime import date

from crypto.manifest import Manifest
from crypto.receipt import ReporterKeys
from crypto.sealing import seal_report
from intake.drop import Drop, Filing
from intake.form import Filled
from intake.report import Report


def file_report(
    drop: Drop, manifest: Manifest, keys: ReporterKeys, filled: Filled, page_language: str, day: date
) -> Filing:
    """File under the thread of these keys; ALREADY, and nothing written, if it is there. DropError."""
    content = Report(filled.answers, page_language).to_json()
    return drop.file_report(
        seal_report(manifest, keys, content, filled.recusal, day, danger=filled.danger_now)
    )
