"""Names of places: the migration institute's sites and generic ones, by the id a report carries."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Place:
    """A place that reporters pick; ``state`` and its ISO 3166-2 code are empty for a generic one."""

    id: str
    kind: str
    state_code: str
    state: str
    name: str


@cache
def load() -> Mapping[str, Place]:
    """All places by id, in the order of the file."""
    text = files("triage").joinpath("data/places.csv").read_text("utf-8")
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    places = [
        Place(row["place_id"], row["type"], row["state_iso"], row["state"], row["name"]) for row in rows
    ]
    return MappingProxyType({place.id: place for place in places})


def state_name(code: str) -> str:
    """The name of a state by its code; the code itself if no place of ours lies there."""
    return next((place.state for place in load().values() if place.state_code == code), code)
