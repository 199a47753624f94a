"""The plain word for every value that pages show: states, levels, clocks, reasons, kinds of entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from reviewer_ui.i18n import gettext, language, msgid, ngettext
from triage import places, taxonomy
from triage.case import CaseRecord

#: by the name of the type, then by value: two enumerations may use one value with two meanings
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "State": {
            "received": msgid("received"),
            "acknowledged": msgid("acknowledged"),
            "assessment": msgid("in assessment"),
            "waiting_reporter": msgid("waiting for the reporter"),
            "investigation": msgid("in investigation"),
            "referred": msgid("referred"),
            "closed": msgid("closed"),
        },
        "Phase": {
            "receive": msgid("Receive"),
            "assess": msgid("Assess"),
            "address": msgid("Address"),
            "conclude": msgid("Conclude"),
        },
        "Outcome": {
            "substantiated": msgid("substantiated"),
            "partly_substantiated": msgid("partly substantiated"),
            "not_substantiated": msgid("not substantiated"),
            "insufficient_information": msgid("insufficient information"),
            "outside_competence": msgid("outside our competence"),
            "duplicate": msgid("duplicate"),
            "withdrawn": msgid("withdrawn after the reporter asked"),
        },
        "Urgency": {
            "immediate": msgid("immediate"),
            "urgent": msgid("urgent"),
            "priority": msgid("priority"),
            "normal": msgid("normal"),
        },
        "Status": {
            "ok": msgid("on time"),
            "amber": msgid("due soon"),
            "red": msgid("past due"),
            "met": msgid("done"),
        },
        "Group": {
            "money": msgid("money or things taken"),
            "detained": msgid("detained"),
            "hurt": msgid("hurt or threatened"),
            "conditions": msgid("bad conditions"),
            "papers": msgid("papers, interpreter, asylum"),
            "child": msgid("a child or a family"),
            "discrimination": msgid("discrimination"),
            "service": msgid("staff or bad service"),
            "unsure": msgid("not sure"),
        },
        "Reporter": {
            "migrant": msgid("a migrant"),
            "family": msgid("family or a friend"),
            "staff": msgid("someone who works there"),
            "witness": msgid("a witness or an organisation"),
            "unsaid": msgid("not said"),
        },
        "When": {
            "today": msgid("today"),
            "week": msgid("this week"),
            "month": msgid("this month"),
            "earlier": msgid("earlier"),
            "ongoing": msgid("it is still happening"),
            "unsaid": msgid("not said"),
        },
        "PlaceKind": {
            "station": msgid("a migration station"),
            "office": msgid("an office"),
            "air": msgid("an airport"),
            "land": msgid("a land border"),
            "sea": msgid("a sea port"),
        },
        "Tri": {"yes": msgid("yes"), "no": msgid("no"), "unknown": msgid("not known")},
        "Role": {
            "member": msgid("member"),
            "triager": msgid("triager"),
            "investigator": msgid("investigator"),
            "auditor": msgid("auditor"),
            "admin": msgid("admin"),
        },
        "Basis": {
            "opening": msgid("since the opening"),
            "assigned": msgid("assigned"),
            "granted": msgid("given by a person"),
            "renewed": msgid("renewed"),
        },
        "EntryKind": {
            "opened": msgid("Report opened"),
            "message": msgid("Message from the reporter"),
            "file": msgid("File from the reporter"),
            "consent": msgid("The reporter changed what they agree to"),
            "withdrawal": msgid("The reporter asks to withdraw"),
            "reply": msgid("Reply of the board"),
            "note": msgid("Note"),
            "translation": msgid("Translation"),
            "categories": msgid("Categories"),
            "urgency": msgid("Urgency"),
            "assigned": msgid("Assigned"),
            "state": msgid("State"),
            "access_given": msgid("Access given"),
            "access_renewed": msgid("Access renewed"),
            "access_ended": msgid("Access ended"),
            "left": msgid("Left the case"),
            "grants_kept": msgid("Access kept: nobody else holds the case"),
            "acknowledged": msgid("First signed answer sent"),
        },
        "AuditAction": {
            "person_added": msgid("person added"),
            "person_removed": msgid("person removed"),
            "person_renewed": msgid("keys of a person renewed"),
            "login": msgid("login"),
            "collected": msgid("drop collected"),
            "exported": msgid("exported"),
            "unlocked": msgid("share unlocked"),
            "opened": msgid("report opened"),
            "view": msgid("case viewed"),
            "download": msgid("file saved"),
            "change": msgid("case changed"),
            "grant": msgid("access given"),
            "grant_ended": msgid("access ended"),
            "messages": msgid("messages delivered"),
            "round": msgid("slot round"),
        },
        "Clock": {
            "first_look": msgid("First look"),
            "acknowledge": msgid("Acknowledge"),
            "feedback": msgid("Feedback to the reporter"),
            "detention": msgid("36 hours of detention"),
            "asylum": msgid("30 working days to ask for asylum"),
            "cndh_complaint": msgid("One year to complain to CNDH"),
            "limitation": msgid("Limitation: 3 years"),
            "limitation_grave": msgid("Limitation: 7 years"),
        },
        "Source": {
            "board": msgid("rule of the board"),
            "Directive (EU) 2019/1937, 9(1)(b)": msgid("Directive (EU) 2019/1937, 9(1)(b)"),
            "Directive (EU) 2019/1937, 9(1)(f)": msgid("Directive (EU) 2019/1937, 9(1)(f)"),
        },
        "Rule": {
            "not_safe": msgid("Someone needs help to be safe"),
            "hurt_in_custody": msgid("Someone detained is hurt or ill"),
            "child_in_custody": msgid("A child is detained"),
            "detained_over_36_hours": msgid("Detained for more than 36 hours"),
            "still_detained": msgid("Still detained"),
            "perhaps_still_detained": msgid("Perhaps still detained"),
            "threats": msgid("Threats"),
            "hurt_or_ill": msgid("Someone is hurt or ill"),
            "staff_exposed": msgid("A worker who may be exposed"),
            "child_or_family": msgid("A child or a family"),
            "money": msgid("Money was asked for or taken"),
            "papers": msgid("Papers, interpreter or asylum"),
            "linked_cases": msgid("Three linked cases in 30 days"),
        },
        "TaxonomyGroup": {
            "COR": msgid("Money and corruption"),
            "DET": msgid("Detention and removal"),
            "INT": msgid("Violence and integrity"),
            "CON": msgid("Conditions inside"),
            "PRO": msgid("Procedure, papers, asylum"),
            "NNA": msgid("Children and families"),
            "DIS": msgid("Discrimination"),
            "SER": msgid("Service and staff"),
        },
        "Sort": {
            "urgency": msgid("Urgency"),
            "due": msgid("Due"),
            "opened": msgid("Age"),
            "group": msgid("Group"),
            "place": msgid("Place"),
            "language": msgid("Language"),
            "state": msgid("State"),
            "assignee": msgid("Assigned to"),
            "unread": msgid("News"),
        },
    }
)


def word(value: StrEnum | None) -> str:
    """The word for a value of one of our enumerations; a dash for None."""
    return "—" if value is None else named(type(value).__name__, value.value)


def named(kind: str, value: str) -> str:
    """The word for a value by the name of its kind; the value itself if it is of an older version."""
    message = WORDS[kind].get(value)
    return value if message is None else gettext(message)


def reason(key: str) -> str:
    """Why a level is suggested: a rule, or a category with its label."""
    rule, _, category_id = key.partition(":")
    if rule != "category":
        return named("Rule", rule)
    return gettext("Category: %(label)s") % {"label": category(category_id)}


def category(category_id: str) -> str:
    """A category by id and label."""
    found = taxonomy.load().by_id.get(category_id)
    return category_id if found is None else f"{category_id} {found.label(language())}"


def place(record: CaseRecord) -> str:
    """The name of the place, what was written about it, or nothing. Content: clean it before it is shown."""
    known = places.load().get(record.place_id or "")
    parts = [known.name if known else record.place_id or "", record.place_text]
    if known is None and record.place_state:
        parts.append(places.state_name(record.place_state))
    return " · ".join(part for part in parts if part)


def moment(value: datetime) -> str:
    """Day and time in the zone of the desk's machine."""
    return value.astimezone().strftime("%Y-%m-%d %H:%M")


def span(value: datetime, now: datetime) -> str:
    """How far a moment is, in the largest whole unit: `in 3 h`, `2 d ago`."""
    hours = int(abs((value - now).total_seconds()) // 3600)
    amount = f"{hours} h" if hours < 48 else f"{hours // 24} d"
    message = gettext("in %(amount)s") if value >= now else gettext("%(amount)s ago")
    return message % {"amount": amount}


def age(day: date, today: date) -> str:
    """Whole days since a day."""
    days = max(0, (today - day).days)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def size(count: int) -> str:
    """A number of bytes for people."""
    return (
        f"{count} B"
        if count < 1024
        else f"{count / 1024:.0f} KiB"
        if count < 1024**2
        else f"{count / 1024**2:.1f} MiB"
    )
