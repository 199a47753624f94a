"""Every page that people come to, one after the other in a real browser; each stop has a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

from crypto.receipt import ReceiptCode
from tests.e2e import reporter
from tests.e2e.reporter import READING_SECONDS
from tests.e2e.reviewer import Reviewer, open_all
from tests.e2e.system import System

PHOTO = Path(__file__).parent.parent / "data" / "photos" / "gps-DSCN0010.jpg"

STORIES = {
    "es": "El martes, en la garita, dos agentes con chaleco verde bajaron del autobús a mi hermano.\n"
    "Le pidieron dinero para dejarlo seguir. Como no tenía, le quitaron el teléfono y sus papeles.\n"
    "Una señora que vende fruta lo vio todo.",
    "en": "On Tuesday, at the checkpoint, two officers in green vests took my brother off the bus.\n"
    "They asked for money to let him go on. He had none, so they took his phone and his papers.\n"
    "A woman who sells fruit saw it all.",
}


def click(page: Page, selector: str) -> None:
    """Press something that leads to another page, and be there."""
    with page.expect_navigation():
        page.click(selector)


def press(system: System, page: Page, selector: str) -> None:
    """Press a button of a form, as late as a person would who has read the page."""
    system.move_clock(seconds=READING_SECONDS)
    click(page, selector)


def fill_form(page: Page, language: str, story: str = "") -> None:
    """A form as somebody in a hurry leaves it: most things said, not all."""
    page.check('input[name="group"][value="money"]')
    page.fill("#story", story or STORIES[language])
    page.check('input[name="when"][value="week"]')
    page.select_option("#place", "station")
    page.select_option("#place_state", "MX-CHP")
    page.fill("#place_text", "km 21")
    page.fill("#uniform", "chaleco verde" if language == "es" else "green vest")
    page.fill("#plate", "123-ABC")
    page.check('input[name="detained"][value="no"]')
    page.check('input[name="threatened"][value="yes"]')
    page.check('input[name="reporter"][value="family"]')
    page.check('input[name="recused"][value="vocal-3"]')
    page.check('input[name="pass_on"]')


def reading(system: System, page: Page, language: str) -> Iterator[str]:
    """Pages that anyone can read without doing anything."""
    origin = system.intake.origin
    for name, path in {
        "home": f"/{language}/",
        "how": f"/{language}/how",
        "board": f"/{language}/board",
        "not-found": f"/{language}/none",
        "clear": "/exit",
    }.items():
        page.goto(origin + path)
        yield name


def filing(system: System, page: Page, language: str) -> Iterator[str]:
    """From the empty form to the acknowledged file."""
    page.goto(f"{system.intake.origin}/{language}/new")
    yield "form"
    press(system, page, "form button.govuk-button")
    yield "form-refused"
    page.goto(f"{system.intake.origin}/{language}/new")
    fill_form(page, language)
    click(page, "form button.govuk-button")
    yield "once-more"
    press(system, page, "form button.govuk-button")
    yield "check"
    page.fill("#typed_back", page.inner_text("#receipt-code li:last-child"))
    press(system, page, "form#send button.govuk-button >> nth=0")
    yield "sent"
    press(system, page, "form button.govuk-button--secondary")
    yield "sent-refused"
    page.set_input_files("#file", PHOTO)
    press(system, page, "form button.govuk-button--secondary")
    yield "sent-file"


def coming_back(system: System, page: Page, language: str, code: str) -> Iterator[str]:
    """The field for the code and all that stands behind it."""
    page.goto(f"{system.intake.origin}/{language}/open")
    yield "code"
    page.fill("#code", "12345")
    press(system, page, "form button.govuk-button")
    yield "code-refused"
    page.fill("#code", str(ReceiptCode.generate()))
    press(system, page, "form button.govuk-button")
    yield "unknown"
    page.goto(f"{system.intake.origin}/{language}/open")
    page.fill("#code", code)
    press(system, page, "form button.govuk-button")
    yield "status"
    press(system, page, "form:has(#text) button.govuk-button")
    yield "status-refused"
    page.fill("#text", STORIES[language])
    press(system, page, "form:has(#text) button.govuk-button")
    yield "status-message"


def log_in(system: System, page: Page, label: str) -> None:
    """Log in; whoever sat there before leaves."""
    if page.query_selector(".bar__button"):
        click(page, ".bar__button")
    page.goto(system.desk_client().origin + "/login")
    page.fill("#label", label)
    page.fill("#passphrase", system.passphrase(label))
    click(page, "main form button")


def unlock(system: System, page: Page, label: str) -> None:
    """Open one's shares; back on the first page when it is done."""
    page.fill("#unlock #passphrase", system.passphrase(label))
    click(page, "#unlock button")
    page.wait_for_selector(".notice")


