"""Clients that file reports, or look at one, as fast as the server lets them, between two instants.

A process of them reads its task, a line of JSON, and writes what it measured as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

from bench.client import Connection, hidden_fields

# 2 KiB of a story, accents and line ends included.
STORY = ("En el retén pidieron mil pesos a cada persona. Era de noche y llovía.\r\n" * 40)[:2000]

Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Task:
    """What one process of clients does; instants are those of time.monotonic.

    `tokens` are old enough to be taken, by purpose; the code is that of a report which was filed.
    """

    port: int
    what: str
    clients: int
    begin: float
    end: float
    tokens: dict[str, str] = field(repr=False)
    board: str
    code: str = field(repr=False)


@dataclass(slots=True)
class Walks:
    """Seconds of the walks that ended in time, and of the last request of each."""

    whole: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)


def file_report(
    connection: Connection, task: Task, language: str = "es", story: str = STORY
) -> tuple[bytes, ...]:
    """The three pages of a report; RuntimeError if it is not acknowledged."""
    path = f"/{language}/new"
    form = connection.get(path)
    check = connection.post(path, check_fields(task.tokens["new"], task.board, story))
    sent = connection.post(path, send_fields(check))
    if b'id="acknowledged"' not in sent:
        raise RuntimeError("a report was not acknowledged")
    return form, check, sent


def look(connection: Connection, task: Task, language: str = "es") -> tuple[bytes, ...]:
    """The two pages that lead to what stands under a code; RuntimeError if they do not."""
    path = f"/{language}/open"
    form = connection.get(path)
    fields = [("token", task.tokens["open"]), ("step", "look"), ("code", task.code), ("end", "1")]
    status = connection.post(path, fields)
    if b'id="case-state"' not in status or b'data-state="none"' in status:
        raise RuntimeError("no state was shown")
    return form, status


def check_fields(token: str, board: str, story: str) -> Fields:
    """The form as a browser posts it: most questions answered, nobody excluded."""
    page = {"token": token, "website": "", "step": "check", "board": board, "code": ""}
    texts = {"story": story, "place_text": "Un pueblo junto a la vía", "uniform": "azul", "person_name": ""}
    empty = {"plate": "", "unit": "", "place_state": ""}
    choices = {"group": "money", "text_language": "es", "when": "week", "place": "land"}
    urgency = {"detained": "no", "hurt": "unknown", "unsafe": "yes", "reporter": "migrant"}
    return list((page | texts | empty | choices | urgency | {"end": "1"}).items())


def send_fields(check: bytes) -> Fields:
    """What the check page's button sends."""
    return [*((name, value) for name, value in hidden_fields(check) if name != "step"), ("step", "send")]


WALKS: dict[str, Callable[[Connection, Task], tuple[bytes, ...]]] = {"report": file_report, "status": look}


def run_client(task: Task) -> Walks:
    """One client, until the end."""
    connection, walk, done = Connection(task.port), WALKS[task.what], Walks()
    time.sleep(max(0.0, task.begin - time.monotonic()))
    while (start := time.monotonic()) < task.end:
        walk(connection, task)
        now = time.monotonic()
        if now <= task.end:
            done.whole.append(now - start)
            done.last.append(connection.seconds)
    connection.close()
    return done


def main() -> None:
    """One process of clients; the first that fails ends it."""
    task, all_done = Task(**json.loads(sys.stdin.readline())), Walks()
    with ThreadPoolExecutor(task.clients) as pool:
        for done in pool.map(run_client, [task] * task.clients):
            all_done.whole += done.whole
            all_done.last += done.last
    json.dump(asdict(all_done), sys.stdout)


if __name__ == "__main__":
    main()
