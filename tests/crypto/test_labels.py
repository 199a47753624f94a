"""Every label of the project: distinct, prefix-free, and in the table of docs/protocol.md."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LABEL = re.compile(r'b"(resguardo/v1/[a-z0-9/-]+)"')


def labels() -> list[str]:
    found = []
    for package in ("crypto", "intake", "triage", "reviewer_ui"):
        for path in sorted((ROOT / package).rglob("*.py")):
            found += LABEL.findall(path.read_text(encoding="utf-8"))
    return found


def test_no_label_is_used_twice_and_none_begins_another() -> None:
    found = labels()
    assert len(found) >= 12
    assert len(found) == len(set(found))
    assert not [(a, b) for a in found for b in found if a != b and b.startswith(a)]


def test_the_table_in_the_protocol_lists_exactly_these() -> None:
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    table = text.split("## 9. Labels")[1].split("## 10.")[0]
    assert sorted(re.findall(r"^\| `(resguardo/[^`]+)` \|", table, flags=re.M)) == sorted(labels())