def a_days_work(system: System) -> str:
    """Reports, messages, a file, an answer, so that every page of the desk has something on it; a code."""
    answered = reporter.file_report(
        system, story=STORIES["es"], group="money", text_language="es", place="station", place_state="MX-CHP"
    )
    reporter.add_file(system, answered.page, PHOTO.name, PHOTO.read_bytes())
    others: list[dict[str, str]] = [
        {
            "story": STORIES["en"],
            "group": "detained",
            "text_language": "en",
            "child": "yes",
            "detained": "yes",
        },
        {"story": "أخذوا أوراقي في المحطة ولم يعيدوها إلي.", "group": "papers", "text_language": "ar"},
        {"story": "", "group": "conditions"},
        {"story": "x" * 400, "group": "unsure", "person_name": "y" * 200, "place_text": "z" * 500},
    ]
    for fields in others:
        reporter.file_report(system, **fields)
    Reviewer(system, "vocal-1").fetch()
    open_all(system, ["vocal-1", "vocal-3"])
    triager = Reviewer(system, "triaje-1")
    case_id = next(each for each in triager.case_ids() if triager.story(each) == STORIES["es"].encode())
    triager.act(case_id, "categories", primary="COR-01", others=["DET-02"])
    triager.act(case_id, "note", text="Falta saber la hora.")
    triager.act(case_id, "translation", text=STORIES["en"])
    triager.act(case_id, "reply", text="Recibimos su reporte.\n¿A qué hora fue?")
    for state in ("acknowledged", "assessment"):
        triager.act(case_id, "state", target=state, reason="")
    triager.send_round()
    status = reporter.open_code(system, answered.code)
    reporter.write(system, status, "Fue a las siete de la tarde.")
    triager.fetch()
    return answered.code


def at_the_desk(system: System, page: Page) -> Iterator[str]:
    """The pages of a member and a triager; needs a day's work to be seen."""
    origin = system.desk_client().origin
    page.goto(origin + "/login")
    yield "login"
    page.fill("#label", "vocal-1")
    page.fill("#passphrase", "wrong")
    click(page, "main form button")
    yield "login-refused"
    log_in(system, page, "vocal-1")
    yield "home-member"
    page.fill("#unlock #passphrase", "wrong")
    click(page, "#unlock button")
    yield "home-refused"
    log_in(system, page, "triaje-1")
    yield "home-triager"
    for name in ("cases", "board", "rounds", "none"):
        page.goto(f"{origin}/{name}")
        yield name
    yield from one_case(system, page)
    click(page, ".bar__button")
    yield "left"


def one_case(system: System, page: Page) -> Iterator[str]:
    """The fullest case, a refusal in it, and a change that met somebody else's."""
    origin = system.desk_client().origin
    page.goto(f"{origin}/cases")
    click(page, f'#cases tbody a:has-text("{STORIES["es"][:20]}")')
    yield "case"
    for each in page.query_selector_all("main details:not([open]) > summary"):
        if each.is_visible():
            each.click()
    yield "case-unfolded"
    click(page, "#urgency form button")
    yield "case-refused"
    page.fill("#note-text", "Mi nota.")
    case_id = urlsplit(page.url).path.split("/")[2]
    Reviewer(system, "triaje-1").act(case_id, "note", text="Otra nota, al mismo tiempo.")
    click(page, "#note form button, form#note button")
    yield "conflict"


def of_the_others(system: System, page: Page) -> Iterator[str]:
    """Pages of the roles that hold no cases."""
    origin = system.desk_client().origin
    log_in(system, page, "admin-1")
    yield "home-admin"
    page.goto(f"{origin}/people")
    yield "people"
    page.goto(f"{origin}/audit")
    yield "not-for-the-role"
    log_in(system, page, "auditoria")
    page.goto(f"{origin}/audit")
    yield "audit"
    page.fill("#passphrase", system.passphrase("auditoria"))
    click(page, "form.card button")
    yield "audit-entries"
