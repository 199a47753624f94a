"""`resguardo drop`: look after the drop and carry it across an air gap (protocol.md §5)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec

import click

from crypto.errors import ManifestError
from crypto.manifest import SignedManifest
from intake import bundle, config
from intake.bundle import BundleError
from intake.database import StorageError, open_engine
from intake.drop import Drop

_Arguments = ParamSpec("_Arguments")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _where(command: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """The two ways to name a drop."""
    command = click.option("--config", "config_path", type=_FILE, help="The intake's TOML file.")(command)
    return click.option("--drop", "url", help="A SQLite file or a postgresql+psycopg:// URL instead.")(
        command
    )


@click.command()
@_where
def show(config_path: Path | None, url: str | None) -> None:
    """Say what waits: counts and days, nothing else."""
    with _opened(config_path, url) as opened:
        waiting = opened.waiting()
        click.echo(f"reports waiting: {waiting.count}")
        if waiting.oldest_day is not None:
            click.echo(f"oldest day: {waiting.oldest_day.isoformat()}")


@click.command()
@_where
def create(config_path: Path | None, url: str | None) -> None:
    """Make the tables where there are none; PostgreSQL gets its two roles too."""
    with _plain_words():
        open_engine(_url(config_path, url), create_part="drop").dispose()
    click.echo("the drop is ready")


@click.command()
@_where
def vacuum(config_path: Path | None, url: str | None) -> None:
    """Rewrite the tables in the order of their random keys, so that the order of arrival is gone."""
    with _opened(config_path, url) as opened:
        opened.vacuum()
    click.echo("the drop is rewritten")


@click.command()
@_where
@click.argument("out", type=click.Path(dir_okay=True, path_type=Path))
def export(config_path: Path | None, url: str | None, out: Path) -> None:
    """Write what waits into the bundle OUT, or 'drop.bundle' in the folder OUT; the drop keeps it."""
    path = out / "drop.bundle" if out.is_dir() else out
    with _opened(config_path, url) as opened:
        counts = bundle.export(opened, path)
    click.echo(f"{path}: {counts.reports} reports, {counts.messages} messages")


@click.command()
@_where
@click.option(
    "--board", "board_path", type=_FILE, required=True, help="board.json: whose desk signed the list."
)
@click.argument("imported", metavar="LIST", type=_FILE)
def prune(config_path: Path | None, url: str | None, board_path: Path, imported: Path) -> None:
    """Delete exactly what a desk imported, by the LIST that it signed."""
    with _opened(config_path, url) as opened:
        desk_key = SignedManifest.from_bytes(board_path.read_bytes()).manifest.desk_key
        counts = bundle.prune(opened, bundle.read_list(imported.read_bytes(), desk_key))
    click.echo(f"deleted: {counts.reports} reports, {counts.messages} messages")


def _url(config_path: Path | None, url: str | None) -> str:
    if (config_path is None) == (url is None):
        raise click.UsageError("name the drop with --config or with --drop, one of them")
    return (
        url
        if config_path is None and url is not None
        else config.load(Path(str(config_path)), os.environ).drop
    )


@contextmanager
def _opened(config_path: Path | None, url: str | None) -> Iterator[Drop]:
    with _plain_words():
        opened = Drop(open_engine(_url(config_path, url)))  # never a new one where a path is mistyped
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def _plain_words() -> Iterator[None]:
    try:
        yield
    except (StorageError, BundleError, ManifestError, config.ConfigError) as error:
        raise click.ClickException(str(error)) from None
