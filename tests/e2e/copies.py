"""Copies of a founded board, so that its keys are made once and every module can spoil its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.system import Board, System


def copy_of(founded: Path, folder: Path, *, extra_intake: str = "") -> System:
    """A system in `folder`, on ports of its own; nothing is started."""
    shutil.copytree(founded, folder, dirs_exist_ok=True)
    system = System(folder, Board(), extra_intake=extra_intake)
    system.write_configs()
    return system


@contextmanager
def started(system: System, *which: str) -> Iterator[System]:
    """The servers `which` (intake and desk if none is named), stopped at the end."""
    try:
        for each in which or ("intake", "desk"):
            system.start(each)
        yield system
    finally:
        system.stop_all()
