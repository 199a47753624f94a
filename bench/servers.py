"""The intake and its floor, started side by side, loaded in turn, measured from outside."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.client import Connection, hidden_fields
from bench.load import Task, Walks, file_report, look
from tests.e2e.client import free_port
from tests.e2e.system import Board, System, children_of

ROOT = Path(__file__).parent.parent
BOARD = Board(members=tuple(f"vocal-{number}" for number in range(1, 6)), threshold=3, watchers=())
# Flood control stays in the way of every request, but lets all of them through.
BUDGETS = "[budgets]\nreport = 1000000\nopen = 1000000\n"
TOKEN_SECONDS = 4.0  # forms younger than 3 s are sent back
ROUNDS = 5
ROUND_SECONDS = 4.0
_PROCESSES = 2
_READY_SECONDS = 0.6  # for the clients to start
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens, and what a client must know to walk it."""

    process: subprocess.Popen[bytes]
    port: int
    tokens: dict[str, str] = field(default_factory=dict, repr=False)
    board: str = ""
    code: str = field(default="", repr=False)

    def processes(self) -> list[int]:
        """The server's process and all its descendants."""
        found = [self.process.pid]
        for pid in found:
            found += children_of(pid)
        return found

    def cpu_seconds(self) -> float:
        """User and system time of all processes so far."""
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.processes()]
        return sum(int(fields[11]) + int(fields[12]) for fields in stats) / _TICKS

    def task(self, what: str, clients: int, begin: float, end: float) -> Task:
        """A task for clients of this server."""
        return Task(self.port, what, clients, begin, end, self.tokens, self.board, self.code)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round measured: walks a second, seconds, CPU seconds a walk."""

    rate: float
    cpu: float
    walks: Walks


def loaded(server: Server, what: str, clients: int, seconds: float = ROUND_SECONDS) -> Round:
    """Load a server with so many clients for so long."""
    begin = time.monotonic() + _READY_SECONDS
    per_process = max(1, clients // _PROCESSES)
    task = server.task(what, per_process, begin, begin + seconds)
    children = [_start_clients(task) for _ in range(clients // per_process)]
    time.sleep(begin - time.monotonic())
    cpu = server.cpu_seconds()
    time.sleep(task.end - time.monotonic())
    cpu = server.cpu_seconds() - cpu
    walks = Walks()
    for child in children:
        output, _ = child.communicate()
        if child.returncode:
            raise RuntimeError("clients failed")
        done = Walks(**json.loads(output))
        walks.whole += done.whole
        walks.last += done.last
    if not walks.whole:
        raise RuntimeError("no walk ended in time")
    return Round(len(walks.whole) / seconds, cpu / len(walks.whole), walks)


def interleaved_load(servers: Sequence[Server], what: str, clients: int) -> list[list[Round]]:
    """The rounds of each server, loaded in turn, after one that does not count."""
    rounds: list[list[Round]] = [[] for _ in servers]
    for number in range(ROUNDS + 1):
        for server, done in zip(servers, rounds, strict=True):
            measured = loaded(server, what, clients)
            if number:
                done.append(measured)
    return rounds


def median(values: Iterator[float]) -> float:
    """The median of what the rounds gave."""
    return statistics.median(values)


@contextmanager
def ours_and_floor() -> Iterator[tuple[Server, Server]]:
    """An intake, and the floor with its settings and pages of the same sizes."""
    with tempfile.TemporaryDirectory(prefix="resguardo-bench-") as name, our_intake(Path(name)) as ours:
        folder = Path(name)
        sizes = folder / "pages.json"
        sizes.write_text(json.dumps(page_sizes(ours)))
        settings = (folder / "intake.toml").read_text()
        port = free_port()
        settings = settings.replace("drop.sqlite", "floor.sqlite").replace(f":{ours.port}", f":{port}")
        config = folder / "floor.toml"
        config.write_text(settings)
        words = ["-m", "bench.floor", str(config), str(sizes)]
        with serving(words, port) as floor:
            yield ours, _with_code(Server(floor.process, port, ours.tokens, ours.board))


@contextmanager
def our_intake(folder: Path) -> Iterator[Server]:
    """A founded board of five, three of whom open, and its intake, ready for clients."""
    system = found_board(folder)
    with serving(serve_words(system), system.intake_port) as server:
        yield _get_ready(server)


def found_board(folder: Path) -> System:
    """A board with its settings for the intake, made by the operator's commands."""
    system = System(folder, BOARD, extra_intake=BUDGETS)
    system.found(people=False)
    return system


def serve_words(system: System) -> list[str]:
    """The operator's command that serves, after the name of the interpreter."""
    return ["resguardo.py", "intake", "serve", "--config", str(system.path("intake.toml"))]


@contextmanager
def serving(words: Sequence[str], port: int, environment: Mapping[str, str] = os.environ) -> Iterator[Server]:
    """A Python program that serves, from when it answers until the end."""
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(process, port)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Return when the first page was answered; RuntimeError if the program ends instead."""
    while process.poll() is None:
        try:
            connection = Connection(port)
        except OSError:
            time.sleep(0.002)
            continue
        connection.get("/es/open")
        connection.close()
        return
    raise RuntimeError(f"the server ended with status {process.returncode}")


def _get_ready(server: Server) -> Server:
    """The same server with tokens that are old enough, and a code."""
    connection = Connection(server.port)
    forms = {
        purpose: dict(hidden_fields(connection.get(f"/es/{purpose}", gzip=False)))
        for purpose in ("new", "open")
    }
    connection.close()
    tokens = {purpose: fields["token"] for purpose, fields in forms.items()}
    time.sleep(TOKEN_SECONDS)
    return _with_code(Server(server.process, server.port, tokens, forms["new"]["board"]))


def page_sizes(server: Server) -> dict[str, int]:
    """The pages of both walks, in bytes on the wire."""
    connection = Connection(server.port)
    task = server.task("report", 1, 0, 0)
    names = ("new", "check", "sent", "open", "status")
    pages = (*file_report(connection, task), *look(connection, task))
    connection.close()
    return {name: len(page) for name, page in zip(names, pages, strict=True)}


def _with_code(server: Server) -> Server:
    """The same server with the code of a report that was filed there."""
    connection = Connection(server.port)
    _, check, _ = file_report(connection, server.task("report", 1, 0, 0))
    connection.close()
    code = dict(hidden_fields(check))["code"]
    return Server(server.process, server.port, server.tokens, server.board, code)


def _start_clients(task: Task) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.load"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(asdict(task)) + "\n")
    child.stdin.flush()
    return child
