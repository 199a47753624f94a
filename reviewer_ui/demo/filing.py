"""File the invented reports as a browser would: the form, the check page, sent; then a photo."""

from __future__ import annotations

import http.client
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib.resources import files
from urllib.parse import urlencode

from reviewer_ui.demo.founding import DemoError, Place

#: a form younger than three seconds is taken for a program's (REPORTER, "Flood control")
FORM_AGE_SECONDS = 3.5


@dataclass(frozen=True, slots=True)
class Invented:
    """One report of the training set: which form, what is filled in, which photo."""

    language: str
    fields: Mapping[str, str]
    photo: str | None


def invented() -> Sequence[Invented]:
    """The training set, in its order."""
    rows = json.loads(files("reviewer_ui.demo").joinpath("reports.json").read_text(encoding="utf-8"))
    return [Invented(row["form"], row["fields"], row.get("photo")) for row in rows]


class _Hidden(HTMLParser):
    """The hidden fields of each form on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and given.get("type") == "hidden" and self.forms:
            self.forms[-1][given["name"]] = given.get("value", "")


def _hidden(page: str, *names: str) -> dict[str, str]:
    """The hidden fields of the first form that has all of `names`."""
    reader = _Hidden()
    reader.feed(page)
    for form in reader.forms:
        if set(names) <= form.keys():
            return form
    raise DemoError("the intake answered with another page than expected")


class Browser:
    """Just enough of one to file a report."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._tokens: dict[str, dict[str, str]] = {}

    def warm_up(self, reports: Sequence[Invented]) -> None:
        """Open each language's form once and wait until it is old enough to be a person's."""
        for language in {report.language for report in reports}:
            self._tokens[language] = _hidden(self._request("GET", f"/{language}/new"), "token", "step")
        time.sleep(FORM_AGE_SECONDS)

    def file(self, report: Invented) -> None:
        """File one report, and its photo if it has one."""
        path = f"/{report.language}/new"
        page = self._post(path, {**self._tokens[report.language], **report.fields})
        page = self._post(path, {**_hidden(page, "code", "story"), "step": "send"})
        if 'id="acknowledged"' not in page:
            raise DemoError("the intake did not acknowledge a report")
        if report.photo is not None:
            self._send_photo(path, _hidden(page, "code", "token", "n"), report.photo)

    def _send_photo(self, path: str, hidden: dict[str, str], name: str) -> None:
        # The page of a report just sent is as old as its form: the token that is old enough stands there.
        content = files("reviewer_ui.demo").joinpath("photos").joinpath(name).read_bytes()
        boundary = secrets.token_hex(16)
        end = hidden.pop("end", "1")
        time.sleep(FORM_AGE_SECONDS)
        fields = {**hidden, "hidden_data": "remove"}
        body = b"".join(_part(boundary, f'name="{field}"', value.encode()) for field, value in fields.items())
        body += _part(boundary, f'name="file"; filename="{name}"', content)
        body += _part(boundary, 'name="end"', end.encode()) + f"--{boundary}--\r\n".encode()
        page = self._request("POST", path, body, f"multipart/form-data; boundary={boundary}")
        if 'id="file-acknowledged"' not in page:
            raise DemoError("the intake did not acknowledge a photo")

    def _post(self, path: str, fields: Mapping[str, str]) -> str:
        end = {"end": fields.get("end", "1")}
        body = urlencode({**{name: value for name, value in fields.items() if name != "end"}, **end})
        return self._request("POST", path, body.encode(), "application/x-www-form-urlencoded")

    def _request(self, method: str, path: str, body: bytes = b"", kind: str = "") -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._place.intake_port, timeout=60)
        try:
            connection.request(method, path, body or None, {"Content-Type": kind} if kind else {})
            return connection.getresponse().read().decode("utf-8")
        except OSError as error:
            raise DemoError(f"the intake does not answer: {error}") from None
        finally:
            connection.close()


def _part(boundary: str, disposition: str, content: bytes) -> bytes:
    return (
        f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n"
    )
