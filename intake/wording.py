"""Keys put into sentences: problems of a form, states of a case, notices. Each takes the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import NullTranslations

from crypto.manifest import Manifest
from crypto.parts import MAX_TEXT
from crypto.slots import SlotState
from intake.languages import msgid
from intake.report import LIMITS, Problem
from intake.uploads import UploadReason

FIELD_NAMES: Mapping[str, str] = {
    "story": msgid("Your own words"),
    "text": msgid("Your message"),
    "place_text": msgid("The place in your own words"),
    "uniform": msgid("Uniform or clothes"),
    "person_name": msgid("Name"),
    "plate": msgid("Plate"),
    "unit": msgid("Office or group"),
}

STATES: Mapping[SlotState, str] = {
    SlotState.ARRIVED: msgid("Your report arrived. The board has not opened it yet."),
    SlotState.RECEIVED: msgid("The board has your report."),
    SlotState.IN_REVIEW: msgid("The board is reading your report."),
    SlotState.WAITING_FOR_YOU: msgid("The board asks you something. Please read and answer."),
    SlotState.ACTING: msgid("The board is acting on your report."),
    SlotState.REFERRED: msgid("The board passed your report on. Read below to whom."),
    SlotState.CLOSED: msgid("The board closed your report. Read below why."),
}

# The names are words of the desk's deadlines; one that is not known here still shows its day.
DEADLINES: Mapping[str, str] = {
    "acknowledge": msgid("The board confirms that it has your report by"),
    "acknowledged": msgid("The board confirms that it has your report by"),
    "feedback": msgid("The board tells you what it did by"),
}
OTHER_DEADLINE = msgid("The next day to keep in mind")

UPLOADS: Mapping[UploadReason, str] = {
    UploadReason.TOO_LARGE: msgid("The file is too big. It may have %(limit)s MB."),
    UploadReason.UNCLEANABLE: msgid(
        "We could not clean this picture: it is damaged or unusual. Choose it again and leave the data in."
    ),
    UploadReason.EMPTY: msgid("The file is empty. Choose another one."),
    UploadReason.TOO_MANY_FILES: msgid("Send one file at a time."),
    UploadReason.FIELDS_TOO_LARGE: msgid("The form was damaged on its way. Choose the file again."),
    UploadReason.MALFORMED: msgid("The form was damaged on its way. Choose the file again."),
}

CODES: Mapping[str, str] = {
    "length": msgid("The code has 30 digits. You typed more or fewer."),
    "digits": msgid("The code has only digits, spaces and lines."),
    "check": msgid("One digit or more is wrong. Compare it with your note, group by group."),
}


def say_problem(words: NullTranslations, problem: Problem, manifest: Manifest, max_file_mb: int) -> str:
    """One sentence or two that name the field and the limit."""
    _ = words.gettext
    name, reason = problem.field, problem.reason
    if reason == "too_long":
        limit = LIMITS.get(name, MAX_TEXT)
        text = _("%(field)s: there is room for %(limit)s characters. Please make it shorter.")
        return text % {"field": _(FIELD_NAMES[name]), "limit": f"{limit:,}".replace(",", " ")}
    if reason == "undeliverable":
        return _undeliverable(words, manifest)
    if name == "code":
        return _(CODES[reason])
    if name == "file" and reason in set(UploadReason):
        return _(UPLOADS[UploadReason(reason)]) % {"limit": max_file_mb}
    return _(_SENTENCES.get((name, reason), _UNKNOWN_CHOICE))


_UNKNOWN_CHOICE = msgid("Please choose again here.")
_SENTENCES: Mapping[tuple[str, str], str] = {
    ("story", "empty"): msgid("Write something, or choose what it is about. One of the two is enough."),
    ("text", "empty"): msgid("Your message is empty. Write something first."),
    ("file", "missing"): msgid("Choose a file first."),
    ("file", "incomplete"): msgid("The file did not arrive whole. Please send it again."),
    ("confirm", "empty"): msgid("Tick the box first if you want the board to stop."),
}


def _undeliverable(words: NullTranslations, manifest: Manifest) -> str:
    text = words.pgettext(
        "critical",
        "We cannot take your report past all these people. The number of members left must be at least "
        "%(k)s. Take away a name, or go to the human rights commission (CNDH) or to a public defender.",
    )
    return text % {"k": manifest.threshold}


def say_late(words: NullTranslations) -> str:
    """The plain notice of a manifest past its end (protocol.md §2)."""
    return words.gettext(
        "The list of board members is out of date. You can still send. The board was asked to renew it."
    )


def say_changed(words: NullTranslations, manifest: Manifest) -> str:
    """For a form begun under an older manifest: the new list."""
    text = words.pgettext(
        "critical",
        "The list of people changed since you began. Look again at who must not see your report, then send.",
    )
    names = words.pgettext("critical", "The list is now: %(names)s.")
    labels = [member.label for member in manifest.members] + list(manifest.staff)
    return f"{text} {names % {'names': ', '.join(labels)}}"


def say_new_code(words: NullTranslations) -> str:
    """For a form whose code did not come through."""
    return words.pgettext("critical", "Your code was damaged on its way. This is a new one: write it down.")


def say_busy(words: NullTranslations, seconds: int) -> str:
    """For a request that waited in vain."""
    text = words.pgettext(
        "critical", "Not received: too many people are here now. Nothing is lost. Try again in %(n)s seconds."
    )
    return text % {"n": seconds}


def say_full(words: NullTranslations) -> str:
    """For a drop without room."""
    return words.pgettext(
        "critical",
        "Not received: our computer has no room now. Nothing is lost and your code stays good. "
        "Try again in an hour.",
    )


def say_trouble(words: NullTranslations) -> str:
    """For a drop that failed."""
    return words.pgettext(
        "critical",
        "Not received: our computer has a fault now. Nothing is lost and your code stays good. "
        "Try again in some minutes.",
    )


def say_young(words: NullTranslations) -> str:
    """For a form that came back faster than anybody reads."""
    return words.gettext("That was very fast. We ask people to wait 3 seconds, to keep machines out.")


def say_stale(words: NullTranslations) -> str:
    """For a form that stood open for two days, or was not ours."""
    return words.gettext("This page was open for a long time, or was not whole.")


def say_cut(words: NullTranslations) -> str:
    """For a body without its end marker."""
    return words.gettext("Your form did not arrive whole. Look at it again if you can.")


def say_closed(words: NullTranslations) -> tuple[str, str]:
    """Heading and text for a manifest long past its end."""
    return words.gettext("We take no new reports now"), words.pgettext(
        "critical",
        "The list of board members is too old, so we cannot be sure who would read. "
        "Please go to the human rights commission (CNDH) or to a public defender. "
        "You can still read answers with your code.",
    )


def say_unreadable(words: NullTranslations) -> tuple[str, str]:
    """Heading and text for a slot that does not open."""
    return words.gettext("We cannot show the answer now"), words.pgettext(
        "critical", "There is something under your code, but our computer cannot read it. Try again tomorrow."
    )


def say_http(words: NullTranslations, status: int) -> tuple[str, str]:
    """Heading and text for what the web itself refuses."""
    _ = words.gettext
    if status in (404, 405):
        return _("This page does not exist"), _("Go to the start and try from there.")
    if status == 413:
        return _("That was too big"), _("Nothing was received. Make it smaller and send it again.")
    if status >= 500:
        return _("Something broke here"), _("Nothing was received. Try again in some minutes.")
    return _("That did not arrive whole"), _("Nothing was received. Go back and send it again.")
