"""All pages of one language, compiled when the intake starts; with problems to show, compiled anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from gettext import NullTranslations

from jinja2 import Environment
from markupsafe import Markup

from crypto.manifest import Manifest, fingerprint_groups
from intake import assets
from intake.form import GROUPS, OTHER_LANGUAGE, QUESTIONS, REPORTERS, TRIS, WHENS
from intake.languages import Language, catalogue, registry
from intake.pages import Page, Slots, environment, say_day
from intake.places import GENERIC, KINDS, sites_in, states
from intake.ready import Ready
from intake.report import URGENCY_QUESTIONS, PlaceKind
from intake.summary import ROWS

TEMPLATES = (
    "again.html",
    "board.html",
    "check.html",
    "clear.html",
    "deadline.html",
    "home.html",
    "how.html",
    "message.html",
    "new.html",
    "notice.html",
    "open.html",
    "reply.html",
    "sent.html",
    "status.html",
    "unknown.html",
)

# The pages that can be fetched as well as posted, and so can offer other languages.
_PATHS = {"home.html": "", "how.html": "how", "board.html": "board", "open.html": "open"}

_LISTS = ("text_language", "place", "place_state")
_CHOICES: Mapping[str, tuple[Iterable[tuple[str, str]], ...]] = {
    "reporter": (REPORTERS.items(),),
    "group": (GROUPS.items(),),
    "when": (WHENS.items(),),
    "place": (KINDS.items(), GENERIC.items()),
    **dict.fromkeys(URGENCY_QUESTIONS, (TRIS.items(),)),
}

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Facts:
    """What every page may say of the board."""

    name: str
    members: tuple[str, ...]
    staff: tuple[str, ...]
    watchers: tuple[str, ...]
    threshold: int
    fingerprint: str
    sequence: int
    hash: str
    last_day: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A problem in the reader's language, beside its field and in the list at the top."""

    field: str
    text: str


class Book:
    """One language: its words and its compiled pages."""

    def __init__(
        self,
        language: Language,
        offered: Sequence[Language],
        manifest: Manifest,
        max_file_bytes: int,
    ) -> None:
        self.language = language
        self.words: NullTranslations = catalogue(language.code)
        self._engine: Environment = environment(language.code)
        self._context: Mapping[str, object] = {
            "lang": language,
            "languages": offered,
            "css": f"/static/{assets.name_of('page.css')}",
            "board": board_facts(manifest, self.words),
            "max_file_mb": max_file_bytes // _MB,
            "questions": [(name, self.words.gettext(text)) for name, text in QUESTIONS.items()],
            "rows": [(name, self.words.gettext(text)) for name, text in ROWS.items()],
        }
        self._pages = {template: self._compile(template, ()) for template in TEMPLATES}
        ticked = frozenset({("text_language", language.code)})
        self._forms = {
            template: Ready.make(self._pages[template], frozenset({"token", "notice"}), ticked)
            for template in ("new.html", "open.html")
        }

    def page(self, template: str, problems: Sequence[Shown] = ()) -> Page:
        """A page of this language."""
        return self._compile(template, problems) if problems else self._pages[template]

    def form(self, template: str) -> Ready:
        """An empty form of this language; its slots are `token` and `notice`."""
        return self._forms[template]

    def notice(self, text: str, element_id: str = "notice-text") -> Markup:
        """A banner with a sentence or two that must not be missed."""
        values = {"text": text, "id": element_id, "title": self.words.gettext("Important")}
        return self._pages["notice.html"].fill(values)

    def received(self, text: str, element_id: str) -> Markup:
        """A banner that acknowledges; shown only for what is durable."""
        kind = "govuk-notification-banner--success"
        values = {"text": text, "id": element_id, "title": self.words.gettext("Received"), "kind": kind}
        return self._pages["notice.html"].fill(values)

    def site_choice(
        self, kind: PlaceKind | None, state: str | None, ticked: frozenset[tuple[str, str]]
    ) -> Markup:
        """The list of sites of one kind in one state, offered on the check page; empty if there is none."""
        found = sites_in(kind, state)
        if not found:
            return Markup()
        slots = Slots()
        items: list[dict[str, object]] = [{"value": "", "text": self.words.gettext("I do not know")}]
        items += [
            {
                "value": place.place_id,
                "text": place.name,
                "attributes": slots.selected("place_id", place.place_id),
            }
            for place in found
        ]
        context = {**self._context, "items": items}
        return slots.cut(self._engine.get_template("sites.html").render(context)).fill({}, ticked)

    def _compile(self, template: str, problems: Sequence[Shown]) -> Page:
        slots = Slots()
        context = {
            **self._context,
            "slot": slots.slot,
            "checked": slots.checked,
            "items": partial(self._items, slots),
            "people": partial(self._people, slots),
            "errors": {problem.field: problem.text for problem in problems},
            "problems": [{"text": problem.text, "href": f"#{problem.field}"} for problem in problems],
        }
        if template in _PATHS:
            context["path"] = _PATHS[template]
        return slots.cut(self._engine.get_template(template).render(context))

    def _items(self, slots: Slots, name: str) -> list[dict[str, object]]:
        """The choices of a field, in the form that the macros of the patterns take."""
        mark = slots.selected if name in _LISTS else slots.checked
        return [
            {"value": value, "text": text, "attributes": mark(name, value)}
            for value, text in self._options(name)
        ]

    def _options(self, name: str) -> list[tuple[str, str]]:
        _ = self.words.gettext
        if name == "text_language":
            known = [(code, language.endonym) for code, language in registry().items()]
            return [*known, (OTHER_LANGUAGE, _("Another language"))]
        unsaid = ("", _("I do not know, or I prefer not to say"))
        if name == "place_state":
            return [unsaid, *states().items()]
        found = [(str(value), _(text)) for table in _CHOICES[name] for value, text in table]
        return [unsaid, *found] if name == "place" else found

    def _people(self, slots: Slots, group: str) -> list[dict[str, object]]:
        facts = self._context["board"]
        labels: tuple[str, ...] = getattr(facts, group)
        return [
            {"value": label, "text": label, "attributes": slots.checked("recused", label)} for label in labels
        ]


def board_facts(manifest: Manifest, words: NullTranslations) -> Facts:
    """The manifest as the pages show it."""
    return Facts(
        name=manifest.name,
        members=tuple(member.label for member in manifest.members),
        staff=manifest.staff,
        watchers=tuple(watcher.label for watcher in manifest.watchers),
        threshold=manifest.threshold,
        fingerprint=fingerprint_groups(manifest.root.fingerprint),
        sequence=manifest.sequence,
        hash=manifest.hash.hex(),
        last_day=say_day(words, manifest.not_after),
    )
