"""The categories of abuse: 58 in 8 groups, as data with a version (DESK, "Triage"; data/taxonomy.csv)."""

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from intake.report import Group
from triage.errors import TriageError
from triage.urgency import Urgency

VERSION_CHARS = 12

# The reporter's plain group (REFERENCE 4.2) -> the board's group. Only a suggestion: people choose.
_SUGGESTED: Mapping[Group, str] = MappingProxyType(
    {
        Group.MONEY: "COR",
        Group.DETAINED: "DET",
        Group.HURT: "INT",
        Group.CONDITIONS: "CON",
        Group.PAPERS: "PRO",
        Group.CHILD: "NNA",
        Group.DISCRIMINATION: "DIS",
        Group.SERVICE: "SER",
    }
)


class TaxonomyError(TriageError):
    """The file of categories breaks its own rules."""


@dataclass(frozen=True, slots=True)
class Category:
    """One row; ``id`` is never reused, ``verified`` says that the legal source was checked."""

    id: str
    group: str
    label_es: str
    label_en: str
    legal_source: str
    urgency: Urgency
    referral: tuple[str, ...]
    verified: bool

    def label(self, language: str) -> str:
        """The label in Spanish or, for any other language, in English."""
        return self.label_es if language == "es" else self.label_en


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All categories, in the order of the file; ``version`` starts the SHA-256 of its bytes."""

    version: str
    by_id: Mapping[str, Category]
    groups: Mapping[str, tuple[Category, ...]]

    def categories_of(self, group: Group | None) -> tuple[Category, ...]:
        """What to offer first for the reporter's own group; nothing when they were not sure."""
        suggested = None if group is None else _SUGGESTED.get(group)
        return () if suggested is None else self.groups.get(suggested, ())

    def chosen(self, ids: tuple[str, ...]) -> tuple[Category, ...]:
        """The categories with these ids; an id of an older taxonomy that is gone brings nothing."""
        return tuple(self.by_id[id_] for id_ in ids if id_ in self.by_id)


def _category(row: Mapping[str, str]) -> Category:
    if row["verified"] not in {"yes", "no"} or row["default_urgency"] not in set(Urgency):
        raise TaxonomyError(f"category {row['id']}: unknown word")
    return Category(
        id=row["id"],
        group=row["group"],
        label_es=row["label_es"],
        label_en=row["label_en"],
        legal_source=row["legal_source"],
        urgency=Urgency(row["default_urgency"]),
        referral=tuple(row["referral"].split("|")),
        verified=row["verified"] == "yes",
    )


def reporter_groups() -> tuple[Group, ...]:
    """The plain groups of the form, in its order."""
    return tuple(Group)


_COLUMNS = ("id", "group", "label_es", "label_en", "legal_source", "default_urgency", "referral", "verified")


def parse(data: bytes) -> Taxonomy:
    """A taxonomy from the bytes of its CSV file; TaxonomyError on a duplicate, a gap or an unknown word."""
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise TaxonomyError("not a CSV file in UTF-8") from None
    if tuple(reader.fieldnames or ()) != _COLUMNS:
        raise TaxonomyError("unexpected columns")
    by_id: dict[str, Category] = {}
    groups: dict[str, tuple[Category, ...]] = {}
    for row in rows:
        # A short row has None where a cell is missing, a long one a None key.
        if None in row or not all(row.values()):
            raise TaxonomyError("a row with a missing or a spare cell")
        category = _category(row)
        if category.id in by_id or not category.id.startswith(f"{category.group}-"):
            raise TaxonomyError(f"category {category.id}: repeated, or not of its group")
        by_id[category.id] = category
        groups[category.group] = (*groups.get(category.group, ()), category)
    version = hashlib.sha256(data).hexdigest()[:VERSION_CHARS]
    return Taxonomy(version, MappingProxyType(by_id), MappingProxyType(groups))


@cache
def load() -> Taxonomy:
    """The taxonomy that ships with this version."""
    return parse(files("triage").joinpath("data/taxonomy.csv").read_bytes())
