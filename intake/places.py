"""Places a report can name: kinds of place, and the institute's own sites by state (data/places.csv)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from intake.languages import msgid
from intake.report import PlaceKind

FILE = Path(__file__).parent / "data" / "places.csv"

# The ids for "I do not know" and "I prefer not to say" are left out: the empty choice says both.
GENERIC: Mapping[str, str] = {
    "GEN-XX-01": msgid("A road or a checkpoint"),
    "GEN-XX-02": msgid("A bus or a bus station"),
    "GEN-XX-03": msgid("A train or the tracks"),
    "GEN-XX-04": msgid("A street or a square"),
    "GEN-XX-05": msgid("A hotel, a house or a workplace"),
    "GEN-XX-06": msgid("A shelter"),
    "GEN-XX-07": msgid("A river or an unofficial crossing"),
    "GEN-XX-08": msgid("A hospital"),
    "GEN-XX-09": msgid("A vehicle of the institute"),
    "GEN-XX-10": msgid("By phone or on the internet"),
    "GEN-XX-11": msgid("A consulate or another public office"),
    "GEN-XX-14": msgid("Another place"),
}

KINDS: Mapping[PlaceKind, str] = {
    PlaceKind.STATION: msgid("A place where migrants are held"),
    PlaceKind.OFFICE: msgid("An office of the institute"),
    PlaceKind.AIR: msgid("An airport"),
    PlaceKind.LAND: msgid("A border crossing by land"),
    PlaceKind.SEA: msgid("A sea port"),
}

_KIND_OF_TYPE: Mapping[str, PlaceKind] = {
    "EM": PlaceKind.STATION,
    "EP": PlaceKind.STATION,
    "EPA": PlaceKind.STATION,
    "EPB": PlaceKind.STATION,
    "CIM": PlaceKind.STATION,
    "OR": PlaceKind.OFFICE,
    "OC": PlaceKind.OFFICE,
    "PIA": PlaceKind.AIR,
    "PIT": PlaceKind.LAND,
    "PIM": PlaceKind.SEA,
}


@dataclass(frozen=True, slots=True)
class Place:
    """One site of the institute. ``state`` is an ISO 3166-2 code; names are Spanish, as on the signs."""

    place_id: str
    kind: PlaceKind
    state: str
    name: str


@cache
def sites() -> Mapping[str, Place]:
    """Every site of the institute, by id."""
    rows = [row for row in _rows() if row["type"] in _KIND_OF_TYPE]
    return {
        row["place_id"]: Place(
            row["place_id"], _KIND_OF_TYPE[row["type"]], row["state_iso"], row["name"].partition(" — ")[0]
        )
        for row in rows
    }


@cache
def states() -> Mapping[str, str]:
    """The 32 federal entities: ISO code and name, in the order of the alphabet."""
    found = {row["state_iso"]: row["state"] for row in _rows() if row["state_iso"]}
    return dict(sorted(found.items(), key=lambda entry: entry[1].replace("É", "E")))


def sites_in(kind: PlaceKind | None, state: str | None) -> tuple[Place, ...]:
    """The sites of one kind in one state; none while either is unknown."""
    return tuple(place for place in sites().values() if place.kind == kind and place.state == state)


def _rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
