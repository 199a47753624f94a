"""docs/protocol.md: its script opens a report, its labels, kinds and files are the code's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crypto import age
from crypto.errors import NoMatchingIdentityError
from crypto.hybrid import HybridIdentity
from crypto.opening import open_share
from crypto.strict_json import decode_blob
from tests.crypto.test_npm_age import node

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
VECTORS = ROOT / "tests/vectors"
REPORTS = json.loads((VECTORS / "report.json").read_text(encoding="utf-8"))
CASE = REPORTS["cases"][0]
HOLDERS = REPORTS["keys"]["holders"]


def blob(text: str) -> bytes:
    data = decode_blob(text)
    assert data is not None
    return data


def script() -> str:
    (found,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)
    return str(found)


def combine(tmp_path: Path, opened: list[bytes]) -> str:
    """Run the script of §10, in a folder where nothing of ours can be imported."""
    (tmp_path / "combine.py").write_text(script())
    names = []
    for number, share in enumerate(opened):
        names.append(f"share-{number}.json")
        (tmp_path / names[-1]).write_bytes(share)
    command = [sys.executable, "-I", "combine.py", *names]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, text=True).stdout.strip()


@pytest.mark.parametrize("places", [(1, 2), (1, 3), (3, 2)])
def test_the_printed_script_gives_the_identity_that_opens_the_report(
    tmp_path: Path, places: tuple[int, int]
) -> None:
    opened = [
        age.open_sealed(blob(CASE["shares"][x - 1]), [HybridIdentity.parse(HOLDERS[x - 1])]) for x in places
    ]
    identity = HybridIdentity.parse(combine(tmp_path, opened))
    report = json.loads(age.open_sealed(blob(CASE["report"]), [identity]))
    assert report["content"] == CASE["content"]


def test_another_implementation_of_age_and_the_script_open_the_report(tmp_path: Path) -> None:
    shares = [node("open", HOLDERS[x - 1], data=blob(CASE["shares"][x - 1])) for x in (1, 3)]
    report = node("open", combine(tmp_path, shares), data=blob(CASE["report"]))
    assert json.loads(report)["content"] == CASE["content"]


def test_shares_that_do_not_suffice_give_an_identity_that_opens_nothing(tmp_path: Path) -> None:
    one = age.open_sealed(blob(CASE["shares"][0]), [HybridIdentity.parse(HOLDERS[0])])
    identity = HybridIdentity.parse(combine(tmp_path, [one]))
    with pytest.raises(NoMatchingIdentityError):
        age.open_sealed(blob(CASE["report"]), [identity])
    share = open_share(blob(CASE["shares"][0]), [HybridIdentity.parse(HOLDERS[0])])
    assert identity.seed == share.y


def test_every_vector_file_is_listed() -> None:
    listed = set(re.findall(r"^\| `(\w+\.json|age/)` \|", TEXT, flags=re.M))
    assert listed == {path.name for path in VECTORS.glob("*.json")} | {"age/"}


def test_every_kind_of_part_is_listed() -> None:
    listed = set(re.findall(r"^\| `([a-z-]+)` \| [a-z, ]+ \| (?:the|one|all) ", TEXT, flags=re.M))
    read = set()
    for path in (ROOT / "crypto").glob("*.py"):
        read |= set(re.findall(r'Fields\.from_bytes\([^"]*"([a-z-]+)"', path.read_text(encoding="utf-8")))
    assert listed == read - {"card"}


@pytest.mark.parametrize("section", range(1, 9))
def test_the_sections_that_code_cites_exist(section: int) -> None:
    assert f"\n## {section}. " in TEXT
