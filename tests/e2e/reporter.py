"""What a reporter does, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.e2e.client import Client, Page
from tests.e2e.system import System

Fields = Mapping[str, str | list[str] | None]
READING_SECONDS = 10  # a form is older than its smallest age when it is sent


@dataclass(frozen=True, slots=True)
class Filed:
    """A code and the page that acknowledged it."""

    code: str
    page: Page


def check(system: System, client: Client, language: str, fields: Fields) -> Page:
    """From the empty form to the page that shows the code."""
    form_page = client.get(f"/{language}/new")
    system.move_clock(seconds=READING_SECONDS)
    return client.submit(form_page, form_page.form_with("story"), dict(fields))


def send(client: Client, check_page: Page) -> Page:
    form = check_page.form_with("code", button=("step", "send"))
    return client.submit(check_page, form, {}, button=("step", "send"))


def file_report(system: System, language: str = "es", **fields: str | list[str] | None) -> Filed:
    """File a report; fails unless the code is shown before sending and the report is acknowledged."""
    client = system.intake
    check_page = check(system, client, language, fields)
    code = check_page.by_id("receipt-code")
    assert code is not None, check_page.text[:300]
    sent = send(client, check_page)
    assert acknowledged(sent), sent.text[:300]
    assert sent.by_id("receipt-code") == code
    return Filed(code, sent)


def acknowledged(page: Page) -> bool:
    """Whether this page says that the report was received."""
    return page.status == 200 and page.by_id("acknowledged") is not None


def add_file(system: System, page: Page, name: str, content: bytes, *, hidden_data: str = "remove") -> Page:
    """Send a file from the page after sending, or from the status page."""
    system.move_clock(seconds=READING_SECONDS)
    return system.intake.submit(
        page, page.form_with("file"), {"hidden_data": hidden_data}, file=("file", name, content)
    )


def file_acknowledged(page: Page) -> bool:
    return page.status == 200 and page.by_id("file-acknowledged") is not None


def open_code(system: System, code: str, language: str = "es") -> Page:
    """The status page of a code."""
    client = system.intake
    page = client.get(f"/{language}/open")
    system.move_clock(seconds=READING_SECONDS)
    return client.submit(page, page.form_with("code"), {"code": code})


def write(system: System, page: Page, text: str) -> Page:
    """Write to the board from the status page."""
    system.move_clock(seconds=READING_SECONDS)
    return system.intake.submit(page, page.form_with("text"), {"text": text})


def replies(page: Page) -> list[str]:
    return page.items("messages")
