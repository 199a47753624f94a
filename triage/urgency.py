"""How urgent a case is: the categories' defaults and the rules, each with its reason (DESK, "Triage")."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from intake.report import Answers, Group, Reporter, Tri, When

LINKED_CASES = 3  # in 30 days: one level up


class Urgency(StrEnum):
    """Four levels, the most urgent first."""

    IMMEDIATE = "immediate"
    URGENT = "urgent"
    PRIORITY = "priority"
    NORMAL = "normal"

    @property
    def rank(self) -> int:
        """0 for immediate to 3 for normal: sorting by it puts the most urgent first."""
        return tuple(Urgency).index(self)


class Rated(Protocol):
    """What a category brings to the rules (`triage.taxonomy.Category` is one)."""

    @property
    def id(self) -> str: ...

    @property
    def urgency(self) -> Urgency: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """The suggested level and a key for each reason, the most urgent reason first.

    A reason is a rule's name, or `category:ID` where the category's own default is above normal.
    """

    level: Urgency
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A level that the answers call for, when ``holds`` says so."""

    level: Urgency
    holds: Callable[[Answers], bool]


def _detained(answers: Answers) -> bool:
    return answers.urgency.detained is Tri.YES


def _child(answers: Answers) -> bool:
    return answers.urgency.child is Tri.YES


# "This week" may be more than 36 hours ago: where we cannot know, the worse is taken.
_OVER_36_HOURS = frozenset({When.WEEK, When.MONTH, When.EARLIER})

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "not_safe": Rule(Urgency.IMMEDIATE, lambda a: a.urgency.unsafe is Tri.YES),
        "hurt_in_custody": Rule(Urgency.IMMEDIATE, lambda a: _detained(a) and a.urgency.hurt is Tri.YES),
        "child_in_custody": Rule(Urgency.IMMEDIATE, lambda a: _detained(a) and _child(a)),
        "detained_over_36_hours": Rule(
            Urgency.IMMEDIATE, lambda a: _detained(a) and a.when in _OVER_36_HOURS
        ),
        "still_detained": Rule(Urgency.URGENT, _detained),
        "perhaps_still_detained": Rule(
            Urgency.URGENT, lambda a: a.group is Group.DETAINED and a.urgency.detained is Tri.UNKNOWN
        ),
        "threats": Rule(Urgency.URGENT, lambda a: a.urgency.threatened is Tri.YES),
        "hurt_or_ill": Rule(Urgency.URGENT, lambda a: a.urgency.hurt is Tri.YES),
        "staff_exposed": Rule(
            Urgency.URGENT, lambda a: a.reporter is Reporter.STAFF and a.urgency.threatened is not Tri.NO
        ),
        "child_or_family": Rule(Urgency.URGENT, lambda a: _child(a) or a.group is Group.CHILD),
        "money": Rule(Urgency.PRIORITY, lambda a: a.group is Group.MONEY),
        "papers": Rule(Urgency.PRIORITY, lambda a: a.group is Group.PAPERS),
    }
)


def assess(answers: Answers, categories: Iterable[Rated], linked_cases: int = 0) -> Finding:
    """The highest level that a category's default or a rule asks for, with every reason above normal."""
    found = [(rule.level, name) for name, rule in RULES.items() if rule.holds(answers)]
    found += [(category.urgency, f"category:{category.id}") for category in categories]
    found = sorted((pair for pair in found if pair[0] is not Urgency.NORMAL), key=lambda pair: pair[0].rank)
    level = found[0][0] if found else Urgency.NORMAL
    reasons = [name for _, name in found]
    if linked_cases >= LINKED_CASES and level is not Urgency.IMMEDIATE:
        level = tuple(Urgency)[level.rank - 1]
        reasons.insert(0, "linked_cases")
    return Finding(level, tuple(reasons))
