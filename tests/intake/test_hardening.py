"""What hardening does to a process, seen in a process of its own."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from intake import hardening

ROOT = Path(__file__).parents[2]

SCRIPT = """
import ctypes, os, resource
from pathlib import Path
from intake.hardening import harden
lacking = harden()
libc = ctypes.CDLL(None)
print(libc.prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
locked = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmLck")]
print(int(locked[0].split()[1]) > 0, len(lacking))
child = os.fork()
if not child:
    os._exit(libc.prctl(3, 0, 0, 0, 0))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_no_core_no_tracer_and_what_is_lacking_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    dumps, memory, child = (line.split() for line in done.stdout.splitlines())
    assert dumps == ["0", "0", "0"]
    # Memory is locked, or its lack is the one thing said.
    assert memory in (["True", "0"], ["False", "1"])
    assert child == ["0"], "a fork inherits it"


def test_under_a_limit_memory_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(kind: int, limits: tuple[int, int]) -> None:
        raise ValueError

    monkeypatch.setattr(resource, "getrlimit", lambda kind: (65536, 65536))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert not hardening.lock_memory()


def test_elsewhere_than_on_linux_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardening, "_libc", lambda: None)
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: None)
    assert len(hardening.harden()) == 2


HEAPS = """
import ctypes, threading
from intake.hardening import bound_heaps
{}
libc = ctypes.CDLL(None)
all_there = threading.Barrier(8)
def use():
    libc.malloc(1000)
    all_there.wait()
threads = [threading.Thread(target=use) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.malloc_stats()
"""


def test_threads_share_two_heaps() -> None:
    heaps = []
    for call in ("assert bound_heaps()", "libc = None"):
        script = HEAPS.format(call)
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        )
        heaps.append(done.stderr.count("Arena "))
    assert heaps[0] <= 2 < heaps[1]
