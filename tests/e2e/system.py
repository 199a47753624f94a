"""A whole board on this machine, made and run with the operator's own commands over real HTTP."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol

from click.testing import CliRunner

import resguardo
from tests.e2e.client import Client, free_port

ROOT = Path(__file__).parent.parent.parent
WORK_FACTOR = "10"


def run(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """A `resguardo` command in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "resguardo.py"), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done


def run_here(*words: str) -> None:
    """A `resguardo` command in this process: for what is proven in a process of its own elsewhere."""
    done = CliRunner().invoke(resguardo.main, words)
    assert done.exit_code == 0, f"{words}: {done.output}"


class Command(Protocol):
    """Runs a `resguardo` command."""

    def __call__(self, *words: str) -> object:
        """Fails if the command does."""


@dataclass(frozen=True, slots=True)
class Board:
    """Who stands on the board. Roles of staff by label."""

    members: tuple[str, ...] = ("vocal-1", "vocal-2", "vocal-3")
    threshold: int = 2
    staff: Mapping[str, str] = field(default_factory=lambda: {"triaje-1": "triager", "auditoria": "auditor"})
    watchers: tuple[str, ...] = ("observatorio",)


@dataclass(slots=True)
class System:
    """Folder, addresses and processes. The clock is moved for both servers at once."""

    folder: Path
    board: Board
    intake_port: int = field(default_factory=free_port)
    desk_port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    clock_lock: Lock = field(default_factory=Lock)
    extra_intake: str = ""

    @property
    def intake(self) -> Client:
        return Client(f"http://127.0.0.1:{self.intake_port}")

    def desk_client(self) -> Client:
        return Client(f"http://localhost:{self.desk_port}")

    def passphrase(self, label: str) -> str:
        return f"frase de {label}"

    def path(self, name: str) -> Path:
        return self.folder / name

    def move_clock(self, *, seconds: float) -> None:
        clock, later = self.path("clock"), self.path("clock.new")
        with self.clock_lock:
            later.write_text(str(float(clock.read_text()) + seconds))
            later.replace(clock)

    def found(self, *, people: bool = True, command: Command = run) -> None:
        """`board init` and `desk person add`, as docs/operations.md says."""
        self.path("clock").write_text("0")
        self.path("intake.secret").write_bytes(os.urandom(32))
        everyone = (*self.board.members, *self.board.staff, *self.board.watchers)
        phrases = self.path("passphrases")
        phrases.write_text("".join(f"{label}={self.passphrase(label)}\n" for label in everyone))
        words = ["--name", "Junta de prueba", "--threshold", str(self.board.threshold)]
        words += [word for label in self.board.members for word in ("--member", label)]
        words += [word for label in self.board.staff for word in ("--staff", label)]
        words += [word for label in self.board.watchers for word in ("--watcher", label)]
        words += ["--passphrases-from", str(phrases), "--work-factor", WORK_FACTOR]
        command("board", "init", str(self.path("board")), *words)
        self.write_configs()
        if not people:
            return
        for label in self.board.members:
            keys = self.path("board") / "members" / label
            self.add_person(label, "member", keys, command=command)
        for label, role in self.board.staff.items():
            self.add_person(label, role, None, command=command)

    def write_configs(self) -> None:
        fingerprint = self.fingerprint()
        self.path("intake.toml").write_text(
            f'board = "board/board.json"\nfingerprint = "{fingerprint}"\ndrop = "intake/drop.sqlite"\n'
            f'secret_file = "intake.secret"\nbind = "127.0.0.1:{self.intake_port}"\nballast_bytes = 65536\n'
            f"disk_refuse_percent = 100\n{self.extra_intake}"
        )
        self.path("intake").mkdir(mode=0o700, exist_ok=True)
        self.path("desk").mkdir(mode=0o700, exist_ok=True)
        self.path("desk.toml").write_text(
            'register = "desk/register.sqlite"\nkeys = "desk/keys.sqlite"\ndrop = "intake/drop.sqlite"\n'
            f'board = "board/board.json"\nfingerprint = "{fingerprint}"\n'
            f'bind = "localhost:{self.desk_port}"\nidle_minutes = 240\n'
        )

    def fingerprint(self) -> str:
        from crypto.manifest import SignedManifest

        signed = SignedManifest.from_bytes((self.path("board") / "board.json").read_bytes())
        return signed.manifest.root.fingerprint

    def add_person(
        self,
        label: str,
        role: str,
        keys: Path | None,
        config: str = "desk.toml",
        *,
        command: Command = run,
    ) -> None:
        words = ["desk", "person", "add", label, "--role", role, "--config", str(self.path(config))]
        if keys is not None:
            words += ["--card", f"{keys}.card", "--identity", f"{keys}.key"]
        words += ["--passphrases-from", str(self.path("passphrases")), "--work-factor", WORK_FACTOR]
        command(*words)

    def start(self, which: str, config: str | None = None, *, wait: bool = True) -> None:
        """Start `intake` or `desk` and wait until it listens."""
        port = self.intake_port if which == "intake" else self.desk_port
        log = self.path(f"{which}.log").open("ab")
        self.processes[which] = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.e2e.serve",
                which,
                str(self.path(config or f"{which}.toml")),
                str(self.path("clock")),
            ],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        log.close()
        if wait:
            self._wait(which, port)

    def _wait(self, which: str, port: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            process = self.processes[which]
            if process.poll() is not None:
                raise AssertionError(f"{which} ended: {self.path(f'{which}.log').read_text()[-3000:]}")
            try:
                connection = http.client.HTTPConnection("localhost", port, timeout=5)
                connection.request("GET", "/static/none")
                connection.getresponse().read()
            except OSError:
                time.sleep(0.05)
            else:
                return
            finally:
                connection.close()
        raise AssertionError(f"{which} does not listen")

    def stop(self, which: str, number: signal.Signals = signal.SIGTERM) -> None:
        process = self.processes.pop(which)
        process.send_signal(number)
        process.wait(timeout=30)

    def kill(self, which: str) -> None:
        """Kill -9 the server and all its workers."""
        process = self.processes.pop(which)
        children = children_of(process.pid)
        for pid in [process.pid, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait(timeout=30)

    def stop_all(self) -> None:
        for which in list(self.processes):
            self.stop(which)


def children_of(pid: int) -> Sequence[int]:
    """The direct children of a process, from /proc."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(word) for word in text.split()]


@contextmanager
def running(
    folder: Path, board: Board | None = None, *, desk: bool = True, extra_intake: str = ""
) -> Iterator[System]:
    """A founded board with its intake (and desk) listening."""
    system = System(folder, board or Board(), extra_intake=extra_intake)
    system.found(people=desk)
    try:
        system.start("intake")
        if desk:
            system.start("desk")
        yield system
    finally:
        system.stop_all()
