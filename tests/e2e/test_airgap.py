"""Over an air gap: a bundle goes to the desk, a signed list comes back, the drop forgets exactly that."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.drop import open_drop
from tests.e2e import reporter
from tests.e2e.copies import copy_of, started
from tests.e2e.reviewer import Reviewer, open_all
from tests.e2e.system import System, run

FILE = bytes(range(256)) * 1000


@pytest.fixture(scope="module")
def system(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """An intake with its drop, and a desk that has none."""
    system = copy_of(founded, tmp_path_factory.mktemp("airgap"))
    config = system.path("desk.toml")
    lines = config.read_text().splitlines(keepends=True)
    config.write_text("".join(line for line in lines if not line.startswith("drop")))
    with started(system) as running:
        yield running


def stored(system: System) -> tuple[int, int]:
    drop = open_drop(str(system.path("intake") / "drop.sqlite"))
    try:
        return len(drop.report_ids()), len(drop.message_ids())
    finally:
        drop.close()


def export(system: System, name: str) -> Path:
    """What the intake's operator does; the bundle is carried by hand."""
    path = system.path(name)
    done = run("drop", "export", "--config", str(system.path("intake.toml")), str(path))
    assert done.stdout.startswith(f"{path}: ")
    return path


def take_in(system: System, bundle: Path, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    words = ["--signer", "vocal-1", "--passphrases-from", str(system.path("passphrases"))]
    return run("desk", "import", str(bundle), "--config", str(system.path("desk.toml")), *words, check=check)


def prune(system: System, imported: Path, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    board = system.path("board") / "board.json"
    words = ["--config", str(system.path("intake.toml")), "--board", str(board), str(imported)]
    return run("drop", "prune", *words, check=check)


@pytest.fixture(scope="module")
def carried(system: System) -> Path:
    """The first bundle: two reports, one with a file."""
    filed = reporter.file_report(system, story="Por la sierra.")
    added = reporter.add_file(system, filed.page, "acta.bin", FILE, hidden_data="keep")
    assert reporter.file_acknowledged(added)
    reporter.file_report(system, story="Por el río.")
    return export(system, "first.bundle")


def test_a_bundle_cut_on_its_way_changes_nothing_on_either_side(system: System, carried: Path) -> None:
    whole = carried.read_bytes()
    cut = system.path("cut.bundle")
    for part, words in ((whole[:-1], "cut"), (whole[: len(whole) // 2], "cut"), (whole + b"x", "altered")):
        cut.write_bytes(part)
        done = take_in(system, cut, check=False)
        assert done.returncode == 1
        assert words in done.stderr and "Traceback" not in done.stderr
        assert not cut.with_name("cut.bundle.imported").exists()
    assert stored(system) == (2, 1)
    # Whole, all of it is new to the desk: nothing had been taken in by the way.
    done = take_in(system, carried)
    assert "reports: 2, messages: 1, refused: 0" in done.stdout


def test_what_was_imported_is_pruned_and_only_that(system: System, carried: Path) -> None:
    later = reporter.file_report(system, story="Después de la exportación.")
    done = prune(system, carried.with_name("first.bundle.imported"))
    assert "deleted: 2 reports, 1 messages" in done.stdout
    assert stored(system) == (1, 0)
    assert reporter.open_code(system, later.code).by_id("case-state") is not None


def test_the_same_bundle_twice_is_refused_and_may_be_pruned_twice(system: System, carried: Path) -> None:
    done = take_in(system, carried)
    assert "reports: 0," in done.stdout
    assert stored(system) == (1, 0)
    again = prune(system, carried.with_name("first.bundle.imported"))
    assert "deleted: 0 reports, 0 messages" in again.stdout
    assert stored(system) == (1, 0)


def test_a_list_that_was_altered_or_is_another_desks_prunes_nothing(system: System, carried: Path) -> None:
    signed = carried.with_name("first.bundle.imported")
    data = signed.read_bytes()
    report = next(line for line in data.splitlines() if line.startswith(b"report "))
    forged = system.path("forged.imported")
    for altered in (data.replace(report, b"report " + b"0" * 32), data[:-3], b"", b"\xff" * 100):
        forged.write_bytes(altered)
        done = prune(system, forged, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: ") and "Traceback" not in done.stderr
    assert stored(system) == (1, 0)


def test_two_members_open_what_was_carried_exactly_once(system: System, carried: Path) -> None:
    second = export(system, "second.bundle")
    assert "reports: 1, messages: 0" in take_in(system, second).stdout
    prune(system, second.with_name("second.bundle.imported"))
    assert stored(system) == (0, 0)
    open_all(system, ["vocal-2", "vocal-3"])
    triager = Reviewer(system, "triaje-1")
    stories = {triager.story(case_id): case_id for case_id in triager.case_ids()}
    assert set(stories) == {
        b"Por la sierra.",
        "Por el río.".encode(),
        "Después de la exportación.".encode(),
    }
    assert triager.files(stories[b"Por la sierra."]) == [FILE]
    take_in(system, carried)
    open_all(system, ["vocal-1", "vocal-2"])
    again = Reviewer(system, "triaje-1")
    assert set(again.case_ids()) == set(stories.values())
    assert again.files(stories[b"Por la sierra."]) == [FILE]


def test_the_desk_without_a_drop_says_so_and_never_reaches_for_one(system: System, carried: Path) -> None:
    triager = Reviewer(system, "triaje-1")
    page = triager.client.get("/rounds")
    assert page.status == 200
    assert all(not form.action.endswith("/collect") for form in page.read().forms)
    done = run("desk", "collect", "--config", str(system.path("desk.toml")), check=False)
    assert done.returncode == 1
    assert "this desk has no drop: import bundles" in done.stderr
