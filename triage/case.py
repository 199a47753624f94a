"""The life of a case: states, outcomes, legal moves, the sealed record (DESK, "Life of a case"; ISO 37002).

long because every field of the record is named three times: declared, written, read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType

from crypto.errors import SealedPartError
from crypto.parts import Consents
from crypto.sealing import Recusal
from crypto.slots import SlotState
from crypto.strict_json import Fields, Json, encode_blob
from intake.report import Group
from triage.errors import IllegalTransitionError
from triage.urgency import Urgency


class Phase(StrEnum):
    """The four phases of ISO 37002."""

    RECEIVE = "receive"
    ASSESS = "assess"
    ADDRESS = "address"
    CONCLUDE = "conclude"


class State(StrEnum):
    """Where a case stands; declared in the order of its life."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ASSESSMENT = "assessment"
    WAITING_REPORTER = "waiting_reporter"
    INVESTIGATION = "investigation"
    REFERRED = "referred"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a case ended."""

    SUBSTANTIATED = "substantiated"
    PARTLY_SUBSTANTIATED = "partly_substantiated"
    NOT_SUBSTANTIATED = "not_substantiated"
    INSUFFICIENT_INFORMATION = "insufficient_information"
    OUTSIDE_COMPETENCE = "outside_competence"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"


PHASES: Mapping[State, Phase] = MappingProxyType(
    {
        State.RECEIVED: Phase.RECEIVE,
        State.ACKNOWLEDGED: Phase.RECEIVE,
        State.ASSESSMENT: Phase.ASSESS,
        State.WAITING_REPORTER: Phase.ASSESS,
        State.INVESTIGATION: Phase.ADDRESS,
        State.REFERRED: Phase.ADDRESS,
        State.CLOSED: Phase.CONCLUDE,
    }
)

# The one table of moves; every open state also closes, with an outcome.
TRANSITIONS: Mapping[State, tuple[State, ...]] = MappingProxyType(
    {
        State.RECEIVED: (State.ACKNOWLEDGED, State.CLOSED),
        State.ACKNOWLEDGED: (State.ASSESSMENT, State.CLOSED),
        State.ASSESSMENT: (State.WAITING_REPORTER, State.INVESTIGATION, State.REFERRED, State.CLOSED),
        State.WAITING_REPORTER: (State.ASSESSMENT, State.INVESTIGATION, State.CLOSED),
        State.INVESTIGATION: (State.WAITING_REPORTER, State.REFERRED, State.CLOSED),
        State.REFERRED: (State.INVESTIGATION, State.CLOSED),
        State.CLOSED: (State.ASSESSMENT,),
    }
)

# A case leaves the board's hands, or points at another one, only with a written reason.
OUTCOMES_WITH_REASON = frozenset({Outcome.OUTSIDE_COMPETENCE, Outcome.DUPLICATE})

_SLOT_STATES: Mapping[State, SlotState] = MappingProxyType(
    {
        State.RECEIVED: SlotState.RECEIVED,
        State.ACKNOWLEDGED: SlotState.RECEIVED,
        State.ASSESSMENT: SlotState.IN_REVIEW,
        State.WAITING_REPORTER: SlotState.WAITING_FOR_YOU,
        State.INVESTIGATION: SlotState.ACTING,
        State.REFERRED: SlotState.REFERRED,
        State.CLOSED: SlotState.CLOSED,
    }
)


def slot_state(state: State) -> SlotState:
    """The simpler word that the reporter sees."""
    return _SLOT_STATES[state]


def reason_needed(origin: State, target: State, outcome: Outcome | None) -> bool:
    """Whether a move must say why: reopening, and the outcomes that send the case away."""
    return origin is State.CLOSED or (target is State.CLOSED and outcome in OUTCOMES_WITH_REASON)


def check_transition(
    origin: State,
    target: State,
    outcome: Outcome | None,
    reason: str,
    *,
    withdrawal_asked: bool = False,
) -> None:
    """Refuse an illegal move with IllegalTransitionError, which names the legal ones."""
    legal = TRANSITIONS[origin]
    if target not in legal:
        raise IllegalTransitionError(f"{origin} does not lead to {target}", legal)
    if (target is State.CLOSED) != (outcome is not None):
        needs = "closing needs an outcome" if outcome is None else "only closing has an outcome"
        raise IllegalTransitionError(needs, legal)
    if outcome is Outcome.WITHDRAWN and not withdrawal_asked:
        # The board withdraws a case only after the reporter asked: nobody inside makes it vanish (T3).
        raise IllegalTransitionError("the reporter did not ask to withdraw", legal)
    if reason_needed(origin, target, outcome) and not reason.strip():
        raise IllegalTransitionError("this move needs a written reason", legal)


class Basis(StrEnum):
    """Why a person has a grant."""

    OPENING = "opening"
    ASSIGNED = "assigned"
    GRANTED = "granted"
    RENEWED = "renewed"


@dataclass(frozen=True, slots=True)
class Access:
    """One person's access to a case, as its record remembers it; the grant itself is sealed elsewhere."""

    person_id: bytes
    grant_id: bytes
    since: date
    basis: Basis


