"""The plain word for every value that pages show: states, levels, clocks, reasons, kinds of entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from reviewer_ui.i18n import N_, gettext, language, ngettext
from triage import places, taxonomy
from triage.case import CaseRecord

#: by the name of the type, then by value: two enumerations may use one value with two meanings
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "State": {
            "received": N_("received"),
            "acknowledged": N_("acknowledged"),
            "assessment": N_("in assessment"),
            "waiting_reporter": N_("waiting for the reporter"),
            "investigation": N_("in investigation"),
            "referred": N_("referred"),
            "closed": N_("closed"),
        },
        "Phase": {
            "receive": N_("Receive"),
            "assess": N_("Assess"),
            "address": N_("Address"),
            "conclude": N_("Conclude"),
        },
        "Outcome": {
            "substantiated": N_("substantiated"),
            "partly_substantiated": N_("partly substantiated"),
            "not_substantiated": N_("not substantiated"),
            "insufficient_information": N_("insufficient information"),
            "outside_competence": N_("outside our competence"),
            "duplicate": N_("duplicate"),
            "withdrawn": N_("withdrawn after the reporter asked"),
        },
        "Urgency": {
            "immediate": N_("immediate"),
            "urgent": N_("urgent"),
            "priority": N_("priority"),
            "normal": N_("normal"),
        },
        "Status": {
            "ok": N_("on time"),
            "amber": N_("due soon"),
            "red": N_("past due"),
            "met": N_("done"),
        },
        "Group": {
            "money": N_("money or things taken"),
            "detained": N_("detained"),
            "hurt": N_("hurt or threatened"),
            "conditions": N_("bad conditions"),
            "papers": N_("papers, interpreter, asylum"),
            "child": N_("a child or a family"),
            "discrimination": N_("discrimination"),
            "service": N_("staff or bad service"),
            "unsure": N_("not sure"),
        },
        "Reporter": {
            "migrant": N_("a migrant"),
            "family": N_("family or a friend"),
            "staff": N_("someone who works there"),
            "witness": N_("a witness or an organisation"),
            "unsaid": N_("not said"),
        },
        "When": {
            "today": N_("today"),
            "week": N_("this week"),
            "month": N_("this month"),
            "earlier": N_("earlier"),
            "ongoing": N_("it is still happening"),
            "unsaid": N_("not said"),
        },
        "PlaceKind": {
            "station": N_("a migration station"),
            "office": N_("an office"),
            "air": N_("an airport"),
            "land": N_("a land border"),
            "sea": N_("a sea port"),
        },
        "Tri": {"yes": N_("yes"), "no": N_("no"), "unknown": N_("not known")},
        "Role": {
            "member": N_("member"),
            "triager": N_("triager"),
            "investigator": N_("investigator"),
            "auditor": N_("auditor"),
            "admin": N_("admin"),
        },
        "Basis": {
            "opening": N_("since the opening"),
            "assigned": N_("assigned"),
            "granted": N_("given by a person"),
            "renewed": N_("renewed"),
        },
        "EntryKind": {
            "opened": N_("Report opened"),
            "message": N_("Message from the reporter"),
            "file": N_("File from the reporter"),
            "consent": N_("The reporter changed what they agree to"),
            "withdrawal": N_("The reporter asks to withdraw"),
            "reply": N_("Reply of the board"),
            "note": N_("Note"),
            "translation": N_("Translation"),
            "categories": N_("Categories"),
            "urgency": N_("Urgency"),
            "assigned": N_("Assigned"),
            "state": N_("State"),
            "access_given": N_("Access given"),
            "access_renewed": N_("Access renewed"),
            "access_ended": N_("Access ended"),
            "left": N_("Left the case"),
            "grants_kept": N_("Access kept: nobody else holds the case"),
            "acknowledged": N_("First signed answer sent"),
        },
        "AuditAction": {
            "person_added": N_("person added"),
            "person_removed": N_("person removed"),
            "key_pinned": N_("key noted at first login"),
            "login": N_("login"),
            "collected": N_("drop collected"),
            "exported": N_("exported"),
            "unlocked": N_("share unlocked"),
            "opened": N_("report opened"),
            "view": N_("case viewed"),
            "download": N_("file saved"),
            "change": N_("case changed"),
            "grant": N_("access given"),
            "grant_ended": N_("access ended"),
            "messages": N_("messages delivered"),
            "round": N_("slot round"),
        },
        "Clock": {
            "first_look": N_("First look"),
            "acknowledge": N_("Acknowledge"),
            "feedback": N_("Feedback to the reporter"),
            "detention": N_("36 hours of detention"),
            "asylum": N_("30 working days to ask for asylum"),
            "cndh_complaint": N_("One year to complain to CNDH"),
            "limitation": N_("Limitation: 3 years"),
            "limitation_grave": N_("Limitation: 7 years"),
        },
        "Source": {
            "board": N_("rule of the board"),
            "Directive (EU) 2019/1937, 9(1)(b)": N_("Directive (EU) 2019/1937, 9(1)(b)"),
            "Directive (EU) 2019/1937, 9(1)(f)": N_("Directive (EU) 2019/1937, 9(1)(f)"),
        },
        "Rule": {
            "not_safe": N_("Someone needs help to be safe"),
            "hurt_in_custody": N_("Someone detained is hurt or ill"),
            "child_in_custody": N_("A child is detained"),
            "detained_over_36_hours": N_("Detained for more than 36 hours"),
            "still_detained": N_("Still detained"),
            "perhaps_still_detained": N_("Perhaps still detained"),
            "threats": N_("Threats"),
            "hurt_or_ill": N_("Someone is hurt or ill"),
            "staff_exposed": N_("A worker who may be exposed"),
            "child_or_family": N_("A child or a family"),
            "money": N_("Money was asked for or taken"),
            "papers": N_("Papers, interpreter or asylum"),
            "linked_cases": N_("Three linked cases in 30 days"),
        },
        "TaxonomyGroup": {
            "COR": N_("Money and corruption"),
            "DET": N_("Detention and removal"),
            "INT": N_("Violence and integrity"),
            "CON": N_("Conditions inside"),
            "PRO": N_("Procedure, papers, asylum"),
            "NNA": N_("Children and families"),
            "DIS": N_("Discrimination"),
            "SER": N_("Service and staff"),
        },
        "Sort": {
            "urgency": N_("Urgency"),
            "due": N_("Due"),
            "opened": N_("Age"),
            "group": N_("Group"),
            "place": N_("Place"),
            "language": N_("Language"),
            "state": N_("State"),
            "assignee": N_("Assigned to"),
            "unread": N_("News"),
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
