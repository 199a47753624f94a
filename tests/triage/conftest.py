"""Worlds for tests of the desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.triage.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Three members of whom two open, two triagers, an investigator, an auditor."""
    made = make_world(tmp_path)
    yield made
    made.desk.close()
