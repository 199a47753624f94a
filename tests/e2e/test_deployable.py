"""The intake host needs no opening code: only the files that it loads, copied, file a report (T1)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from intake.drop import open_drop
from tests.e2e.system import ROOT, Board, System
from tests.test_architecture import loaded_by_the_intake

VISIT = """
import re, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
import intake.config, intake.start

now = datetime.now(UTC)
app = intake.start.make_app(intake.config.load(Path(sys.argv[1]), {}), lambda: now)
browser = app.test_client()

def hidden(page, *names):
    for form in re.findall(r"<form.*?</form>", page, flags=re.S):
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        if set(names) <= fields.keys():
            return fields
    raise SystemExit("no such form")

first = hidden(browser.get("/es/new").text, "token")
now += timedelta(seconds=10)
check = browser.post("/es/new", data={**first, "story": "desde una carpeta vacía"}).text
sent = browser.post("/es/new", data={**hidden(check, "code", "story"), "step": "send"}).text
assert 'id="acknowledged"' in sent
assert Path(intake.start.__file__).is_relative_to(Path(sys.argv[2])), intake.start.__file__
openers = ("crypto.opening", "crypto.identity_file", "crypto.facts", "triage", "reviewer_ui")
assert not [name for name in sys.modules if name.startswith(openers)]
"""


def copy_of_the_intake(folder: Path) -> Path:
    """The modules it loads, and what is not code beside them."""
    for _, name in loaded_by_the_intake():
        copy(Path(name), folder)
    for kind in ("templates", "static", "locale", "data"):
        shutil.copytree(ROOT / "intake" / kind, folder / "intake" / kind)
    copy(ROOT / "schema.sql", folder)
    return folder


def copy(path: Path, folder: Path) -> None:
    target = folder / path.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)


def test_the_files_of_the_intake_alone_file_a_report(tmp_path: Path) -> None:
    system = System(tmp_path, Board())
    system.found(people=False)
    alone = copy_of_the_intake(tmp_path / "alone")
    done = subprocess.run(
        [sys.executable, "-c", VISIT, str(system.path("intake.toml")), str(alone)],
        cwd=alone,
        env={"PYTHONPATH": str(alone), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    drop = open_drop(str(system.path("intake") / "drop.sqlite"))
    try:
        assert len(drop.report_ids()) == 1
    finally:
        drop.close()
