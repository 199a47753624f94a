"""Lists and search, in memory, over the cases whose keys the seat holds: nobody else's leave a trace (T3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from intake.report import Group
from triage.case import CaseRecord, State
from triage.case_file import load_case, read_versions
from triage.deadlines import Deadline, due, next_due
from triage.desk import Desk, Seat
from triage.people import labels_of, read_people
from triage.register import reading
from triage.urgency import Urgency


class Sort(StrEnum):
    """Columns a list can be ordered by."""

    URGENCY = "urgency"
    DUE = "due"
    OPENED = "opened"
    GROUP = "group"
    PLACE = "place"
    LANGUAGE = "language"
    STATE = "state"
    ASSIGNEE = "assignee"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """What to list; a given state makes ``open_only`` moot. ``text`` looks into title and place."""

    state: State | None = None
    open_only: bool = True
    urgency: Urgency | None = None
    group: Group | None = None
    place_id: str | None = None
    text: str = ""
    assignee: bytes | None = None
    unread_only: bool = False
    sort: Sort = Sort.URGENCY
    descending: bool = False


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list; ``due`` is the soonest deadline that still calls somebody."""

    case_id: bytes
    version: int
    record: CaseRecord
    assignee: str
    due: Deadline | None


def list_cases(desk: Desk, seat: Seat, query: CaseQuery) -> list[CaseRow]:
    """The seat's cases that fit the query, in its order."""
    with desk.lock:
        desk.require(seat)
        with reading(desk.register) as connection:
            versions = read_versions(connection)
            for case_id, case in list(seat.cases.items()):
                if versions.get(case_id) == case.version:
                    continue
                fresh = load_case(connection, case.case_key, case_id)
                if fresh is None:
                    del seat.cases[case_id]
                else:
                    seat.cases[case_id] = fresh
            labels = labels_of(read_people(connection))
        cases = list(seat.cases.values())
    now = desk.clock()
    rows = [
        CaseRow(
            case.case_id,
            case.version,
            case.record,
            labels.get(case.record.assignee, "") if case.record.assignee else "",
            next_due(due(case.record, now)),
        )
        for case in cases
        if _fits(case.record, query)
    ]
    # The id last: equal rows keep one order from page to page.
    rows.sort(key=lambda row: (_KEYS[query.sort](row), row.case_id), reverse=query.descending)
    return rows


def _fits(record: CaseRecord, query: CaseQuery) -> bool:
    if query.state is None:
        if query.open_only and record.state is State.CLOSED:
            return False
    elif record.state is not query.state:
        return False
    words = query.text.casefold().split()
    text = f"{record.title} {record.place_text} {record.place_id or ''}".casefold()
    return (
        (query.urgency is None or record.urgency is query.urgency)
        and (query.group is None or record.group is query.group)
        and (query.place_id is None or record.place_id == query.place_id)
        and (query.assignee is None or record.assignee == query.assignee)
        and (record.unread or not query.unread_only)
        and all(word in text for word in words)
    )


def _due(row: CaseRow) -> float:
    return row.due.due.timestamp() if row.due else float("inf")


_STATES = tuple(State)
_KEYS: Mapping[Sort, Callable[[CaseRow], tuple[float | str, ...]]] = MappingProxyType(
    {
        Sort.URGENCY: lambda row: (row.record.urgency.rank, _due(row)),
        Sort.DUE: lambda row: (_due(row),),
        Sort.OPENED: lambda row: (row.record.opened_at.timestamp(),),
        Sort.GROUP: lambda row: (row.record.group or "",),
        Sort.PLACE: lambda row: (row.record.place_id or "", row.record.place_text.casefold()),
        Sort.LANGUAGE: lambda row: (row.record.language,),
        Sort.STATE: lambda row: (_STATES.index(row.record.state),),
        Sort.ASSIGNEE: lambda row: (row.assignee.casefold(),),
        Sort.UNREAD: lambda row: (not row.record.unread, row.record.urgency.rank),
    }
)
