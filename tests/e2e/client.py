"""A browser without script: keeps a page and its forms, follows redirects, sends what a person would."""

from __future__ import annotations

import http.client
import secrets
import socket
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

VOID = {"input", "img", "br", "hr", "meta", "link"}


@dataclass(slots=True)
class Form:
    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    has_file: bool = False


class _Reader(HTMLParser):
    """Collects forms, texts by id, and items of lists by id, as the browser would see them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.by_id: dict[str, list[str]] = {}
        self.items: dict[str, list[str]] = {}
        self.links: list[str] = []
        self.text: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._inside_form = False
        self._textarea: tuple[str, list[str]] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        present = {name for name, _ in attrs}
        if tag not in VOID:
            self._open.append((tag, given.get("id", "")))
        if "id" in given:
            self.by_id.setdefault(given["id"], [])
            if tag == "input":
                self.by_id[given["id"]].append(given.get("value", ""))
        if tag == "li":
            for outer, identity in reversed(self._open[:-1]):
                if outer in {"ol", "ul"}:
                    self.items.setdefault(identity, []).append("")
                    break
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
            self._inside_form = True
        if self._inside_form:
            self._control(tag, given, present)

    def _control(self, tag: str, given: dict[str, str], present: set[str]) -> None:
        form, name = self.forms[-1], given.get("name", "")
        if tag == "button" and given.get("type", "submit") == "submit":
            form.buttons.append((name, given.get("value", "")))
        elif tag == "option" and self._select is not None:
            self._select[1].append((given.get("value", ""), "selected" in present))
        if not name or "disabled" in present:
            return
        if tag == "input":
            kind = given.get("type", "text")
            form.names.add(name)
            if kind == "file":
                form.has_file = True
            elif kind not in {"checkbox", "radio"} or "checked" in present:
                form.fields.append((name, given.get("value", "on")))
        elif tag == "textarea":
            form.names.add(name)
            self._textarea = (name, [])
        elif tag == "select":
            form.names.add(name)
            self._select = (name, [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside_form = False
        elif tag == "textarea" and self._textarea is not None:
            value = "".join(self._textarea[1]).removeprefix("\n")
            self.forms[-1].fields.append((self._textarea[0], value))
            self._textarea = None
        elif tag == "select" and self._select is not None:
            name, options = self._select
            chosen = [value for value, selected in options if selected] or [v for v, _ in options[:1]]
            self.forms[-1].fields.extend((name, value) for value in chosen)
            self._select = None
        while self._open:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea[1].append(data)
        self.text.append(data)
        for tag, identity in self._open:
            if identity:
                self.by_id[identity].append(data)
            if tag == "li":
                self._add_to_item(data)

    def _add_to_item(self, data: str) -> None:
        for outer, identity in reversed(self._open):
            if outer in {"ol", "ul"} and self.items.get(identity):
                self.items[identity][-1] += data
                return


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def html(self) -> str:
        return self.body.decode()

    def read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.html)
        reader.close()
        return reader

    @property
    def text(self) -> str:
        return " ".join("".join(self.read().text).split())

    def by_id(self, identity: str) -> str | None:
        """The visible text of an element, or None where the page has no such id."""
        found = self.read().by_id.get(identity)
        return None if found is None else " ".join("".join(found).split())

    def items(self, identity: str) -> list[str]:
        return [" ".join(item.split()) for item in self.read().items.get(identity, [])]

    def form_with(self, *names: str, button: tuple[str, str] | None = None) -> Form:
        """The first form that has all these controls (and this button)."""
        for form in self.read().forms:
            if set(names) <= form.names and (button is None or button in form.buttons):
                return form
        raise AssertionError(f"no form with {names} {button} on {self.url}: {self.text[:400]}")

    def form_to(self, ending: str) -> Form:
        """The first form whose action ends so."""
        for form in self.read().forms:
            if urlsplit(form.action).path.endswith(ending):
                return form
        raise AssertionError(f"no form to {ending} on {self.url}: {self.text[:400]}")


class Client:
    """One person's browser: cookies where the server sets them, one connection a request."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.cookies: dict[str, str] = {}

    def request(
        self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Page:
        target = urlsplit(urljoin(self.origin, url))
        assert target.hostname is not None
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
        path = target.path + (f"?{target.query}" if target.query else "")
        sent = {"Accept-Language": "es", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            sent.setdefault("Origin", self.origin)
            sent.setdefault("Sec-Fetch-Site", "same-origin")
        try:
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";", maxsplit=1)[0]
        page = Page(
            urljoin(self.origin, url), answer.status, {k.lower(): v for k, v in answer.getheaders()}, content
        )
        if answer.status in {302, 303} and "location" in page.headers:
            return self.request("GET", urljoin(page.url, page.headers["location"]))
        return page

    def get(self, url: str) -> Page:
        return self.request("GET", url)

    def submit(
        self,
        page: Page,
        form: Form,
        changes: dict[str, str | list[str] | None],
        *,
        button: tuple[str, str] | None = None,
        file: tuple[str, str, bytes] | None = None,
    ) -> Page:
        """Send ``form`` with ``changes`` (None drops a field) and maybe a file (field, name, bytes)."""
        pairs = [(name, value) for name, value in form.fields if name not in changes]
        tail = [pair for pair in pairs if pair[0] == "end"]
        pairs = [pair for pair in pairs if pair[0] != "end"]
        for name, value in changes.items():
            if value is not None:
                pairs.extend((name, one) for one in ([value] if isinstance(value, str) else value))
        pressed = button or next((b for b in form.buttons if b[0]), None)
        if pressed and pressed[0]:
            pairs.append(pressed)
        url = urljoin(page.url, form.action)
        if form.has_file:
            boundary = secrets.token_hex(16)
            body = multipart(boundary, pairs, file, tail)
            kind = f"multipart/form-data; boundary={boundary}"
        else:
            body = urlencode([*pairs, *tail]).encode()
            kind = "application/x-www-form-urlencoded"
        return self.request("POST", url, body, {"Content-Type": kind})


def multipart(
    boundary: str,
    pairs: list[tuple[str, str]],
    file: tuple[str, str, bytes] | None,
    tail: list[tuple[str, str]],
) -> bytes:
    """A multipart body in a browser's order: fields, the file, the end marker."""
    parts = [field_part(boundary, *pair) for pair in pairs]
    if file is not None:
        name, filename, content = file
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
            + content
            + b"\r\n"
        )
    parts.extend(field_part(boundary, *pair) for pair in tail)
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def field_part(boundary: str, name: str, value: str) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
