"""A real browser, Chromium, that tells everything its pages did: requests, dialogs, complaints."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    sync_playwright,
)

ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PHONE = (320, 640)
SMALLEST_TARGET = 44  # CSS pixels, WCAG 2.5.5

# The header refuses by name what other browsers know and this one need not; a refused form has its status.
NOT_COMPLAINTS = ("Permissions-Policy header: Unrecognized feature", "responded with a status of 422")

# Counts what a reporter's text must never make happen. Runs before any page, outside of its policy.
WATCHMAN = """
window.watched = {ran: 0, violations: []};
for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => { window.watched.ran += 1; };
document.addEventListener("securitypolicyviolation", (event) => {
  window.watched.violations.push(event.violatedDirective + " " + event.blockedURI);
});
"""

# Everything that a person presses: what a label makes larger counts with its label.
SMALL_TARGETS = """
(least) => {
  const seen = (each) => each.checkVisibility() && !each.closest("[aria-hidden=true]") && each.tabIndex >= 0;
  const size = (each) => {
    const boxes = [each, ...(each.labels || [])].map((one) => one.getBoundingClientRect());
    return Math.max(...boxes.map((box) => box.height));
  };
  const wanted = "button, select, input:not([type=hidden]), textarea, a.govuk-button, .rg-exit, summary";
  return [...document.querySelectorAll(wanted)]
    .filter((each) => seen(each) && size(each) < least)
    .map((each) => `${each.outerHTML.slice(0, 120)} is ${size(each)} high`);
}
"""

TOO_WIDE = """
() => [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .filter((each) => !each.closest(".rg-trap, .govuk-visually-hidden, .scroll"))
  .map((each) => each.outerHTML.slice(0, 120))
"""

WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@dataclass  # no slots: Playwright hangs something of its own on whoever listens
class Watched:
    """What a browser did: every request, dialog, complaint of its console, error of a script."""

    requests: list[Request] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("request", self._asked)
        page.on("dialog", self._dismiss)
        page.on("console", self._told)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("popup", lambda popup: self.complaints.append(f"opened {popup.url}"))

    def _asked(self, request: Request) -> None:
        self.requests.append(request)

    def _told(self, message: ConsoleMessage) -> None:
        if not any(words in message.text for words in NOT_COMPLAINTS):
            self.complaints.append(message.text)

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def hosts(self) -> set[str]:
        return {urlsplit(request.url).netloc for request in self.requests}

    def kinds(self) -> set[str]:
        """What was asked for: document, stylesheet, image and so on."""
        return {request.resource_type for request in self.requests}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, that talks to nobody but our pages."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def kept_profile(
    browser: Browser, folder: Path, size: tuple[int, int] = PHONE, language: str = "es"
) -> Iterator[BrowserContext]:
    """A browser as people have it, not private: what it keeps stands in the folder afterwards."""
    context = browser.browser_type.launch_persistent_context(
        folder,
        executable_path=shutil.which("chromium"),
        args=ARGS,
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        java_script_enabled=False,
    )
    try:
        yield context
    finally:
        context.close()


@contextmanager
def surfing(
    browser: Browser,
    size: tuple[int, int] = PHONE,
    *,
    language: str = "es",
    scripts: bool = False,
    watched: Watched | None = None,
) -> Iterator[Page]:
    """One page of a fresh browser; with ``watched`` all that it does is written down there."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        java_script_enabled=scripts,
        accept_downloads=True,
    )
    if scripts:
        context.add_init_script(WATCHMAN)
    page = context.new_page()
    if watched is not None:
        watched.follow(page)
    try:
        yield page
    finally:
        context.close()


def picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page, where RESGUARDO_PICTURES names a folder to look at them."""
    if folder := os.environ.get("RESGUARDO_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def set_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 640 if width < 600 else 900})


def too_wide(page: Page) -> Sequence[str]:
    """The elements that make a person scroll sideways; empty when nothing does."""
    wide, room = page.evaluate(WIDTHS)
    return list(page.evaluate(TOO_WIDE)) or ["the page"] if wide > room else []


def small_targets(page: Page, least: int = SMALLEST_TARGET) -> list[str]:
    """Visible things to press that are lower than a thumb needs."""
    return list(page.evaluate(SMALL_TARGETS, least))
