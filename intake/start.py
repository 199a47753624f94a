"""Start an intake: its board is checked before the first page is shown (protocol.md §2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask

from crypto.errors import ManifestError
from crypto.manifest import Manifest, SignedManifest
from intake.app import create_app
from intake.config import IntakeConfig
from intake.drop import Drop, DropOptions, open_drop


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def make_app(
    config: IntakeConfig, clock: Callable[[], datetime] = now, manifest: Manifest | None = None
) -> Flask:
    """The app on its drop; raises ManifestError, DropError, LanguageError.

    Whoever has read the board's manifest already passes it: it has a key for each member and month to check.
    """
    manifest = manifest or read_board(config)
    drop = open_intake_drop(config)
    drop.check_manifest(manifest)
    return create_app(config, drop, manifest, clock)


def read_board(config: IntakeConfig) -> Manifest:
    """The manifest, if it is signed, keeps every rule, and is of the board whose fingerprint was set."""
    try:
        data = config.board_path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{config.board_path} cannot be read: {error.strerror}") from None
    manifest = SignedManifest.from_bytes(data).manifest
    if _bare(config.fingerprint) != _bare(manifest.root.fingerprint):
        raise ManifestError("the fingerprint in the settings is not that of this board's manifest")
    return manifest


def open_intake_drop(config: IntakeConfig) -> Drop:
    """The drop with the intake's settings for house-keeping."""
    options = DropOptions(refuse_percent=config.disk_refuse_percent, ballast_bytes=config.ballast_bytes)
    return open_drop(config.drop, options)


def _bare(fingerprint: str) -> str:
    return fingerprint.replace(" ", "").replace("-", "").upper()
