"""The light client of the load: keep-alive on a raw socket, so that the cores are left to the servers."""

from __future__ import annotations

import re
import socket
import time
from html import unescape
from urllib.parse import urlencode

TIMEOUT = 60.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Connection:
    """One connection to a server on this machine; whatever is not 200 raises."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.seconds = 0.0  # of the last request
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)

    def get(self, path: str, *, gzip: bool = True) -> bytes:
        """The body on the wire."""
        return self._request(f"GET {path}", b"", gzip=gzip)

    def post(self, path: str, fields: list[tuple[str, str]]) -> bytes:
        """Post a form."""
        return self._request(f"POST {path}", urlencode(fields).encode(), gzip=True)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _request(self, line: str, body: bytes, *, gzip: bool) -> bytes:
        accept = "Accept-Encoding: gzip\r\n" if gzip else ""
        form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        head = f"{line} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{accept}{form if body else ''}\r\n"
        start = time.monotonic()
        self._socket.sendall(head.encode() + body)
        answer = self._receive(b"")
        while b"\r\n\r\n" not in answer:
            answer = self._receive(answer)
        head_size = answer.index(b"\r\n\r\n") + 4
        found = _LENGTH.search(answer, 0, head_size)
        if not answer.startswith(b"HTTP/1.1 200 ") or found is None:
            raise RuntimeError(f"{line}: {answer[:head_size].decode('latin-1')}")
        whole = head_size + int(found[1])
        while len(answer) < whole:
            answer = self._receive(answer)
        self.seconds = time.monotonic() - start
        return answer[head_size:]

    def _receive(self, before: bytes) -> bytes:
        data = self._socket.recv(256 * 1024)
        if not data:
            raise RuntimeError("the server hung up")
        return before + data


def hidden_fields(page: bytes) -> list[tuple[str, str]]:
    """The hidden fields of a page, in their order, each name once."""
    return list({name: unescape(value) for name, value in _HIDDEN.findall(page.decode())}.items())
