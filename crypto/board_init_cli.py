"""`resguardo board init`: found a board."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from crypto.board import Plan, found
from crypto.board_files_cli import (
    BOARD,
    DESK_KEY,
    HISTORY,
    ROOT,
    WORK_FACTOR,
    BoardCliError,
    Passphrases,
    echo_fingerprint,
    read_card,
    refuse_existing,
    today,
    write_board,
    write_person,
)
from crypto.identity_file import Card, PersonKeys, make_person

YEAR = timedelta(days=365)

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("folder", type=_PATH, metavar="DIR")
@click.option("--name", required=True, help="The board's public name.")
@click.option("--threshold", type=int, required=True, help="How many members open a report together.")
@click.option("--member", "members", multiple=True, required=True, metavar="LABEL[=CARD]", help="A member.")
@click.option("--staff", multiple=True, metavar="LABEL", help="Somebody else who can come to read reports.")
@click.option("--watcher", "watchers", multiple=True, metavar="LABEL[=CARD]", help="An outside body.")
@click.option("--address", "addresses", multiple=True, metavar="URL", help="Where the board is reached.")
@click.option("--single", is_flag=True, help="Allow a threshold of one.")
@click.option("--passphrases-from", type=_PATH, metavar="FILE", help="Lines of LABEL=passphrase.")
@click.option("--not-before", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Valid from; today.")
@WORK_FACTOR
def init(  # noqa: PLR0913, PLR0917 - one argument an option
    folder: Path,
    name: str,
    threshold: int,
    members: tuple[str, ...],
    staff: tuple[str, ...],
    watchers: tuple[str, ...],
    addresses: tuple[str, ...],
    single: bool,
    passphrases_from: Path | None,
    not_before: datetime | None,
    work_factor: int,
) -> None:
    """Found a board in DIR: its manifest, and a root share for each member.

    A member or watcher named without a card gets keys on this machine.
    """
    refuse_existing([folder / each for each in (BOARD, ROOT, HISTORY, DESK_KEY)])
    start = not_before.date() if not_before else today()
    made: dict[Path, PersonKeys] = {}
    member_cards = [_card(text, folder / "members", f"{start:%Y-%m}", made) for text in members]
    for card in member_cards:
        _check_months(card, f"{start:%Y-%m}")
    plan = Plan(
        name=name,
        threshold=threshold,
        single=single,
        members=tuple(member_cards),
        staff=staff,
        watchers=tuple(_card(text, folder / "watchers", None, made) for text in watchers),
        addresses=addresses,
        not_before=start,
        not_after=start + YEAR,
    )
    files = found(plan)
    _write_made(made, Passphrases(passphrases_from), work_factor)
    write_board(folder, files)
    click.echo(f"Wrote {folder / BOARD}")
    echo_fingerprint(files.signed.manifest)


def _card(text: str, place: Path, first_epoch: str | None, made: dict[Path, PersonKeys]) -> Card:
    if "=" in text:
        return read_card(text)
    keys = make_person(text, first_epoch)
    made[place / f"{text}.key"] = keys
    return Card.of(keys)


def _check_months(card: Card, month: str) -> None:
    if not card.epochs or not card.epochs[0].epoch <= month <= card.epochs[-1].epoch:
        raise BoardCliError(f"the card of {card.label} has no key for {month}, the board's first month")


def _write_made(made: dict[Path, PersonKeys], passphrases: Passphrases, work_factor: int) -> None:
    refuse_existing([*made, *(path.with_suffix(".card") for path in made)])
    for path, keys in made.items():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_person(keys, path, passphrases, work_factor)
    if made:
        names = ", ".join(keys.label for keys in made.values())
        click.echo(f"This one machine has seen the keys of: {names}.", err=True)
        click.echo("Whoever makes keys with 'board member' need not trust it.", err=True)
