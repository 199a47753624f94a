"""The answers in words, for the page on which they are checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from gettext import NullTranslations

from crypto.manifest import Manifest
from crypto.sealing import delivery
from intake.form import GROUPS, OTHER_LANGUAGE, QUESTIONS, REPORTERS, TRIS, WHENS, Filled
from intake.languages import msgid, registry
from intake.places import GENERIC, KINDS, sites, states
from intake.report import Answers, Tri

# Row -> its label. The name is that of the first field it shows, so that "change" can lead there.
ROWS: Mapping[str, str] = {
    "group": msgid("What it is about"),
    "story": msgid("Your words"),
    "text_language": msgid("Language"),
    "when": msgid("When"),
    "place": msgid("Where"),
    "uniform": msgid("Who did it"),
    "detained": msgid("Is it urgent?"),
    "danger_now": msgid("Mark on the outside"),
    "reporter": msgid("Who you are"),
    "continues": msgid("Goes on from a report before"),
    "recused": msgid("Who must not see it"),
    "pass_on": msgid("What the board may do"),
}

WHO = {
    "uniform": msgid("Uniform"),
    "person_name": msgid("Name"),
    "plate": msgid("Plate"),
    "unit": msgid("Office"),
}


def say(words: NullTranslations, filled: Filled) -> dict[str, str]:
    """The slots ``say.<row>`` of the check page."""
    _, answers = words.gettext, filled.answers
    nothing = _("Not said")
    group = answers.group
    said = {
        "group": _(GROUPS[group]) if group else "",
        "story": answers.story,
        "text_language": _language(words, answers.language),
        "when": _(WHENS[answers.when]),
        "place": _place(words, answers),
        "uniform": _who(words, answers),
        "detained": _urgency(words, answers),
        "danger_now": _("danger now") if filled.danger_now else _("No mark"),
        "reporter": _(REPORTERS[answers.reporter]),
        "continues": _("Yes") if answers.continues else _("No"),
        "recused": _recused(words, filled),
        "pass_on": _consents(words, answers),
    }
    return {f"say.{name}": text or nothing for name, text in said.items()}


def say_delivery(words: NullTranslations, manifest: Manifest, filled: Filled) -> str:
    """One sentence where the recusals take the report away from the members; else nothing."""
    if delivery(manifest, filled.recusal) != "watchers":
        return ""
    names = ", ".join(watcher.label for watcher in manifest.watchers)
    return words.pgettext(
        "critical",
        "Too few members are left. Only the outside watchers can open your report: %(watchers)s.",
    ) % {"watchers": names}


def _language(words: NullTranslations, code: str) -> str:
    return words.gettext("Another language") if code == OTHER_LANGUAGE else registry()[code].endonym


def _place(words: NullTranslations, answers: Answers) -> str:
    _, place_id = words.gettext, answers.place_id or ""
    parts = (
        _(GENERIC[place_id]) if place_id in GENERIC else "",
        _(KINDS[answers.place_kind]) if answers.place_kind else "",
        sites()[place_id].name if place_id in sites() else "",
        states()[answers.place_state] if answers.place_state else "",
        answers.place_text,
    )
    return _lines(parts)


def _who(words: NullTranslations, answers: Answers) -> str:
    who = answers.who
    texts = {"uniform": who.uniform, "person_name": who.person_name, "plate": who.plate, "unit": who.unit}
    return _lines(f"{words.gettext(WHO[name])}: {text}" for name, text in texts.items() if text)


def _urgency(words: NullTranslations, answers: Answers) -> str:
    urgency = answers.urgency
    given = {
        "detained": urgency.detained,
        "child": urgency.child,
        "hurt": urgency.hurt,
        "threatened": urgency.threatened,
        "unsafe": urgency.unsafe,
    }
    _ = words.gettext
    return _lines(
        f"{_(QUESTIONS[name])} {_(TRIS[tri])}" for name, tri in given.items() if tri is not Tri.UNKNOWN
    )


def _recused(words: NullTranslations, filled: Filled) -> str:
    _, labels = words.gettext, ", ".join(sorted(filled.recusal.labels))
    staff = _("Members only: nobody who works for them") if filled.recusal.members_only else ""
    return _lines((labels, staff)) or _("Nobody")


def _consents(words: NullTranslations, answers: Answers) -> str:
    _, consents = words.gettext, answers.consents
    return _lines(
        (
            _("It may pass my report on to other authorities") if consents.pass_on else "",
            _("It may tell my consulate") if consents.consulate else "",
        )
    ) or _("Your words stay with the board")


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)
