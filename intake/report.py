"""What a report may say. Anyone can seal, so form and desk check the same limits (protocol.md §3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from crypto.parts import Consents
from crypto.strict_json import Fields, Json

# Characters, not bytes: a limit that depends on the script would be a limit on some languages only.
LIMITS: Mapping[str, int] = {
    "story": 100_000,
    "place_text": 500,
    "uniform": 200,
    "person_name": 200,
    "plate": 200,
    "unit": 200,
}

URGENCY_QUESTIONS = ("detained", "child", "hurt", "threatened", "unsafe")
WHO_QUESTIONS = ("uniform", "person_name", "plate", "unit")

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{2,8})?", re.ASCII)
PLACE_ID = re.compile(r"[A-Z]{2,3}-[A-Z]{2,3}-[0-9]{2,3}", re.ASCII)
PLACE_STATE = re.compile(r"MX-[A-Z]{3}", re.ASCII)

# What is not asked for is not given (asylum law bars telling a consulate without express consent).
NO_CONSENTS = Consents(pass_on=False, consulate=False)


class Group(StrEnum):
    """What happened, in the reporter's words; the board's categories are never shown."""

    MONEY = "money"
    DETAINED = "detained"
    HURT = "hurt"
    CONDITIONS = "conditions"
    PAPERS = "papers"
    CHILD = "child"
    DISCRIMINATION = "discrimination"
    SERVICE = "service"
    UNSURE = "unsure"


class Reporter(StrEnum):
    """Who files."""

    MIGRANT = "migrant"
    FAMILY = "family"
    STAFF = "staff"
    WITNESS = "witness"
    UNSAID = "unsaid"


class When(StrEnum):
    """When it happened: coarse, because an exact hour can name a person."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    EARLIER = "earlier"
    ONGOING = "ongoing"
    UNSAID = "unsaid"


class PlaceKind(StrEnum):
    """A kind of place of the institute, where the exact one is not known."""

    STATION = "station"
    OFFICE = "office"
    AIR = "air"
    LAND = "land"
    SEA = "sea"


class Tri(StrEnum):
    """An answer to an urgency question."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer that cannot be taken as it stands. ``reason`` is a key, put into words where it is shown."""

    field: str
    reason: str


class RejectedReportError(ValueError):
    """Answers that break a limit. Carries field names and reason keys, never what was written."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{problem.field}: {problem.reason}" for problem in problems))
        self.problems = problems

    @property
    def field(self) -> str:
        return self.problems[0].field

    @property
    def reason(self) -> str:
        return self.problems[0].reason


@dataclass(frozen=True, slots=True, repr=False)
class Who:
    """Who did it, as far as the reporter can say."""

    uniform: str = ""
    person_name: str = ""
    plate: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class UrgentAnswers:
    """The five urgency questions."""

    detained: Tri = Tri.UNKNOWN
    child: Tri = Tri.UNKNOWN
    hurt: Tri = Tri.UNKNOWN
    threatened: Tri = Tri.UNKNOWN
    unsafe: Tri = Tri.UNKNOWN


@dataclass(frozen=True, slots=True, repr=False)
class Answers:
    """The answers of one form, within the limits. Empty text and ``None`` mean: not said."""

    story: str = ""
    group: Group | None = None
    reporter: Reporter = Reporter.UNSAID
    language: str = "es"
    when: When = When.UNSAID
    place_id: str | None = None
    place_kind: PlaceKind | None = None
    place_state: str | None = None
    place_text: str = ""
    who: Who = Who()
    urgency: UrgentAnswers = UrgentAnswers()
    continues: bool = False
    consents: Consents = NO_CONSENTS

    def __post_init__(self) -> None:
        problems = find_problems(self)
        if problems:
            raise RejectedReportError(*problems)


def find_problems(answers: Answers) -> list[Problem]:
    """Every limit that ``answers`` breaks, in the order of the form."""
    problems = []
    if answers.group is None and not answers.story.strip():
        problems.append(Problem("story", "empty"))
    texts = {
        "story": answers.story,
        "place_text": answers.place_text,
        "uniform": answers.who.uniform,
        "person_name": answers.who.person_name,
        "plate": answers.who.plate,
        "unit": answers.who.unit,
    }
    problems += [Problem(name, "too_long") for name, text in texts.items() if len(text) > LIMITS[name]]
    if not LANGUAGE.fullmatch(answers.language):
        problems.append(Problem("text_language", "unknown_choice"))
    if answers.place_id is not None and not PLACE_ID.fullmatch(answers.place_id):
        problems.append(Problem("place", "unknown_choice"))
    if answers.place_state is not None and not PLACE_STATE.fullmatch(answers.place_state):
        problems.append(Problem("place_state", "unknown_choice"))
    return problems


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """What is sealed to the board. ``page_language`` is the language the pages were read in."""

    answers: Answers
    page_language: str

    def to_json(self) -> dict[str, Json]:
        """The content of a report's envelope (protocol.md §3)."""
        answers = self.answers
        return {
            "story": answers.story,
            "group": answers.group.value if answers.group else None,
            "reporter": answers.reporter.value,
            "language": answers.language,
            "page_language": self.page_language,
            "when": answers.when.value,
            "place": {
                "id": answers.place_id,
                "kind": answers.place_kind.value if answers.place_kind else None,
                "state": answers.place_state,
                "text": answers.place_text,
            },
            "who": {name: getattr(answers.who, name) for name in WHO_QUESTIONS},
            "urgency": {name: getattr(answers.urgency, name).value for name in URGENCY_QUESTIONS},
            "continues": answers.continues,
            "consents": {"pass_on": answers.consents.pass_on, "consulate": answers.consents.consulate},
        }

    @classmethod
    def from_json(cls, fields: Fields) -> Report:
        """From an opened envelope. SealedPartError: not the shape. RejectedReportError: beyond a limit."""
        group = fields.maybe_choice("group", [value.value for value in Group])
        page_language = fields.text("page_language", 17)
        if not LANGUAGE.fullmatch(page_language):
            raise RejectedReportError(Problem("page_language", "unknown_choice"))
        place, consents = fields.object("place"), fields.object("consents")
        answers = Answers(
            story=fields.text("story", LIMITS["story"]),
            group=Group(group) if group else None,
            reporter=Reporter(fields.choice("reporter", [value.value for value in Reporter])),
            language=fields.text("language", 17),
            when=When(fields.choice("when", [value.value for value in When])),
            place_id=place.maybe_text("id", 16),
            place_kind=_place_kind(place),
            place_state=place.maybe_text("state", 8),
            place_text=place.text("text", LIMITS["place_text"]),
            who=_who(fields.object("who")),
            urgency=_urgency(fields.object("urgency")),
            continues=fields.flag("continues"),
            consents=Consents(pass_on=consents.flag("pass_on"), consulate=consents.flag("consulate")),
        )
        place.end()
        consents.end()
        fields.end()
        return cls(answers, page_language)


def _place_kind(place: Fields) -> PlaceKind | None:
    kind = place.maybe_choice("kind", [value.value for value in PlaceKind])
    return PlaceKind(kind) if kind else None


def _who(fields: Fields) -> Who:
    who = Who(**{name: fields.text(name, LIMITS[name]) for name in WHO_QUESTIONS})
    fields.end()
    return who


def _urgency(fields: Fields) -> UrgentAnswers:
    options = [value.value for value in Tri]
    urgency = UrgentAnswers(**{name: Tri(fields.choice(name, options)) for name in URGENCY_QUESTIONS})
    fields.end()
    return urgency
