"""`resguardo board`: make, show, check and change a board. Offline: these commands handle its keys."""

from pathlib import Path

import click

from crypto.board_files_cli import (
    WORK_FACTOR,
    BoardCliError,
    BoardGroup,
    Passphrases,
    echo_fingerprint,
    read_board,
    read_keys,
    read_text,
    refuse_existing,
    today,
    write_person,
)
from crypto.board_init_cli import init
from crypto.board_sign_cli import sign
from crypto.fingerprint import parse_fingerprint
from crypto.identity_file import make_person, renew_person
from crypto.manifest import Manifest, Member, check_successor

_PATH = click.Path(path_type=Path)


@click.group(cls=BoardGroup)
def board() -> None:
    """Make, show and check a board: its members, keys and manifest."""


board.add_command(init)
board.add_command(sign)


@board.command()
@click.argument("label")
@click.option("-o", "--output", type=_PATH, metavar="FILE", help="Write to FILE instead of LABEL.key.")
@click.option("--passphrase-file", type=_PATH, metavar="FILE", help="Take the passphrase from FILE.")
@click.option("--first-epoch", metavar="YYYY-MM", help="First month of thirteen, instead of this one.")
@click.option("--watcher", is_flag=True, help="Make keys without months, as watchers have them.")
@click.option("--renew", "old_file", type=_PATH, metavar="OLD", help="Add months to the keys in OLD.")
@click.option("--forget-before", metavar="YYYY-MM", help="With --renew: leave older months out.")
@WORK_FACTOR
def member(  # noqa: PLR0913, PLR0917 - one argument an option
    label: str,
    output: Path | None,
    passphrase_file: Path | None,
    first_epoch: str | None,
    watcher: bool,
    old_file: Path | None,
    forget_before: str | None,
    work_factor: int,
) -> None:
    """Make the identity file and the card of LABEL, on their own machine.

    With --renew the lasting key and the passphrase stay; OLD is left as it is, for you to destroy.
    """
    path = output or Path(f"{label}.key")
    if path.suffix == ".card":
        raise BoardCliError("the card is written beside the identity file: give that one another ending")
    refuse_existing([path, path.with_suffix(".card")])
    passphrases = Passphrases(None)
    if passphrase_file is not None:
        passphrases.know(label, read_text(passphrase_file).removesuffix("\n"))
    month = first_epoch or f"{today():%Y-%m}"
    if old_file is None:
        keys = make_person(label, None if watcher else month)
    else:
        keys = renew_person(read_keys(f"{label}={old_file}", passphrases), month, forget_before)
    write_person(keys, path, passphrases, work_factor)


@board.command()
@click.argument("path", type=_PATH, metavar="DIR|FILE")
def show(path: Path) -> None:
    """Show who is on a board and how long its manifest is valid."""
    manifest = read_board(path).manifest
    click.echo(f"Board: {manifest.name}")
    click.echo(f"Manifest: number {manifest.sequence}, from {manifest.not_before} to {manifest.not_after}")
    click.echo(f"Opened by: {manifest.threshold} of {len(manifest.members)} members")
    for each in manifest.members:
        click.echo(f"  member {each.label}, keys {_months(each)}")
    for label in manifest.staff:
        click.echo(f"  staff {label}")
    for watcher in manifest.watchers:
        click.echo(f"  watcher {watcher.label}")
    for address in manifest.addresses:
        click.echo(f"Address: {address}")
    echo_fingerprint(manifest)


@board.command()
@click.argument("path", type=_PATH, metavar="FILE")
@click.option("--fingerprint", required=True, help="As printed on a poster.")
@click.option("--previous", type=_PATH, metavar="OLD", help="Also check that FILE follows OLD.")
def verify(path: Path, fingerprint: str, previous: Path | None) -> None:
    """Check a manifest: its signatures, its rules, and that it is the board you know."""
    manifest = read_board(path).manifest
    _check_fingerprint(manifest, fingerprint)
    if previous is not None:
        check_successor(read_board(previous).manifest, manifest)
    click.echo(f"Good: manifest {manifest.sequence} of {manifest.name}, valid to {manifest.not_after}")


def _check_fingerprint(manifest: Manifest, fingerprint: str) -> None:
    if parse_fingerprint(fingerprint) != manifest.root.fingerprint:
        raise BoardCliError("the fingerprint is another one: this is not the board that you know")


def _months(each: Member) -> str:
    return f"{each.epochs[0].epoch} to {each.epochs[-1].epoch}"
