"""A board that is founded once; each module works on a copy of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.system import Board, System, run_here

STAFF = {"triaje-1": "triager", "triaje-2": "triager", "analista": "investigator", "auditoria": "auditor"}


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a founded board of two of three; nothing runs on it."""
    system = System(tmp_path_factory.mktemp("founded"), Board(staff=STAFF))
    system.found(command=run_here)
    return system.folder
