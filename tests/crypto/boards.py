"""Boards for tests: whole, small, and with every key at hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from crypto import age
from crypto.board import Plan, found
from crypto.identity_file import Card, PersonKeys, make_person
from crypto.manifest import Manifest, RootSeeds, SignedManifest
from crypto.opening import RootShare, combine_root, open_desk_key
from crypto.receipt import ReceiptCode, ReporterKeys, derive

DAY = date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Board:
    """A signed board and what its people and its desk keep secret."""

    signed: SignedManifest
    seeds: RootSeeds
    desk_seed: bytes
    people: dict[str, PersonKeys]

    @property
    def manifest(self) -> Manifest:
        return self.signed.manifest

    def keys_of(self, label: str) -> PersonKeys:
        return self.people[label]

    def reporter(self) -> ReporterKeys:
        return derive(ReceiptCode.generate(), self.manifest.receipt_salt, self.manifest.kdf)


@cache
def make_board(members: int, threshold: int, watchers: int = 0, epochs: int = 1) -> Board:
    """`vocal-1` …, `watcher-1` …, and the staff `triage-1` and `triage-2`."""
    people = {f"vocal-{n}": make_person(f"vocal-{n}", "2026-11", epochs) for n in range(1, members + 1)}
    people |= {f"watcher-{n}": make_person(f"watcher-{n}", None) for n in range(1, watchers + 1)}
    cards = [Card.of(keys) for keys in people.values()]
    plan = Plan(
        name="Consejo de prueba",
        threshold=threshold,
        single=threshold == 1,
        members=tuple(cards[:members]),
        staff=("triage-1", "triage-2"),
        watchers=tuple(cards[members:]),
        addresses=("https://consejo.example",),
        not_before=date(2026, 11, 1),
        not_after=date(2027, 11, 1),
    )
    files = found(plan)
    manifest = files.signed.manifest
    shares = [
        RootShare.from_bytes(age.open_sealed(sealed, [people[label].lasting]))
        for label, sealed in files.root_shares.items()
    ]
    assert files.desk_key is not None
    return Board(
        signed=files.signed,
        seeds=combine_root(shares, threshold, manifest.root),
        desk_seed=open_desk_key(files.desk_key, manifest, [people["vocal-1"].lasting]),
        people=people,
    )
