"""The form between its pages: what was typed, carried as typed, and read into answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from crypto.manifest import Manifest
from crypto.parts import Consents
from crypto.sealing import Recusal, delivery
from intake.languages import msgid, registry
from intake.places import GENERIC, KINDS, sites, states
from intake.report import (
    URGENCY_QUESTIONS,
    Answers,
    Group,
    PlaceKind,
    Problem,
    RejectedReportError,
    Reporter,
    Tri,
    UrgentAnswers,
    When,
    Who,
)

OTHER_LANGUAGE = "und"  # BCP 47: undetermined

REPORTERS = {
    Reporter.MIGRANT: msgid("I am a migrant"),
    Reporter.FAMILY: msgid("I am family or a friend"),
    Reporter.STAFF: msgid("I work at the institute"),
    Reporter.WITNESS: msgid("I saw it, or I help migrants"),
    Reporter.UNSAID: msgid("I prefer not to say"),
}
GROUPS = {
    Group.MONEY: msgid("They asked for money or took things"),
    Group.DETAINED: msgid("They detained me or other people"),
    Group.HURT: msgid("They hurt or threatened someone"),
    Group.CONDITIONS: msgid("The place inside is bad: food, water, health, beds"),
    Group.PAPERS: msgid("Papers, asylum, a lawyer or an interpreter"),
    Group.CHILD: msgid("It is about a child or a family"),
    Group.DISCRIMINATION: msgid("They treated someone badly for who they are"),
    Group.SERVICE: msgid("Something at work, bad service, or other"),
    Group.UNSURE: msgid("I am not sure"),
}
WHENS = {
    When.ONGOING: msgid("It is still happening"),
    When.TODAY: msgid("Today"),
    When.WEEK: msgid("This week"),
    When.MONTH: msgid("This month"),
    When.EARLIER: msgid("Earlier"),
    When.UNSAID: msgid("I prefer not to say"),
}
TRIS = {
    Tri.YES: msgid("Yes"),
    Tri.NO: msgid("No"),
    Tri.UNKNOWN: msgid("I do not know"),
}
QUESTIONS = {
    "detained": msgid("Is someone still locked up?"),
    "child": msgid("Is a child there?"),
    "hurt": msgid("Is someone hurt or ill?"),
    "threatened": msgid("Did they threaten someone?"),
    "unsafe": msgid("Does someone need help to be safe?"),
}

# In the order of the page. ``recused`` comes once for each name ticked.
TEXTS = ("story", "place_text", "uniform", "person_name", "plate", "unit")
TICKS = ("danger_now", "members_only", "continues", "pass_on", "consulate")
PICKS = ("reporter", "group", "text_language", "when", "place", "place_state", "place_id")
FIELDS = (*PICKS, *URGENCY_QUESTIONS, *TICKS, *TEXTS)


class Posted(Protocol):
    """The two methods of a posted form that are used here."""

    def get(self, key: str, default: str) -> str: ...

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True, slots=True, repr=False)
class Typed:
    """A form as typed: nothing checked, nothing changed but the line ends, so that nothing can be lost."""

    texts: Mapping[str, str]
    recused: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    def pairs(self) -> list[tuple[str, str]]:
        """Every filled field, as it is carried in hidden fields."""
        filled = [(name, self.texts[name]) for name in FIELDS if self.texts.get(name)]
        return filled + [("recused", label) for label in self.recused]

    def ticked(self) -> frozenset[tuple[str, str]]:
        """Every picked choice and ticked box, as pages mark them."""
        named = (*PICKS, *URGENCY_QUESTIONS, *TICKS)
        picked = {(name, self.texts[name]) for name in named if self.texts.get(name)}
        return frozenset(picked | {("recused", label) for label in self.recused})


@dataclass(frozen=True, slots=True, repr=False)
class Filled:
    """A form within the limits."""

    answers: Answers
    recusal: Recusal
    danger_now: bool


def line_ends(text: str) -> str:
    """Browsers send every line end as CR LF (HTML §4.10.21.4); what was typed is one character."""
    return text.replace("\r\n", "\n")


def read(posted: Posted) -> Typed:
    """What was typed, out of a posted form."""
    texts = {name: line_ends(posted.get(name, "")) for name in FIELDS}
    return Typed(texts, tuple(dict.fromkeys(posted.getlist("recused"))))


def without_strangers(typed: Typed, manifest: Manifest) -> Typed:
    """The same form, its recusals cut to people who still stand in the manifest (protocol.md §2)."""
    known = excludable(manifest)
    return Typed(typed.texts, tuple(label for label in typed.recused if label in known))


def excludable(manifest: Manifest) -> tuple[str, ...]:
    """Everyone a report can be kept from: members first, then staff."""
    return (*(member.label for member in manifest.members), *manifest.staff)


def parse(typed: Typed, manifest: Manifest) -> Filled:
    """The form within its limits; raises RejectedReportError with every problem, in the order of the page."""
    problems: list[Problem] = []
    picked = _picks(typed, problems)
    recusal = _recusal(typed, manifest, problems)
    try:
        answers = _answers(typed, picked)
    except RejectedReportError as error:
        raise RejectedReportError(*_in_order([*problems, *error.problems])) from None
    if problems:
        raise RejectedReportError(*_in_order(problems))
    return Filled(answers, recusal, danger_now=bool(typed["danger_now"]))


def _answers(typed: Typed, picked: Mapping[str, str]) -> Answers:
    place, place_id = picked["place"], picked["place_id"]
    kind = PlaceKind(place) if place in KINDS else None
    site = sites().get(place_id)
    # A site picked before the kind or the state was changed says nothing any more.
    exact = site is not None and site.kind == kind and site.state == picked["place_state"]
    return Answers(
        story=typed["story"],
        group=Group(picked["group"]) if picked["group"] else None,
        reporter=Reporter(picked["reporter"] or Reporter.UNSAID),
        language=picked["text_language"] or OTHER_LANGUAGE,
        when=When(picked["when"] or When.UNSAID),
        place_id=place_id if exact else (place if place in GENERIC else None),
        place_kind=kind,
        place_state=picked["place_state"] or None,
        place_text=typed["place_text"],
        who=Who(typed["uniform"], typed["person_name"], typed["plate"], typed["unit"]),
        urgency=UrgentAnswers(*(Tri(picked[name] or Tri.UNKNOWN) for name in URGENCY_QUESTIONS)),
        continues=bool(typed["continues"]),
        consents=Consents(pass_on=bool(typed["pass_on"]), consulate=bool(typed["consulate"])),
    )


def _picks(typed: Typed, problems: list[Problem]) -> dict[str, str]:
    """The picked values; an unknown one becomes a problem and stands as not picked."""
    known: dict[str, Callable[[str], bool]] = {
        "reporter": REPORTERS.__contains__,
        "group": GROUPS.__contains__,
        "text_language": lambda code: code in registry() or code == OTHER_LANGUAGE,
        "when": WHENS.__contains__,
        "place": lambda place: place in GENERIC or place in KINDS,
        "place_state": states().__contains__,
        "place_id": sites().__contains__,
        **dict.fromkeys(URGENCY_QUESTIONS, TRIS.__contains__),
    }
    picked = {}
    for name, is_known in known.items():
        value = typed[name]
        if value and not is_known(value):
            problems.append(Problem(name, "unknown_choice"))
            value = ""
        picked[name] = value
    return picked


def _recusal(typed: Typed, manifest: Manifest, problems: list[Problem]) -> Recusal:
    known = excludable(manifest)
    if any(label not in known for label in typed.recused):
        problems.append(Problem("recused", "unknown_choice"))
    labels = frozenset(label for label in typed.recused if label in known)
    recusal = Recusal(labels, members_only=bool(typed["members_only"]))
    if delivery(manifest, recusal) == "none":
        problems.append(Problem("recused", "undeliverable"))
    return recusal


_ORDER = (
    "reporter",
    "group",
    "story",
    "text_language",
    "when",
    "place",
    "place_state",
    "place_id",
    "place_text",
    "uniform",
    "person_name",
    "plate",
    "unit",
    *URGENCY_QUESTIONS,
    "recused",
)


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: _ORDER.index(problem.field))
