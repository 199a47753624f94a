"""What a reviewer does at the desk, page by page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from tests.e2e.client import Client, Page
from tests.e2e.system import System

CASE = re.compile(r"^/cases/([0-9a-f]{32})$")


class Reviewer:
    """One person's browser at the desk, logged in."""

    def __init__(self, system: System, label: str) -> None:
        self.system = system
        self.label = label
        self.client: Client = system.desk_client()
        page = self.client.get("/login")
        self.home = self.client.submit(
            page, page.form_with("label"), {"label": label, "passphrase": system.passphrase(label)}
        )
        assert self.home.by_id("lock-state") is not None, self.home.text[:500]

    def unlock(self) -> Page:
        """Open one's shares of what waits; back on the first page when it is done."""
        page = self.client.get("/")
        page = self.client.submit(
            page, page.form_to("/unlock"), {"passphrase": self.system.passphrase(self.label)}
        )
        for _ in range(600):
            if not page.url.endswith("/unlocking"):
                return page
            time.sleep(0.1)  # the page itself asks again; here the person waits
            page = self.client.get("/unlocking")
        raise AssertionError("unlocking did not end")

    def fetch(self) -> Page:
        """Fetch what came in, now."""
        page = self.client.get("/rounds")
        return self.client.submit(page, page.form_to("/collect"), {})

    def send_round(self) -> Page:
        """Rewrite all slots, now."""
        page = self.client.get("/rounds")
        return self.client.submit(page, page.form_to("/rounds"), {})

    def case_ids(self) -> list[str]:
        """The ids of all cases in the list, over all its pages."""
        found: list[str] = []
        for number in range(1, 1000):
            page = self.client.get(f"/cases?page={number}")
            here = [match[1] for link in page.read().links if (match := CASE.match(link))]
            fresh = [case_id for case_id in dict.fromkeys(here) if case_id not in found]
            if not fresh:
                return found
            found += fresh
        return found

    def case(self, case_id: str) -> Page:
        return self.client.get(f"/cases/{case_id}")

    def act(self, case_id: str, part: str, **changes: str | list[str] | None) -> Page:
        """Send one form of the case page, such as `note` or `categories`."""
        page = self.case(case_id)
        return self.client.submit(page, page.form_to(f"/{part}"), changes)

    def story(self, case_id: str) -> bytes:
        """The exact text, as saved from the case page."""
        link = next(link for link in self.case(case_id).read().links if link.endswith("/report"))
        return self.client.get(link).body

    def files(self, case_id: str) -> list[bytes]:
        """The files of a case, as saved from its page."""
        links = [link for link in self.case(case_id).read().links if "/files/" in link]
        return [self.client.get(link).body for link in dict.fromkeys(links)]


def open_all(system: System, labels: Iterable[str], *, hours: float = 1) -> None:
    """Each of these members logs in and unlocks, an hour apart."""
    for label in labels:
        Reviewer(system, label).unlock()
        system.move_clock(seconds=hours * 3600)
