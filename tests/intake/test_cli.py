"""`resguardo intake check` finds before the start what would stop it, and says it in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crypto.hybrid import HybridIdentity
from crypto.manifest import Manifest, RootSeeds, sign_manifest
from intake.cli import intake
from intake.config import load
from intake.start import make_app
from tests.intake.conftest import make_manifest

ROOT = RootSeeds(bytes(32), bytes(32))


def write(folder: Path, manifest: Manifest, extra: str = "", fingerprint: str = "") -> Path:
    """A folder with all that an intake needs; the path of its settings."""
    signed = sign_manifest(manifest, ROOT.ed25519, ROOT.mldsa65)
    (folder / "board.json").write_bytes(signed.to_bytes())
    (folder / "secret").write_bytes(bytes(range(32)))
    settings = folder / "intake.toml"
    settings.write_text(
        'board = "board.json"\ndrop = "drop/drop.sqlite"\nsecret_file = "secret"\n'
        f'fingerprint = "{fingerprint or manifest.root.fingerprint}"\nballast_bytes = 0\n{extra}'
    )
    return settings


def check(settings: Path) -> Result:
    return CliRunner().invoke(intake, ["check", "--config", str(settings)])


@pytest.fixture
def manifest(members: tuple[HybridIdentity, ...]) -> Manifest:
    return make_manifest(members)


def test_a_sound_intake_is_ready(tmp_path: Path, manifest: Manifest) -> None:
    result = check(write(tmp_path, manifest))
    assert result.exit_code == 0, result.output
    assert "opening: 2 of 3 members" in result.output
    assert result.output.endswith("ready\n")


def test_a_fingerprint_may_be_written_in_groups(tmp_path: Path, manifest: Manifest) -> None:
    text = manifest.root.fingerprint
    groups = "-".join(text[at : at + 4] for at in range(0, 26, 4)).lower()
    assert check(write(tmp_path, manifest, fingerprint=groups)).exit_code == 0


@pytest.mark.parametrize(
    ("extra", "fingerprint", "said"),
    [
        ("", "A" * 26, "fingerprint"),
        ('languages = ["es", "ar"]\n', "", "no pages in the language 'ar'"),
        ("colour = 1\n", "", "unknown setting 'colour'"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_starts(
    tmp_path: Path, manifest: Manifest, extra: str, fingerprint: str, said: str
) -> None:
    result = check(write(tmp_path, manifest, extra, fingerprint))
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_an_altered_manifest_is_refused(tmp_path: Path, manifest: Manifest) -> None:
    settings = write(tmp_path, manifest)
    board = tmp_path / "board.json"
    board.write_bytes(board.read_bytes().replace(b"vocal-1", b"vocal-9"))
    assert check(settings).exit_code == 1


def test_a_manifest_older_than_one_that_was_seen_is_refused(tmp_path: Path, manifest: Manifest) -> None:
    newer = replace(manifest, sequence=2, previous=manifest.hash)
    assert check(write(tmp_path, newer)).exit_code == 0
    result = check(write(tmp_path, manifest))
    assert result.exit_code == 1
    assert "older" in result.output


def test_the_app_starts_from_the_same_settings(tmp_path: Path, manifest: Manifest) -> None:
    app = make_app(load(write(tmp_path, manifest), {}))
    assert app.test_client().get("/es/").status_code == 200