@dataclass(frozen=True, slots=True)
class Categories:
    """One primary category and any number of others, by id."""

    primary: str | None = None
    others: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """The primary one first."""
        return (() if self.primary is None else (self.primary,)) + self.others


RECORD_VERSION = 1
TITLE_CHARS = 80
REASON_CHARS = 2000
_SEED_SIZE = 32
_MAX_ACCESS = 1000
_LATEST = 253402300799  # the last second that datetime can hold


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """Everything sealed about a case but its report and entries; moments are aware and in whole seconds."""

    case_id: bytes
    report_id: bytes
    thread_id: bytes
    reporter_recipient: bytes  # as bytes: lists of 100,000 records need no key object
    verification_key: bytes
    language: str
    group: Group | None
    place_id: str | None
    place_text: str = field(repr=False)
    opened_at: datetime
    day: date  # the report's own, UTC
    taxonomy_version: str
    consents: Consents
    recusal: Recusal = field(repr=False)
    title: str = field(repr=False)  # the story's first words, at most TITLE_CHARS
    state: State = State.RECEIVED
    outcome: Outcome | None = None
    urgency: Urgency = Urgency.NORMAL
    urgency_reasons: tuple[str, ...] = ()  # what `triage.urgency.assess` found, kept also under an override
    urgency_override: str | None = field(default=None, repr=False)  # the written reason of a person
    categories: Categories = Categories()
    assignee: bytes | None = None
    access: tuple[Access, ...] = ()
    unread: bool = True
    withdrawal_asked: bool = False
    looked_at: datetime | None = None  # the first time a person opened the page
    acknowledged_at: datetime | None = None  # the first board-signed slot went out
    feedback_at: datetime | None = None  # the first reply, or the closing
    closed_at: datetime | None = None
    slot_sequence: int = 0
    reply_count: int = 0
    place_state: str | None = None
    last_day: date | None = None  # of the last message or reply
    former_seeds: tuple[bytes, ...] = field(default=(), repr=False)  # so that late messages open

    def to_json(self) -> dict[str, Json]:
        """JSON for `crypto.facts.seal_fact`; `from_json` reads it."""
        return {
            "record_version": RECORD_VERSION,
            "case_id": encode_blob(self.case_id),
            "report_id": encode_blob(self.report_id),
            "thread_id": encode_blob(self.thread_id),
            "reporter_recipient": encode_blob(self.reporter_recipient),
            "verification_key": encode_blob(self.verification_key),
            "language": self.language,
            "group": self.group and self.group.value,
            "place_id": self.place_id,
            "place_text": self.place_text,
            "place_state": self.place_state,
            "opened_at": _seconds(self.opened_at),
            "day": self.day.isoformat(),
            "taxonomy_version": self.taxonomy_version,
            "pass_on": self.consents.pass_on,
            "consulate": self.consents.consulate,
            "recused": sorted(self.recusal.labels),
            "members_only": self.recusal.members_only,
            "title": self.title,
            "state": self.state.value,
            "outcome": self.outcome and self.outcome.value,
            "urgency": self.urgency.value,
            "urgency_reasons": list(self.urgency_reasons),
            "urgency_override": self.urgency_override,
            "primary": self.categories.primary,
            "others": list(self.categories.others),
            "assignee": self.assignee and encode_blob(self.assignee),
            "access": [_access_json(access) for access in self.access],
            "unread": self.unread,
            "withdrawal_asked": self.withdrawal_asked,
            "looked_at": _seconds(self.looked_at),
            "acknowledged_at": _seconds(self.acknowledged_at),
            "feedback_at": _seconds(self.feedback_at),
            "closed_at": _seconds(self.closed_at),
            "slot_sequence": self.slot_sequence,
            "reply_count": self.reply_count,
            "last_day": None if self.last_day is None else self.last_day.isoformat(),
            "former_seeds": encode_blob(b"".join(self.former_seeds)),
        }

    @classmethod
    def from_json(cls, fields: Fields) -> "CaseRecord":
        """From an opened fact; SealedPartError names the field that is wrong."""
        fields.integer("record_version", RECORD_VERSION, RECORD_VERSION)
        group = fields.maybe_choice("group", Group)
        outcome = fields.maybe_choice("outcome", Outcome)
        record = cls(
            case_id=fields.blob("case_id", 16),
            report_id=fields.blob("report_id", 16),
            thread_id=fields.blob("thread_id", 32),
            reporter_recipient=fields.blob("reporter_recipient", 1216),
            verification_key=fields.blob("verification_key", 32),
            language=fields.text("language", 40),
            group=None if group is None else Group(group),
            place_id=fields.maybe_text("place_id", 40),
            place_text=fields.text("place_text", 10_000),
            place_state=fields.maybe_text("place_state", 40),
            opened_at=datetime.fromtimestamp(fields.integer("opened_at", 1, _LATEST), UTC),
            day=fields.day("day"),
            taxonomy_version=fields.text("taxonomy_version", 64),
            consents=Consents(fields.flag("pass_on"), fields.flag("consulate")),
            recusal=Recusal(frozenset(fields.texts("recused", 1000, 200)), fields.flag("members_only")),
            title=fields.text("title", TITLE_CHARS),
            state=State(fields.choice("state", State)),
            outcome=None if outcome is None else Outcome(outcome),
            urgency=Urgency(fields.choice("urgency", Urgency)),
            urgency_reasons=tuple(fields.texts("urgency_reasons", 100, 100)),
            urgency_override=fields.maybe_text("urgency_override", REASON_CHARS),
            categories=Categories(fields.maybe_text("primary", 40), tuple(fields.texts("others", 100, 40))),
            assignee=fields.maybe_blob("assignee", 16),
            access=tuple(_access(item) for item in fields.objects("access", _MAX_ACCESS)),
            unread=fields.flag("unread"),
            withdrawal_asked=fields.flag("withdrawal_asked"),
            looked_at=_moment(fields, "looked_at"),
            acknowledged_at=_moment(fields, "acknowledged_at"),
            feedback_at=_moment(fields, "feedback_at"),
            closed_at=_moment(fields, "closed_at"),
            slot_sequence=fields.integer("slot_sequence", 0, 2**31),
            reply_count=fields.integer("reply_count", 0, 2**31),
            last_day=fields.maybe_day("last_day"),
            former_seeds=_seeds(fields.blob("former_seeds")),
        )
        fields.end()
        return record


def _access_json(access: Access) -> Json:
    return {
        "person_id": encode_blob(access.person_id),
        "grant_id": encode_blob(access.grant_id),
        "since": access.since.isoformat(),
        "basis": access.basis.value,
    }


def _access(fields: Fields) -> Access:
    access = Access(
        person_id=fields.blob("person_id", 16),
        grant_id=fields.blob("grant_id", 16),
        since=fields.day("since"),
        basis=Basis(fields.choice("basis", Basis)),
    )
    fields.end()
    return access


def _seconds(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp())


def _moment(fields: Fields, name: str) -> datetime | None:
    seconds = fields.integer(name, 0, _LATEST)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _seeds(joined: bytes) -> tuple[bytes, ...]:
    if len(joined) % _SEED_SIZE:
        raise SealedPartError("former_seeds", "not whole seeds")
    return tuple(joined[at : at + _SEED_SIZE] for at in range(0, len(joined), _SEED_SIZE))
