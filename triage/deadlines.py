"""What is due on a case and why: the board's own clocks and the law's (DESK, "Life of a case")."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType

from triage.calendar import add_months, add_working_days
from triage.case import CaseRecord, State
from triage.taxonomy import load
from triage.urgency import Urgency

AMBER_SHARE = 0.75

FIRST_LOOK: Mapping[Urgency, timedelta] = MappingProxyType(
    {
        Urgency.IMMEDIATE: timedelta(hours=4),
        Urgency.URGENT: timedelta(hours=24),
        Urgency.PRIORITY: timedelta(hours=72),
        Urgency.NORMAL: timedelta(days=7),
    }
)
ACKNOWLEDGE_DAYS = 7
FEEDBACK_MONTHS = 3
DETENTION = timedelta(hours=36)
ASYLUM_WORKING_DAYS = 30


class Status(StrEnum):
    """Amber from 75 % of the time on, red past due."""

    OK = "ok"
    AMBER = "amber"
    RED = "red"
    MET = "met"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One clock. ``informative``: it binds somebody else or is a limitation period, and calls nobody."""

    name: str
    due: datetime
    source: str
    status: Status
    informative: bool = False


@dataclass(frozen=True, slots=True)
class _Clock:
    name: str
    source: str
    start: datetime
    due: datetime
    met: bool
    informative: bool = False


def status(start: datetime, due: datetime, now: datetime, *, met: bool) -> Status:
    """How a clock stands at ``now``."""
    if met:
        return Status.MET
    if now > due:
        return Status.RED
    return Status.AMBER if now - start >= (due - start) * AMBER_SHARE else Status.OK


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _end_of(day: date) -> datetime:
    return _midnight(day + timedelta(days=1))


def _first_look(record: CaseRecord) -> _Clock:
    # A report carries a day, never a time: the board's clock starts when it opens.
    due = record.opened_at + FIRST_LOOK[record.urgency]
    return _Clock("first_look", "board", record.opened_at, due, record.looked_at is not None)


def _acknowledge(record: CaseRecord) -> _Clock:
    due = _end_of(record.day + timedelta(days=ACKNOWLEDGE_DAYS))
    source = "Directive (EU) 2019/1937, 9(1)(b)"
    return _Clock("acknowledge", source, _midnight(record.day), due, record.acknowledged_at is not None)


def _feedback(record: CaseRecord) -> _Clock:
    # 9(1)(f): from the acknowledgement, or from the end of the seven days when there was none.
    latest = record.day + timedelta(days=ACKNOWLEDGE_DAYS)
    base = latest if record.acknowledged_at is None else min(record.acknowledged_at.date(), latest)
    due = _end_of(add_months(base, FEEDBACK_MONTHS))
    source = "Directive (EU) 2019/1937, 9(1)(f)"
    return _Clock("feedback", source, _midnight(base), due, record.feedback_at is not None)


_GRAVE, _NOT_GRAVE = "LGRA 52-64", "LGRA 49"
_CUSTODY = frozenset({"still_detained", "perhaps_still_detained"})
_ASYLUM = frozenset({"PRO-05"})
_REMOVAL = frozenset({"DET-01", "DET-02", "DET-04", "DET-05", "DET-06"})


def _in_custody(record: CaseRecord) -> bool:
    return not _CUSTODY.isdisjoint(record.urgency_reasons) or not _REMOVAL.isdisjoint(record.categories.all)


def _detention(record: CaseRecord) -> _Clock | None:
    # From the start of the report's day: the person was held by then at the latest.
    start = _midnight(record.day)
    source = "Ley de Migración 68; SCJN AR 388/2022"
    closed = record.state is State.CLOSED
    return _Clock("detention", source, start, start + DETENTION, closed) if _in_custody(record) else None


def _asylum(record: CaseRecord) -> _Clock | None:
    if _ASYLUM.isdisjoint(record.categories.all):
        return None
    # From entry, which nobody asks the reporter; the report's day is the latest it can have been.
    due = _end_of(add_working_days(record.day, ASYLUM_WORKING_DAYS))
    source = "Ley sobre Refugiados 18"
    return _Clock("asylum", source, _midnight(record.day), due, record.state is State.CLOSED)


def _cndh(record: CaseRecord) -> _Clock:
    due = _end_of(add_months(record.day, 12))
    closed = record.state is State.CLOSED
    return _Clock("cndh_complaint", "Ley de la CNDH 26", _midnight(record.day), due, closed, informative=True)


def _limitation(record: CaseRecord) -> _Clock | None:
    sources = " ".join(category.legal_source for category in load().chosen(record.categories.all))
    if _GRAVE in sources:
        name, years = "limitation_grave", 7
    elif _NOT_GRAVE in sources:
        name, years = "limitation", 3
    else:
        return None
    due = _end_of(add_months(record.day, 12 * years))
    closed = record.state is State.CLOSED
    return _Clock(name, "LGRA 74", _midnight(record.day), due, closed, informative=True)


_CLOCKS: tuple[Callable[[CaseRecord], _Clock | None], ...] = (
    _first_look,
    _detention,
    _acknowledge,
    _asylum,
    _feedback,
    _cndh,
    _limitation,
)


def due(record: CaseRecord, now: datetime) -> list[Deadline]:
    """Every clock that runs on the case, the soonest first; information after what calls somebody."""
    clocks = [clock for make in _CLOCKS if (clock := make(record)) is not None]
    deadlines = [
        Deadline(c.name, c.due, c.source, status(c.start, c.due, now, met=c.met), c.informative)
        for c in clocks
    ]
    return sorted(deadlines, key=lambda deadline: (deadline.informative, deadline.due))


def next_due(deadlines: list[Deadline]) -> Deadline | None:
    """The soonest clock that still calls somebody, for queues and lists."""
    open_ones = [d for d in deadlines if not d.informative and d.status is not Status.MET]
    return min(open_ones, key=lambda deadline: deadline.due, default=None)
