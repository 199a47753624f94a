"""What a reporter's phone loads, in each language: the first page with its style, and the pages after it."""

from __future__ import annotations

import gzip
import re
import sys
import tempfile
from pathlib import Path

from bench.client import Connection
from bench.load import file_report, look
from bench.measure import report
from bench.servers import Server, our_intake

FIRST_KB, LATER_KB = 14.0, 8.0
FIRST_PAGES = ("", "new", "open", "how", "board")
LANGUAGES = ("es", "en")
_STYLE = re.compile(rb'<link rel="stylesheet" href="([^"]+)">')


def main() -> bool:
    """Two figures a language; a page with the reporter's words or code counts as if it were compressed."""
    with tempfile.TemporaryDirectory(prefix="resguardo-bench-") as folder, our_intake(Path(folder)) as ours:
        return all([heaviest(ours, language) for language in LANGUAGES])


def heaviest(server: Server, language: str) -> bool:
    """The heaviest page to begin with, and the heaviest of those that follow."""
    connection = Connection(server.port)
    first = {page: connection.get(f"/{language}/{page}") for page in FIRST_PAGES}
    style = _STYLE.findall(gzip.decompress(first["new"]))
    assert len(style) == 1
    style_size = len(connection.get(style[0].decode()))
    task = server.task("report", 1, 0, 0)
    _, check, sent = file_report(connection, task, language, story="")
    _, status = look(connection, task, language)
    connection.close()
    later = [len(page) for page in first.values()]
    later += [len(gzip.compress(page, 6)) for page in (check, sent, status)]
    beginning = max(len(page) for page in first.values()) + style_size
    name = f"first page and style, {language}, kB compressed"
    others = f"heaviest later page, {language}, kB compressed"
    return all(
        [
            report(name, beginning / 1000, FIRST_KB, at_most=True, note="2 requests"),
            report(others, max(later) / 1000, LATER_KB, at_most=True),
        ]
    )


if __name__ == "__main__":
    sys.exit(not main())
