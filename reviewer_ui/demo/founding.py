"""Found the training board with the operator's own commands, once; a second start finds it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crypto.passphrase import generate_passphrase

MEMBERS = ("vocal-1", "vocal-2", "vocal-3")
THRESHOLD = 2
STAFF = {"triaje-1": ("triager",), "auditoria": ("auditor", "admin")}
WATCHER = "observatorio"
COMMAND = (sys.executable, "-m", "resguardo")


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of a training board and the addresses it answers on."""

    folder: Path
    intake_port: int
    desk_port: int

    @property
    def intake_url(self) -> str:
        """An address by number: the intake sets no cookie."""
        return f"http://127.0.0.1:{self.intake_port}"

    @property
    def desk_url(self) -> str:
        """An address by name: browsers keep a `__Host-` cookie only there."""
        return f"http://localhost:{self.desk_port}"

    def path(self, name: str) -> Path:
        """A file of the board."""
        return self.folder / name

    def passphrases(self) -> Mapping[str, str]:
        """Everybody's passphrase: this is a training board, and says so."""
        lines = self.path("passphrases").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", maxsplit=1) for line in lines)


def run(*words: str) -> None:
    """One `resguardo` command; its own words reach the person only if it fails."""
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DemoError(done.stderr.strip() or done.stdout.strip())


class DemoError(RuntimeError):
    """The demo cannot go on; the message says why."""


def is_founded(place: Place) -> bool:
    """Whether an earlier start got as far as people with logins."""
    return place.path("founded").exists()


def steps() -> int:
    """How many steps `found` takes, for the progress bar."""
    return 1 + len(MEMBERS) + len(STAFF)


def found(place: Place, step: Callable[[int], None]) -> None:
    """Board and people; calls `step` after each. A folder left half made by an earlier start is refused."""
    _prepare(place)
    words = ["--name", "Junta de entrenamiento", "--threshold", str(THRESHOLD)]
    words += [word for label in MEMBERS for word in ("--member", label)]
    words += [word for label in STAFF for word in ("--staff", label)]
    words += ["--watcher", WATCHER, "--address", place.intake_url]
    words += ["--passphrases-from", str(place.path("passphrases"))]
    run("board", "init", str(place.path("board")), *words)
    step(1)
    write_settings(place)
    for label in MEMBERS:
        keys = place.path("board") / "members" / label
        add_person(place, label, "--role", "member", "--card", f"{keys}.card", "--identity", f"{keys}.key")
        step(1)
    for label, roles in STAFF.items():
        add_person(place, label, *(word for role in roles for word in ("--role", role)))
        step(1)
    place.path("founded").touch()


def add_person(place: Place, label: str, *words: str) -> None:
    """One desk login."""
    phrases = str(place.path("passphrases"))
    run(
        "desk",
        "person",
        "add",
        label,
        *words,
        "--config",
        str(place.path("desk.toml")),
        "--passphrases-from",
        phrases,
    )


def _prepare(place: Place) -> None:
    if place.folder.exists() and any(place.folder.iterdir()):
        raise DemoError(f"{place.folder} holds something that is no finished demo: remove it or give --dir")
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("intake", "desk"):
        place.path(name).mkdir(mode=0o700)
    _write_private(place.path("intake.secret"), os.urandom(32))
    everyone = (*MEMBERS, *STAFF, WATCHER)
    lines = "".join(f"{label}={generate_passphrase()}\n" for label in everyone)
    _write_private(place.path("passphrases"), lines.encode("utf-8"))


def _write_private(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)


def write_settings(place: Place) -> None:
    """The two settings files; written again at each start, because the ports may have changed."""
    board = (
        f'board = "board/board.json"\nfingerprint = "{_fingerprint(place)}"\ndrop = "intake/drop.sqlite"\n'
    )
    place.path("intake.toml").write_text(
        f'{board}secret_file = "intake.secret"\nbind = "127.0.0.1:{place.intake_port}"\n', encoding="utf-8"
    )
    place.path("desk.toml").write_text(
        f'{board}register = "desk/register.sqlite"\nkeys = "desk/keys.sqlite"\n'
        f'bind = "localhost:{place.desk_port}"\ncollect_minutes = 1\n',
        encoding="utf-8",
    )


def _fingerprint(place: Place) -> str:
    done = subprocess.run(
        [*COMMAND, "board", "show", str(place.path("board"))], capture_output=True, text=True, check=True
    )
    return done.stdout.rsplit("Fingerprint of the board:", maxsplit=1)[1].strip()
