"""A client that lets the line drop in the middle of a request, at any byte and in two ways."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

# Close by reset, as a network that vanishes; a shutdown says politely that no more will come.
_RESET = struct.pack("ii", 1, 0)


def post(path: str, body: bytes, content_type: str, host: str = "localhost") -> bytes:
    """The bytes of a POST request, as a browser sends them on a connection of its own."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def send_cut(port: int, request: bytes, at: int, *, reset: bool = False) -> bytes:
    """Send the first `at` bytes, drop the line; what the server answered, nothing if by reset."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request[:at])
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            return b""
        connection.shutdown(socket.SHUT_WR)
        return _read_all(connection)


def cut_everywhere(port: int, request: bytes, places: Iterable[int]) -> dict[int, bytes]:
    """The answer to each cut, by its place; a few lines at a time."""
    chosen = list(places)
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(chosen, pool.map(lambda at: send_cut(port, request, at), chosen), strict=True))


def status(answer: bytes) -> int | None:
    """The status of an answer; None where there was none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else None


def _read_all(connection: socket.socket) -> bytes:
    parts = []
    try:
        while data := connection.recv(65536):
            parts.append(data)
    except ConnectionResetError:
        pass
    return b"".join(parts)
