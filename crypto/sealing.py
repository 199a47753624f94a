"""Seal a report so that only k of the people whom the reporter trusts can open it (protocol.md §3)."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from crypto import age
from crypto.errors import ManifestError
from crypto.hybrid import HybridIdentity
from crypto.manifest import Holder, Manifest
from crypto.manifest_form import MAX_LABEL, MAX_MEMBERS, MAX_STAFF
from crypto.padding import pad_json
from crypto.receipt import ReporterKeys
from crypto.shares import REPORT_ID_SIZE, Share, blank_share, split
from crypto.slots import first_slot, seal_slot
from crypto.strict_json import Fields, Json, canonical, encode_blob


class UndeliverableError(ValueError):
    """The recusals leave nobody who could open the report together."""


@dataclass(frozen=True, slots=True)
class Recusal:
    """Who must not see a report: public labels of members and staff, or all staff (T3)."""

    labels: frozenset[str] = field(repr=False)
    members_only: bool = field(default=False, repr=False)

    @classmethod
    def from_json(cls, fields: Fields) -> "Recusal":
        """From its object inside a report; SealedPartError."""
        labels = fields.texts("labels", MAX_MEMBERS + MAX_STAFF, MAX_LABEL)
        recusal = cls(frozenset(labels), fields.flag("members_only"))
        fields.end()
        return recusal

    def to_json(self) -> dict[str, Json]:
        """The object inside a report."""
        return {"labels": sorted(self.labels), "members_only": self.members_only}


@dataclass(frozen=True, slots=True)
class SealedReport:
    """What the drop takes: nothing in it says who was recused, and `shares` are in holder order."""

    report_id: bytes
    day: date
    danger: bool
    report_age: bytes = field(repr=False)
    shares: tuple[bytes, ...] = field(repr=False)
    thread_id: bytes = field(repr=False)
    slot: bytes = field(repr=False)


def delivery(manifest: Manifest, recusal: Recusal) -> Literal["members", "watchers", "none"]:
    """Who will be able to open a report: k members, or, if too few are left, the watchers, or nobody."""
    left = sum(member.label not in recusal.labels for member in manifest.members)
    if left >= manifest.threshold:
        return "members"
    return "watchers" if manifest.watchers else "none"


def seal_report(
    manifest: Manifest,
    keys: ReporterKeys,
    content: Mapping[str, Json],
    recusal: Recusal,
    day: date,
    *,
    danger: bool,
) -> SealedReport:
    """Seal `content`, the report's own JSON, under a fresh case key; UndeliverableError, ManifestError."""
    case = HybridIdentity.generate()
    report_id = os.urandom(REPORT_ID_SIZE)
    envelope: dict[str, Json] = {
        "kind": "report",
        "version": 1,
        "report_id": encode_blob(report_id),
        "thread_id": encode_blob(keys.thread_id),
        "manifest": encode_blob(manifest.hash),
        "day": day.isoformat(),
        "recipient": encode_blob(keys.identity.recipient.to_bytes()),
        "verification_key": encode_blob(keys.verification_key),
        "filing_salt": encode_blob(keys.filing_salt),
        "recusals": recusal.to_json(),
        "content": dict(content),
    }
    slot = first_slot(keys.thread_id, case.recipient, day)
    return SealedReport(
        report_id=report_id,
        day=day,
        danger=danger,
        report_age=age.seal(pad_json(canonical(envelope)), [case.recipient]),
        shares=_seal_shares(manifest, recusal, day, case, report_id),
        thread_id=keys.thread_id,
        slot=seal_slot(keys.identity.recipient, slot, None),
    )


def _seal_shares(
    manifest: Manifest, recusal: Recusal, day: date, case: HybridIdentity, report_id: bytes
) -> tuple[bytes, ...]:
    recipient_hash = hashlib.sha256(case.recipient.to_bytes()).digest()
    holders = manifest.holders
    entrusted, threshold = _entrusted(manifest, holders, recusal)
    points = split(case.seed, threshold, len(holders))
    sealed = []
    for holder, y in zip(holders, points, strict=True):
        # Everyone gets a file of the same length; whoever is not entrusted gets random bytes in it.
        share = blank_share(report_id, holder.x, recipient_hash)
        if holder.x in entrusted:
            share = Share(report_id, holder.x, y, recipient_hash)
        sealed.append(age.seal(share.to_bytes(), [holder.recipient_for(day)]))
    return tuple(sealed)


def _entrusted(manifest: Manifest, holders: tuple[Holder, ...], recusal: Recusal) -> tuple[set[int], int]:
    """The x of those whose share is real, and how many of them open the report."""
    known = {*(member.label for member in manifest.members), *manifest.staff}
    if not recusal.labels <= known:
        # Never sealed as if it were heeded: a label that fits nobody would exclude nobody.
        raise ManifestError("a recusal names somebody who is neither a member nor staff of the board")
    way = delivery(manifest, recusal)
    if way == "members":
        left = {each.x for each in holders if each.kind == "member" and each.label not in recusal.labels}
        return left, manifest.threshold
    if way == "watchers":
        return {each.x for each in holders if each.kind == "watcher"}, manifest.watcher_threshold
    raise UndeliverableError("too few members are left to open the report, and the board has no watchers")
