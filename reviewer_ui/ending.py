"""How long the board's manifest still holds: told on every page from 60 days before (protocol.md §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from reviewer_ui.i18n import gettext, ngettext

TELL_DAYS = 60
WARN_DAYS = 30
ALARM_DAYS = 14
# For so long after the end the intake still takes reports, with a notice.
GRACE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Ending:
    """What the page says of the manifest's end, and the class of its box."""

    style: str
    text: str


def ending(not_after: date, today: date) -> Ending | None:
    """None while the end is far."""
    days = (not_after - today).days
    if days > TELL_DAYS:
        return None
    if days < 0:
        return Ending("alarm", _past(not_after, today))
    text = ngettext(
        "The board's manifest ends in %(count)d day, on %(day)s.",
        "The board's manifest ends in %(count)d days, on %(day)s.",
        days,
    ) % {"count": days, "day": not_after.isoformat()}
    style = "alarm" if days <= ALARM_DAYS else "notice" if days <= WARN_DAYS else "quiet"
    # Not inside an f-string: the catalogue's extraction does not look there.
    then = gettext("The members must sign the next one.")
    return Ending(style, f"{text} {then}")


def _past(not_after: date, today: date) -> str:
    closing = not_after + GRACE
    said = gettext("The board's manifest ended on %(day)s.") % {"day": not_after.isoformat()}
    if today > closing:
        then = gettext("The intake is closed until the members sign the next one.")
    else:
        then = gettext("The members must sign the next one, or the intake closes after %(day)s.")
        then %= {"day": closing.isoformat()}
    return f"{said} {then}"
