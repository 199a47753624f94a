"""Entries of a timeline come back as they were written, the longest ones too."""

from __future__ import annotations

from datetime import UTC, datetime

from crypto.manifest_form import MAX_LABEL, MAX_MEMBERS, MAX_STAFF
from crypto.strict_json import Fields, canonical, parse_object
from triage.audit import _SEALED_TEXT, AuditAction
from triage.entry import Entry, EntryKind


def test_an_opening_can_name_everybody_in_the_largest_manifest() -> None:
    """An entry that could not be read again would close its whole case."""
    names = ", ".join(["\U00013000" * MAX_LABEL] * (MAX_MEMBERS + MAX_STAFF))
    entry = Entry(EntryKind.OPENED, datetime(2026, 11, 2, tzinfo=UTC), after=names, number=1)
    again = Entry.from_json(Fields(parse_object(canonical(entry.to_json()))), 1)
    assert again == entry


def test_the_longest_detail_of_an_audit_entry_fits_its_constant_size() -> None:
    detail = "\U00013000" * 200
    body = canonical({"kind": "audit", "version": 1, "action": max(AuditAction, key=len), "detail": detail})
    assert len(body) <= _SEALED_TEXT
