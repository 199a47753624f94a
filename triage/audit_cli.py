"""`resguardo audit`: check the chain without anyone's passphrase."""

from pathlib import Path

import click

from triage.audit import verify
from triage.cli_common import CONFIG, opened_desk
from triage.errors import BrokenAuditError


@click.group()
def audit() -> None:
    """Check the audit chain."""


@audit.command(name="verify")
@CONFIG
@click.option("--head", metavar="NUMBER:HASH", help="A head noted earlier: it must still stand in the chain.")
def verify_command(config_path: Path, head: str | None) -> None:
    """Check every entry; name the first broken one. Note the head: only that shows a later cut."""
    noted = None if head is None else _parse_head(head)
    with opened_desk(config_path) as desk:
        try:
            found = verify(desk.register, desk.board, noted)
        except BrokenAuditError as error:
            raise click.ClickException(f"the chain is broken at entry {error.number}") from None
    click.echo(f"{found.entries} entries hold")
    if found.entries:
        click.echo(f"head: {found.entries}:{found.head.hex()}")


def _parse_head(text: str) -> tuple[int, bytes]:
    number, _, digest = text.partition(":")
    try:
        return int(number), bytes.fromhex(digest)
    except ValueError:
        raise click.BadParameter(
            "write NUMBER:HASH, as this command printed it", param_hint="--head"
        ) from None
