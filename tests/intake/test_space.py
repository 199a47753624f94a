"""Room on the disk: the ballast is real, private, and given away when it is needed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from intake.space import Space


def full_disk(*_: int) -> None:
    raise OSError(28, "No space left on device")


def test_the_ballast_takes_real_room_and_is_private(tmp_path: Path) -> None:
    space = Space(tmp_path / "drop", 100, 1 << 20)
    space.keep_ballast()
    found = space.ballast.stat()
    assert found.st_size == 1 << 20
    assert found.st_blocks * 512 >= 1 << 20
    assert stat.S_IMODE(found.st_mode) == 0o600


def test_the_ballast_is_given_away_once(tmp_path: Path) -> None:
    space = Space(tmp_path / "drop", 100, 4096)
    space.keep_ballast()
    assert space.release_ballast() is True
    assert space.release_ballast() is False
    assert list(tmp_path.iterdir()) == []


def test_no_ballast_is_made_where_there_is_no_room_for_it(tmp_path: Path) -> None:
    Space(tmp_path / "drop", 0, 4096).keep_ballast()
    Space(tmp_path / "drop", 100, 1 << 60).keep_ballast()
    assert list(tmp_path.iterdir()) == []


def test_a_ballast_that_does_not_fit_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "posix_fallocate", full_disk)
    Space(tmp_path / "drop", 100, 4096).keep_ballast()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_is_scarce_from_the_given_percentage_on(tmp_path: Path) -> None:
    assert Space(tmp_path / "drop", 0, 0).is_scarce()
    assert not Space(tmp_path / "drop", 101, 0).is_scarce()


@pytest.mark.parametrize(
    ("used", "words", "files"), [(69, False, False), (70, False, True), (85, True, True)]
)
def test_files_leave_room_for_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: int, words: bool, files: bool
) -> None:
    """A flood of files must not close the channel for reports (T8)."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(used=used, free=100 - used))
    space = Space(tmp_path / "drop", 85, 0)
    assert (space.is_scarce(), space.is_scarce(for_files=True)) == (words, files)


@pytest.mark.parametrize("percent", [100, 101])
def test_nothing_is_kept_for_words_where_nothing_is_kept_free(tmp_path: Path, percent: int) -> None:
    assert not Space(tmp_path / "drop", percent, 0).is_scarce(for_files=True)
