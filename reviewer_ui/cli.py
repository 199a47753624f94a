"""`resguardo desk`: run the pages, and look after the desk's people and bundles."""

from __future__ import annotations

from pathlib import Path

import click

from reviewer_ui.server import serve
from triage.config import load
from triage.desk import open_desk
from triage.desk_cli import COMMANDS
from triage.errors import TriageError


@click.group()
def desk() -> None:
    """Run the desk and look after its people."""


@desk.command(name="serve")
@click.option(
    "--config", "path", required=True, type=click.Path(path_type=Path), help="The desk's TOML file."
)
def serve_command(path: Path) -> None:
    """Serve the pages on the address of the configuration until it is stopped."""
    try:
        config = load(path)
        # Once before gunicorn: what is wrong with board, register or drop is then said in plain words.
        open_desk(config).close()
    except TriageError as error:
        raise click.ClickException(str(error)) from None
    serve(config)


for each in COMMANDS:
    desk.add_command(each)
