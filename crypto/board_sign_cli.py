"""`resguardo board sign`: the next manifest, signed by k members together."""

from datetime import date, timedelta
from pathlib import Path

import click

from crypto import age
from crypto.board import Changes, succeed
from crypto.board_files_cli import (
    BOARD,
    DESK_KEY,
    ROOT,
    ROOT_SUFFIX,
    Passphrases,
    echo_fingerprint,
    read_board,
    read_card,
    read_keys,
    today,
    write_board,
)
from crypto.identity_file import PersonKeys
from crypto.opening import RootShare, open_desk_key

YEAR = timedelta(days=365)

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("folder", type=_PATH, metavar="DIR")
@click.option("--key", "keys", multiple=True, required=True, metavar="LABEL=KEYFILE", help="A signer's file.")
@click.option("--passphrases-from", type=_PATH, metavar="FILE", help="Lines of LABEL=passphrase.")
@click.option("--name", help="Another public name.")
@click.option("--threshold", type=int, help="Another number of members who open a report together.")
@click.option("--single", is_flag=True, help="Allow a threshold of one.")
@click.option("--add-member", "add_members", multiple=True, metavar="LABEL=CARD", help="A new member.")
@click.option("--remove-member", "remove_members", multiple=True, metavar="LABEL", help="One who leaves.")
@click.option("--renew", "renew_members", multiple=True, metavar="LABEL=CARD", help="A member's new keys.")
@click.option("--add-staff", multiple=True, metavar="LABEL", help="Somebody else who can come to read.")
@click.option("--remove-staff", multiple=True, metavar="LABEL", help="Somebody who no longer can.")
@click.option("--add-watcher", "add_watchers", multiple=True, metavar="LABEL=CARD", help="A new watcher.")
@click.option("--remove-watcher", "remove_watchers", multiple=True, metavar="LABEL", help="One who leaves.")
@click.option("--address", "addresses", multiple=True, metavar="URL", help="Replaces all addresses.")
@click.option("--extend", is_flag=True, help="Valid for a year from today.")
def sign(  # noqa: PLR0913, PLR0917 - one argument an option
    folder: Path,
    keys: tuple[str, ...],
    passphrases_from: Path | None,
    name: str | None,
    threshold: int | None,
    single: bool,
    add_members: tuple[str, ...],
    remove_members: tuple[str, ...],
    renew_members: tuple[str, ...],
    add_staff: tuple[str, ...],
    remove_staff: tuple[str, ...],
    add_watchers: tuple[str, ...],
    remove_watchers: tuple[str, ...],
    addresses: tuple[str, ...],
    extend: bool,
) -> None:
    """Make the next manifest of the board in DIR with the root shares of k members."""
    old = read_board(folder)
    changes = Changes(
        name=name,
        threshold=threshold,
        single=single,
        add_members=tuple(read_card(text) for text in add_members),
        remove_members=remove_members,
        renew_members=tuple(read_card(text) for text in renew_members),
        add_staff=add_staff,
        remove_staff=remove_staff,
        add_watchers=tuple(read_card(text) for text in add_watchers),
        remove_watchers=remove_watchers,
        addresses=addresses,
        not_after=_extended(old.manifest.not_after) if extend else None,
    )
    passphrases = Passphrases(passphrases_from)
    signers = [read_keys(text, passphrases) for text in keys]
    shares = [_root_share(folder, signer) for signer in signers]
    lasting = [signer.lasting for signer in signers]
    desk_seed = open_desk_key((folder / DESK_KEY).read_bytes(), old.manifest, lasting)
    files = succeed(old, shares, desk_seed, changes)
    write_board(folder, files)
    for label in remove_members:
        (folder / ROOT / f"{label}{ROOT_SUFFIX}").unlink(missing_ok=True)
    click.echo(f"Wrote {folder / BOARD}, manifest {files.signed.manifest.sequence}")
    if files.root_shares:
        click.echo("The root was split anew: give each member their file, and destroy every older one.")
    echo_fingerprint(files.signed.manifest)


def _extended(not_after: date) -> date:
    return max(not_after, today() + YEAR)


def _root_share(folder: Path, keys: PersonKeys) -> RootShare:
    sealed = (folder / ROOT / f"{keys.label}{ROOT_SUFFIX}").read_bytes()
    return RootShare.from_bytes(age.open_sealed(sealed, [keys.lasting]))
