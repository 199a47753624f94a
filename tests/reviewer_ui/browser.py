"""A reviewer's browser without script, over Flask's client: keeps cookies, sends forms as they stand."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.e2e.client import Form, Page
from tests.triage.world import passphrase

ORIGIN = "https://localhost"
SAME_SITE = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


class Browser:
    """One person at one browser; redirects are followed, as browsers do."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.page = Page("", 0, {}, b"")

    def get(self, path: str, *, follow: bool = True) -> Page:
        answer = self.client.get(path, base_url=ORIGIN, follow_redirects=follow)
        return self._keep(answer)

    def post(
        self,
        path: str,
        fields: dict[str, str | list[str]],
        headers: dict[str, str] | None = None,
        *,
        follow: bool = True,
    ) -> Page:
        sent = SAME_SITE if headers is None else headers
        answer = self.client.post(path, base_url=ORIGIN, data=fields, headers=sent, follow_redirects=follow)
        return self._keep(answer)

    def _keep(self, answer: TestResponse) -> Page:
        path, headers = answer.request.path, dict(answer.headers)
        self.page = Page(path, answer.status_code, headers, answer.data)
        answer.close()
        return self.page

    def fill(self, form: Form, **changes: str | list[str] | None) -> dict[str, str | list[str]]:
        """The fields that the browser would send for a form with these changes; None drops a field."""
        fields: dict[str, str | list[str]] = {}
        for name, value in form.fields:
            held = fields.get(name)
            fields[name] = value if held is None else [*([held] if isinstance(held, str) else held), value]
        for name, change in changes.items():
            if change is None:
                fields.pop(name, None)
            else:
                fields[name] = change
        return fields

    def send(self, action: str, **changes: str | list[str] | None) -> Page:
        """Fill and send the form of the current page whose action ends with `action`."""
        form = next(form for form in self.page.read().forms if urlsplit(form.action).path.endswith(action))
        return self.post(form.action, self.fill(form, **changes))

    def login(self, label: str) -> Page:
        self.get("/login")
        return self.send("/login", label=label, passphrase=passphrase(label))

    def token(self) -> str:
        """The token of the current page's forms."""
        return next(value for form in self.page.read().forms for name, value in form.fields if name == "csrf")
