"""Mexican working days: weekends and the statutory holidays of LFT art. 74, computed for any year."""

from calendar import MONDAY, SATURDAY, monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

# The federal executive changes hands every six years: on 1 December until 2018, on 1 October since 2024.
_FIRST_OCTOBER_HANDOVER = 2024
_LAST_DECEMBER_HANDOVER = 2018
_TERM_YEARS = 6


def _nth_monday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(MONDAY - first.weekday()) % 7 + 7 * (nth - 1))


def _handovers(year: int) -> Iterator[date]:
    if year >= _FIRST_OCTOBER_HANDOVER and (year - _FIRST_OCTOBER_HANDOVER) % _TERM_YEARS == 0:
        yield date(year, 10, 1)
    if year <= _LAST_DECEMBER_HANDOVER and (_LAST_DECEMBER_HANDOVER - year) % _TERM_YEARS == 0:
        yield date(year, 12, 1)


@lru_cache(maxsize=16)
def holidays(year: int) -> frozenset[date]:
    """The statutory holidays of ``year``; days that only one authority keeps are not among them."""
    fixed = [date(year, 1, 1), date(year, 5, 1), date(year, 9, 16), date(year, 12, 25)]
    moved = [_nth_monday(year, 2, 1), _nth_monday(year, 3, 3), _nth_monday(year, 11, 3)]
    return frozenset([*fixed, *moved, *_handovers(year)])


def is_working_day(day: date) -> bool:
    """Monday to Friday and no statutory holiday."""
    return day.weekday() < SATURDAY and day not in holidays(day.year)


def add_working_days(day: date, count: int) -> date:
    """The ``count``-th working day after ``day``, which itself does not count."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def add_months(day: date, count: int) -> date:
    """The same day of the month ``count`` months on, or that month's last day."""
    months = day.year * 12 + day.month - 1 + count
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
