"""A full disk: nothing is received by halves, nothing typed is lost, and with room all goes on (T8, T12)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import need
from tests.e2e.small_disk import Facts
from tests.e2e.system import ROOT


@pytest.fixture(scope="module")
def facts(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """What people were told and what was stored, in a run on small disks."""
    need("small-disk")
    folder = tmp_path_factory.mktemp("disk")
    shutil.copytree(founded, folder, dirs_exist_ok=True)
    command = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "tests.e2e.small_disk"]
    done = subprocess.run(
        [*command, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stderr
    found: Facts = json.loads(done.stdout)
    return found


def test_the_disk_was_full_at_some_writes_and_not_at_others(facts: Facts) -> None:
    assert facts["reports accepted"] >= 3
    assert facts["reports refused"] >= 3


@pytest.mark.parametrize("fact", ["lost", "refused in part"])
def test_nothing_is_lost_or_taken_by_halves(facts: Facts, fact: str) -> None:
    # Lost: the same form, sent again with room, was not acknowledged under the same code.
    assert facts[fact] is False


@pytest.mark.parametrize(
    "fact",
    [
        "message refused whole",
        "file refused whole",
        "message sent again",
        "file sent again",
        "code opens on a full disk",
        "starts on a full disk",
    ],
)
def test_the_intake_keeps_what_was_typed_and_takes_it_with_room(facts: Facts, fact: str) -> None:
    assert facts[fact] is True


@pytest.mark.parametrize("fact", ["collected from a full disk", "filed after collecting", "opened"])
def test_the_ballast_lets_the_desk_empty_a_full_drop(facts: Facts, fact: str) -> None:
    assert facts[fact] is True


@pytest.mark.parametrize(
    "fact",
    [
        "note refused whole",
        "note saved with room",
        "login refused in words",
        "fetch refused",
        "fetched with room",
        "unlock refused",
        "all opened with room",
        "no trace",
    ],
)
def test_a_desk_on_a_full_disk_says_so_and_goes_on_with_room(facts: Facts, fact: str) -> None:
    assert facts[fact] is True
