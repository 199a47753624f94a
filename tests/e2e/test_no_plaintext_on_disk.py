"""No system call of the intake writes a word of a report, message or file to anything but a socket (T2)."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import need
from tests.crypto.boards import make_board
from tests.e2e import reporter
from tests.e2e.system import ROOT, Board, System, children_of

# Repeated without a gap, so that the start of every write that holds any of it shows it whole.
CANARY = "Q7canaryZ3"
SHOWN = "4096"  # a page of SQLite, and more than any head of a response
CALLS = (
    "openat,open,creat,memfd_create,write,pwrite64,writev,pwritev,pwritev2,sendfile,"
    "read,recvfrom,sendto,sendmsg"
)
SENDS = re.compile(r"^(?:\d+ +)?(?P<to>sendto|sendmsg)\(")
WRITES = re.compile(r"^(?:\d+ +)?(?:write|pwrite64|writev|pwritev2?|sendfile)\(\d+<(?P<to>[^>]*)>")
# What a read brought is shown when it ends, perhaps on a line of its own; what is written, when it begins.
READS = re.compile(r"^(?:\d+ +)?(?:<\.\.\. )?(?P<to>recvfrom)[ (]")
MAKES = re.compile(r'(?:openat|open|creat)\([^"]*"(?P<path>[^"]*)", [^)]*O_(?:WRONLY|RDWR|CREAT|TMPFILE)')
FILE_SIZE = 9 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Traced:
    """What strace wrote down, and the drop's folder."""

    lines: list[str]
    folder: Path

    def touching(self, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
        """(where to or from, line) of each call of this kind that shows the canary."""
        found = ((pattern.match(line), line) for line in self.lines if CANARY in line)
        return [(match["to"], line) for match, line in found if match]


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    need("strace")
    if os.geteuid() != 0:
        pytest.fail(
            "a process that forbids dumps shows its data to root's strace only: run this test as root"
        )
    folder = tmp_path_factory.mktemp("traced")
    system = prepared(folder)
    output = folder / "strace.txt"
    # A process that forbids dumps shows its data to root's strace only: root of a namespace is enough.
    command = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
    command += ["strace", "-f", "-y", "-s", SHOWN, "-e", f"trace={CALLS}", "-o", str(output)]
    command += [sys.executable, "-m", "tests.e2e.serve", "intake"]
    command += [str(folder / "intake.toml"), str(folder / "clock")]
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith(b"listening on ")
        journey(system)
    finally:
        for child in children_of(process.pid):
            os.kill(child, signal.SIGTERM)
        process.wait(timeout=30)
        process.stdout.close()
    return Traced(output.read_text(errors="replace").splitlines(), folder)


def prepared(folder: Path) -> System:
    """A board and an intake's settings; the desk is not part of this."""
    board = make_board(3, 2)
    system = System(folder, Board())
    (folder / "board").mkdir()
    (folder / "board" / "board.json").write_bytes(board.signed.to_bytes())
    (folder / "intake.secret").write_bytes(os.urandom(32))
    (folder / "clock").write_text("0")
    system.write_configs()
    return system


def journey(system: System) -> None:
    """Report, file and message, each long enough for any threshold of spooling."""
    words = CANARY * 9000
    filed = reporter.file_report(system, "es", story=words, person_name=CANARY)
    page = reporter.add_file(system, filed.page, f"{CANARY}.bin", (CANARY * FILE_SIZE).encode()[:FILE_SIZE])
    assert reporter.file_acknowledged(page)
    page = reporter.write(system, reporter.open_code(system, filed.code), CANARY * 400)
    assert page.status == 200


def test_the_trace_sees_what_it_looks_for(traced: Traced) -> None:
    # Else the next test could not fail: the words came in, and went out on the page that checks them.
    # And the drop's own writes are among those that are looked at.
    assert len(traced.touching(READS)) > 5
    assert traced.touching(SENDS)
    written = {match["to"] for line in traced.lines if (match := WRITES.match(line))}
    assert str(traced.folder / "intake" / "drop.sqlite") in written


def test_no_word_is_written_to_anything_but_a_socket(traced: Traced) -> None:
    files = [
        (where, line)
        for where, line in traced.touching(WRITES)
        if "socket" not in where and "TCP" not in where
    ]
    assert files == []


def test_no_file_is_made_outside_the_drop(traced: Traced) -> None:
    made = {match["path"] for line in traced.lines if (match := MAKES.search(line))}
    allowed = (str(traced.folder / "intake"), "/dev/", "/proc/")
    assert {path for path in made if not path.startswith(allowed)} == set()
    assert not any("memfd_create" in line or "O_TMPFILE" in line for line in traced.lines)


def test_the_drops_files_hold_no_word(traced: Traced) -> None:
    kept = [path for path in (traced.folder / "intake").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in kept) > FILE_SIZE
    assert [path.name for path in kept if CANARY.encode() in path.read_bytes()] == []
