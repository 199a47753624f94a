"""Both servers on disks of their own that are full at the worst moments: run in a mount namespace of its own.

    unshare --map-root-user --mount python -m tests.e2e.small_disk FOLDER

FOLDER holds a founded system. Prints one line of JSON: what people were told, and what was stored.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from intake.drop import open_drop
from tests.e2e import reporter
from tests.e2e.client import Page
from tests.e2e.copies import started
from tests.e2e.reviewer import Reviewer
from tests.e2e.system import Board, System
from tests.intake.small_disk import empty, fill

DISK_BYTES = 3 * 1024 * 1024
BALLAST_BYTES = 192 * 1024
PAGE = 4096
STORY = "Lo que nadie debe perder."
NOT_RECEIVED = "No se recibió"
Facts = dict[str, bool | int]
Fields = dict[str, str | list[str] | None]


def mount(folder: Path) -> None:
    """A small disk in place of the folder, with all that stood in it."""
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    options = ["-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700"]
    subprocess.run(["mount", *options, "tmpfs", str(folder)], check=True)
    for name, data in kept.items():
        (folder / name).write_bytes(data)


def stored(system: System) -> tuple[int, int]:
    drop = open_drop(str(system.path("intake") / "drop.sqlite"))
    try:
        return len(drop.report_ids()), len(drop.message_ids())
    finally:
        drop.close()


def refused_whole(page: Page, *kept: str) -> bool:
    """Whether the page says that nothing was received, and still holds everything."""
    return page.status == 503 and NOT_RECEIVED in page.text and all(text in page.html for text in kept)


def reports(system: System, facts: Facts) -> None:
    """A report sent with ever more room; what is refused is sent again when there is room."""
    disk, accepted, refused = system.path("intake"), 0, 0
    for pages in range(0, 40, 3):
        checked = reporter.check(system, system.intake, "es", {"story": STORY})
        code = checked.by_id("receipt-code") or "none"
        before = stored(system)
        fill(disk, pages * PAGE)
        sent = reporter.send(system.intake, checked)
        if reporter.acknowledged(sent):
            accepted += 1
        else:
            refused += refused_whole(sent, STORY, code)
            facts["refused in part"] |= stored(system) != before
        empty(disk)
        again = reporter.send(system.intake, checked if reporter.acknowledged(sent) else sent)
        facts["lost"] |= again.by_id("receipt-code") != code or stored(system)[0] != before[0] + 1
        facts["lost"] |= reporter.open_code(system, code).by_id("case-state") is None
        if accepted and refused:
            collected(system)
    facts |= {"reports accepted": accepted, "reports refused": refused}


def collected(system: System) -> None:
    """Make room as the desk does."""
    drop = open_drop(str(system.path("intake") / "drop.sqlite"))
    drop.delete(drop.report_ids(), drop.message_ids())
    drop.vacuum()
    drop.close()


def under_a_code(system: System, facts: Facts) -> None:
    """A message and a file on a full disk, and again with room; the code opens all the while."""
    filed = reporter.file_report(system, story=STORY)
    status, before = reporter.open_code(system, filed.code), stored(system)
    fill(system.path("intake"), 0)
    opened = reporter.open_code(system, filed.code)
    facts["code opens on a full disk"] = opened.by_id("case-state") is not None
    written = reporter.write(system, status, "Una carta.")
    facts["message refused whole"] = refused_whole(written, "Una carta.", filed.code)
    added = reporter.add_file(system, status, "acta.bin", b"acta" * 1000, hidden_data="keep")
    facts["file refused whole"] = refused_whole(added, filed.code)
    facts["refused in part"] |= stored(system) != before
    system.stop("intake")
    system.start("intake")
    facts["starts on a full disk"] = reporter.open_code(system, filed.code).by_id("case-state") is not None
    empty(system.path("intake"))
    system.move_clock(seconds=reporter.READING_SECONDS)
    sent = system.intake.submit(written, written.form_with("text"), {})
    facts["message sent again"] = sent.by_id("acknowledged") is not None
    system.move_clock(seconds=reporter.READING_SECONDS)
    page = system.intake.submit(added, added.form_with("code"), {})
    done = reporter.add_file(system, page, "acta.bin", b"acta" * 1000, hidden_data="keep")
    facts["file sent again"] = done.by_id("acknowledged") is not None and stored(system)[1] == before[1] + 2


def desk(system: System, facts: Facts) -> None:
    """A desk that collects from a full disk, then one whose own disk is full."""
    member, second = Reviewer(system, "vocal-1"), Reviewer(system, "vocal-2")
    fill(system.path("intake"), 0)
    member.fetch()
    facts["collected from a full disk"] = stored(system) == (0, 0)
    facts["filed after collecting"] = bool(reporter.file_report(system, story="Cabe otra vez.").code)
    empty(system.path("intake"))
    member.unlock()
    facts["opened"] = "Se abri" in second.unlock().text
    triager = Reviewer(system, "triaje-1")
    case_id = triager.case_ids()[0]
    page, waiting = triager.case(case_id), stored(system)
    fill(system.path("desk"), 0)
    noted = triager.client.submit(page, page.form_to("/note"), {"text": "Una nota."})
    facts["note refused whole"] = (
        noted.status == 503 and "El disco de la mesa está lleno" in noted.text and "Una nota." in noted.html
    )
    browser = system.desk_client()
    login = browser.get("/login")
    typed: Fields = {"label": "vocal-3", "passphrase": system.passphrase("vocal-3")}
    shut = browser.submit(login, login.form_with("label"), typed)
    facts["login refused in words"] = shut.status == 503 and "El disco de la mesa está lleno" in shut.text
    facts["fetch refused"] = "Lo que tiene sigue ahí" in member.fetch().text and stored(system) == waiting
    empty(system.path("desk"))
    again = triager.client.submit(page, page.form_to("/note"), {"text": "Una nota."})
    facts["note saved with room"] = again.status == 200 and "Una nota." in again.text
    member.fetch()
    facts["fetched with room"] = stored(system) == (0, 0)
    fill(system.path("desk"), 0)
    facts["unlock refused"] = "Nada se perdió" in member.unlock().text
    empty(system.path("desk"))
    member.unlock()
    second.unlock()
    facts["all opened with room"] = b"Cabe otra vez." in {triager.story(each) for each in triager.case_ids()}


def main() -> None:
    folder = Path(sys.argv[1])
    system = System(folder, Board())
    system.write_configs()
    config = system.path("intake.toml")
    config.write_text(config.read_text().replace("ballast_bytes = 65536", f"ballast_bytes = {BALLAST_BYTES}"))
    for name in ("intake", "desk"):
        mount(folder / name)
    facts: Facts = {"lost": False, "refused in part": False}
    with started(system):
        reports(system, facts)
        under_a_code(system, facts)
        desk(system, facts)
    logs = "".join(system.path(f"{name}.log").read_text() for name in ("intake", "desk"))
    facts["no trace"] = "Traceback" not in logs and 'File "' not in logs
    print(json.dumps(facts))  # noqa: T201 - its report


if __name__ == "__main__":
    main()
