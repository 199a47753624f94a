"""`resguardo desk`: its people and bundles; `reviewer_ui.cli` adds `serve` to these commands."""

from pathlib import Path

import click

from crypto.errors import IdentityFileError
from crypto.identity_file import Card, open_identity_file
from crypto.scrypt import DEFAULT_WORK_FACTOR
from intake.bundle import imported_list
from triage import collect as collecting
from triage.cli_common import CONFIG, FILE, PASSPHRASES, opened_desk, read_passphrases
from triage.config import DeskKind
from triage.desk import Desk
from triage.login import desk_seed
from triage.people import Role
from triage.staff import add_person, list_people, make_and_add, remove_person, renew_person
from triage.unopenable import export_unopenable

_OUT = click.Path(path_type=Path)


@click.group()
def person() -> None:
    """Add, list and remove people with a desk login."""


@person.command(name="add")
@click.argument("label")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="May be given several times.",
)
@click.option("--identity", type=FILE, metavar="FILE", help="The identity file that they bring.")
@click.option("--card", type=FILE, metavar="FILE", help="The card made with it.")
@CONFIG
@PASSPHRASES
@click.option("--work-factor", type=click.IntRange(1, 22), default=DEFAULT_WORK_FACTOR, hidden=True)
def add(
    label: str,
    roles: tuple[str, ...],
    identity: Path | None,
    card: Path | None,
    config_path: Path,
    passphrases_from: Path | None,
    work_factor: int,
) -> None:
    """Give LABEL a desk login; without an identity file keys and passphrase are made here."""
    known = read_passphrases(passphrases_from)
    wanted = frozenset(Role(role) for role in roles)
    with opened_desk(config_path) as desk:
        if identity is not None:
            theirs = _read_card(label, identity, card, known)
            add_person(desk, theirs, wanted, identity.read_bytes())
            click.echo(f"{label} can log in with their own passphrase")
            return
        if card is not None:
            raise click.UsageError("a card comes with its identity file: give --identity too")
        added = make_and_add(desk, label, wanted, known.get(label), work_factor)
    if added.passphrase is not None:
        click.echo(f"Passphrase of {label}, shown only now: write it on paper.\n\n    {added.passphrase}\n")
    click.echo(f"{label} can log in")


@person.command()
@click.argument("label")
@click.option("--identity", type=FILE, required=True, metavar="FILE", help="Their new identity file.")
@click.option("--card", type=FILE, metavar="FILE", help="The card made with it.")
@CONFIG
@PASSPHRASES
def renew(
    label: str, identity: Path, card: Path | None, config_path: Path, passphrases_from: Path | None
) -> None:
    """Take LABEL's new identity file: more months for a member, or another passphrase."""
    known = read_passphrases(passphrases_from)
    with opened_desk(config_path) as desk:
        renew_person(desk, _read_card(label, identity, card, known), identity.read_bytes())
    click.echo(f"{label} logs in with the new file's passphrase")


@person.command(name="list")
@CONFIG
def list_command(config_path: Path) -> None:
    """Show everybody: label, roles, and who has left."""
    with opened_desk(config_path) as desk:
        for each in list_people(desk):
            roles = " ".join(role.value for role in Role if role in each.roles)
            click.echo(f"{each.label}\t{roles}{'' if each.active else ' (left)'}")


@person.command()
@click.argument("label")
@CONFIG
def remove(label: str, config_path: Path) -> None:
    """End LABEL's login. What they could read stays theirs until it is ended on each case."""
    with opened_desk(config_path) as desk:
        remove_person(desk, label)
    click.echo(f"{label} has no login any more; a running desk lets them go at their next click")


@click.command()
@CONFIG
def collect(config_path: Path) -> None:
    """Take everything out of the drop, exactly once."""
    with opened_desk(config_path) as desk:
        _say(collecting.collect(desk))


@click.command(name="import")
@click.argument("bundle", type=FILE)
@CONFIG
@click.option("--signer", metavar="LABEL", help="Whose passphrase unlocks the desk key, to sign the list.")
@PASSPHRASES
def import_command(
    bundle: Path, config_path: Path, signer: str | None, passphrases_from: Path | None
) -> None:
    """Take in BUNDLE and write BUNDLE.imported, the signed list by which the drop is pruned."""
    known = read_passphrases(passphrases_from)
    with opened_desk(config_path) as desk:
        # Before anything is stored: a list that cannot be signed would leave the drop as it is.
        seed = None if desk.kind is DeskKind.WATCHERS else _seed(desk, signer, known)
        done, imported = collecting.import_bundle(desk, bundle)
        _say(done)
        if seed is not None:
            path = bundle.with_name(f"{bundle.name}.imported")
            path.write_bytes(imported_list(imported, seed))
            click.echo(f"wrote {path}")


@click.command(name="export-unopenable")
@click.argument("out", type=_OUT)
@CONFIG
def export_command(out: Path, config_path: Path) -> None:
    """Write what no k members could open into the bundle OUT, for a desk of the watchers."""
    with opened_desk(config_path) as desk:
        counts = export_unopenable(desk, out)
    click.echo(f"{out}: {counts.reports} reports")


COMMANDS: tuple[click.Command, ...] = (person, collect, import_command, export_command)


def _read_card(label: str, identity: Path, card: Path | None, known: dict[str, str]) -> Card:
    """The card; without its file the passphrase opens the identity file and gives it."""
    try:
        if card is not None:
            found = Card.from_bytes(card.read_bytes())
        else:
            phrase = known.get(label) or click.prompt(f"Passphrase of {label}", hide_input=True, err=True)
            found = Card.of(open_identity_file(identity.read_bytes(), phrase))
    except IdentityFileError as error:
        raise click.ClickException(str(error)) from None
    if found.label != label:
        raise click.ClickException(f"that identity is {found.label}'s, not {label}'s")
    return found


def _seed(desk: Desk, signer: str | None, known: dict[str, str]) -> bytes:
    label = signer or click.prompt("Who signs the list (label)", err=True)
    phrase = known.get(label) or click.prompt(f"Passphrase of {label}", hide_input=True, err=True)
    return desk_seed(desk, label, phrase)


def _say(done: collecting.Collected) -> None:
    click.echo(f"reports: {done.reports}, messages: {done.messages}, refused: {done.refused}")
