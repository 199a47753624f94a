"""No acknowledged report or file is lost by kill -9, and none is doubled by sending again (T12)."""

from __future__ import annotations

import os
from pathlib import Path

from tests.e2e.killer import torment
from tests.e2e.system import running

CYCLES = int(os.environ.get("RESGUARDO_CYCLES", "100"))


def test_nothing_acknowledged_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    with running(tmp_path, desk=False) as system:
        survived = torment(system, CYCLES)
    assert survived.acknowledged > CYCLES
    assert (survived.lost, survived.doubled) == (0, 0), survived
