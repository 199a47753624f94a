"""Sealing and opening a report for three of five, against the HPKE operations that it cannot do without."""

from __future__ import annotations

import os
import sys
from datetime import date

from bench.measure import interleaved, report
from crypto import age
from crypto.board import Plan, found
from crypto.hybrid import HybridIdentity
from crypto.identity_file import Card, make_person
from crypto.opening import find_case_key, open_share
from crypto.receipt import ReceiptCode, derive
from crypto.sealing import Recusal, seal_report
from crypto.shares import blank_share

DAY = date(2026, 11, 20)
ROUNDS = 41
REPEATS = 5
STORY = {"language": "es", "story": "Me quitaron los papeles y me pidieron dinero. " * 40}


def main() -> int:
    people = [make_person(f"vocal-{number}", "2026-11", 1) for number in range(1, 6)]
    cards = tuple(Card.of(keys) for keys in people)
    plan = Plan("Consejo", 3, False, cards, (), (), (), date(2026, 11, 1), date(2027, 11, 1))
    manifest = found(plan).signed.manifest
    keys = derive(ReceiptCode.generate(), manifest.receipt_salt, manifest.kdf)
    recipients = [holder.recipient_for(DAY) for holder in manifest.holders]
    recipients += [keys.identity.recipient, HybridIdentity.generate().recipient]
    sealed = seal_report(manifest, keys, STORY, Recusal(frozenset()), DAY, danger=False)
    shares = [
        open_share(file, [person.epochs["2026-11"]])
        for file, person in zip(sealed.shares, people, strict=True)
    ]
    first = shares[0]
    # The worst order: both wrong shares come first.
    worst = [blank_share(first.report_id, x, first.recipient_hash) for x in (1, 2)] + shares[2:]

    def seal() -> None:
        for _ in range(REPEATS):
            seal_report(manifest, keys, STORY, Recusal(frozenset()), DAY, danger=False)

    def hpke() -> None:
        # Seven encapsulations and one fresh key pair; five shares, a slot and a report need them anyway.
        for _ in range(REPEATS):
            HybridIdentity.generate()
            for recipient in recipients:
                recipient.wrap(os.urandom(age.FILE_KEY_SIZE))

    def combine() -> None:
        for _ in range(REPEATS):
            assert find_case_key(worst, [3]) is not None

    seconds = interleaved(ROUNDS, seal=seal, hpke=hpke, combine=combine)
    size = len(sealed.report_age) + sum(map(len, sealed.shares))
    print(f"one report for three of five: {seconds['seal'] / REPEATS * 1000:.2f} ms, {size} bytes and a slot")
    print(f"ten subsets of shares tried: {seconds['combine'] / REPEATS * 1000:.2f} ms")
    holds = report("sealing / its HPKE operations", seconds["seal"] / seconds["hpke"], 2.0, at_most=True)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
