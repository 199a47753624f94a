"""Commands of the public intake."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click

from crypto.errors import ManifestError
from crypto.manifest import Manifest, fingerprint_groups
from intake.config import ConfigError, IntakeConfig, load
from intake.drop import DropError
from intake.languages import LanguageError, enabled
from intake.server import serve as serve_forever
from intake.start import make_app, open_intake_drop, read_board

REFUSALS = (ConfigError, DropError, LanguageError, ManifestError)

config_option = click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The intake's settings, a TOML file.",
)


@click.group()
def intake() -> None:
    """Run the public intake."""


@intake.command()
@config_option
def serve(path: Path) -> None:
    """Serve the reporter's pages until stopped."""
    config, manifest = _check(path)
    serve_forever(config, partial(make_app, manifest=manifest))


@intake.command()
@config_option
def check(path: Path) -> None:
    """Check everything that a start would check, and say what was found."""
    config, manifest = _check(path)
    click.echo(f"board: {manifest.name}")
    click.echo(f"fingerprint: {fingerprint_groups(manifest.root.fingerprint)}")
    click.echo(f"manifest: {manifest.sequence}, good until {manifest.not_after.isoformat()}")
    click.echo(f"opening: {manifest.threshold} of {len(manifest.members)} members")
    click.echo(f"languages: {' '.join(config.languages)}")
    click.echo("ready")


def _check(path: Path) -> tuple[IntakeConfig, Manifest]:
    """Settings and manifest, checked; a refusal ends the command with its reason and status 1."""
    try:
        config = load(path, os.environ)
        enabled(config.languages)
        manifest = read_board(config)
        drop = open_intake_drop(config)
        try:
            drop.check_manifest(manifest)
        finally:
            drop.close()
    except REFUSALS as error:
        raise click.ClickException(str(error)) from None
    return config, manifest
