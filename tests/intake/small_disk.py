"""What a drop does on a disk that is full at every write: run in a mount namespace of its own.

    unshare --map-root-user --mount python -m tests.intake.small_disk FOLDER

Prints one line: reports accepted, reports refused, acknowledged ones lost, and whether the desk could delete.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from intake.database import open_engine, reading
from intake.drop import Drop, DropFullError, DropOptions
from tests.intake.samples import sealed_report

DISK_BYTES = 4 * 1024 * 1024
BALLAST_BYTES = 512 * 1024
PAGE = 4096
# 101 %: the polite refusal never comes, so that the disk itself has to say no.
OPTIONS = DropOptions(refuse_percent=101, ballast_bytes=BALLAST_BYTES, vacuum_seconds=0)
NO_VACUUM = DropOptions(refuse_percent=101, vacuum_seconds=1e9)


def fill(folder: Path, leave: int) -> None:
    """Take all room of the disk but `leave` bytes."""
    filler = folder / "filler"
    filler.write_bytes(b"")
    room = os.statvfs(folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, room.f_bavail * room.f_bsize - leave))


def empty(folder: Path) -> None:
    """Give the room back."""
    (folder / "filler").unlink()


def file_on_a_full_disk(folder: Path) -> tuple[int, int, int]:
    """File a report with 0, 1, 2 … pages of room: how many were accepted, refused, and lost."""
    accepted = refused = lost = 0
    drop = Drop(open_engine(str(folder / "drop.sqlite"), create_part="drop"), NO_VACUUM)
    for pages in range(45):
        report = sealed_report()
        fill(folder, pages * PAGE)
        try:
            drop.file_report(report)
        except DropFullError:
            refused += 1
            lost += drop.read_slot(report.thread_id) is not None or report.report_id in drop.report_ids()
        else:
            accepted += 1
            lost += drop.get_report(report.report_id).report_age != report.report_age
        empty(folder)
        drop.delete(drop.report_ids(), [])
        lost += drop.file_report(report) not in ("accepted", "already")  # the next write works
        drop.delete(drop.report_ids(), [])
        drop.vacuum()
    drop.close()
    engine = open_engine(str(folder / "drop.sqlite"))
    with reading(engine) as connection:
        lost += connection.scalar(text("PRAGMA integrity_check")) != "ok"
    engine.dispose()
    return accepted, refused, lost


def delete_on_a_full_disk(folder: Path) -> bool:
    """Whether the desk can delete with no room but the ballast, which comes back afterwards."""
    drop = Drop(open_engine(str(folder / "second.sqlite"), create_part="drop"), NO_VACUUM)
    for _ in range(4):
        drop.file_report(sealed_report())
    drop.close()
    desk = Drop(open_engine(str(folder / "second.sqlite")), OPTIONS)
    ballast = folder / "second.sqlite.ballast"
    there = ballast.exists()
    fill(folder, 0)
    desk.delete(desk.report_ids(), [])
    gone = not ballast.exists() and desk.report_ids() == []
    empty(folder)
    desk.maintain(1e12)
    desk.close()
    return there and gone and ballast.exists()


def main() -> None:
    """Mount a small disk on the folder, which nobody else sees, and try."""
    folder = Path(sys.argv[1])
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}"]
    subprocess.run(["mount", *options, "tmpfs", str(folder)], check=True)
    accepted, refused, lost = file_on_a_full_disk(folder)
    deleted = delete_on_a_full_disk(folder)
    print(f"accepted {accepted}, refused {refused}, lost {lost}, deleted {deleted}")  # noqa: T201 - its report


if __name__ == "__main__":
    main()
