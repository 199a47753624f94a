"""Files, passphrases and errors of the board commands."""

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import click

from crypto.board import BoardFiles
from crypto.errors import (
    AgeError,
    IdentityFileError,
    ManifestError,
    SealedPartError,
    ShareError,
)
from crypto.identity_file import Card, PersonKeys, open_identity_file, seal_identity_file
from crypto.manifest import Manifest, SignedManifest, fingerprint_groups
from crypto.passphrase import generate_passphrase
from crypto.scrypt import DEFAULT_WORK_FACTOR

BOARD = "board.json"
ROOT = "root"
HISTORY = "history"
ROOT_SUFFIX = ".share.age"
DESK_KEY = "desk-key.age"


# Hidden: the default is right for everything but tests.
WORK_FACTOR = click.option(
    "--work-factor", type=click.IntRange(1, 22), default=DEFAULT_WORK_FACTOR, hidden=True
)


class BoardCliError(click.ClickException):
    """A board command failed for a reason that its user can read; the exit code is 1."""

    def show(self, file: object = None) -> None:
        """Print the message on standard error."""
        click.echo(f"board: error: {self.message}", err=True)


class BoardGroup(click.Group):
    """Turns our errors into messages; anything else is a mistake of ours and shows as one."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (AgeError, IdentityFileError, ManifestError, SealedPartError, ShareError) as error:
            raise BoardCliError(str(error)) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            raise BoardCliError(f"{error.filename or 'input or output'}: {error.strerror}") from None


class Passphrases:
    """Passphrases by label: from a file of LABEL=passphrase lines, or asked for."""

    def __init__(self, path: Path | None) -> None:
        lines = [] if path is None else read_text(path).splitlines()
        if not all("=" in line for line in lines):
            raise BoardCliError("the passphrases file has lines of the form LABEL=passphrase")
        self._known = dict(line.split("=", 1) for line in lines)

    def know(self, label: str, passphrase: str) -> None:
        """Use this one for a label."""
        self._known[label] = passphrase

    def for_existing(self, label: str) -> str:
        """The passphrase of a file that exists."""
        if label not in self._known:
            self._known[label] = click.prompt(f"Passphrase of {label}", hide_input=True, err=True)
        return self._known[label]

    def for_new(self, label: str) -> str:
        """The passphrase for a new file; one that is made here is shown this once."""
        if label in self._known:
            return self._known[label]
        passphrase = generate_passphrase()
        click.echo(f"Passphrase of {label}, shown only now: write it on paper.\n\n    {passphrase}\n")
        return passphrase


def read_text(path: Path) -> str:
    """A text file of ours; its content stays out of the message, for it may be secret."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise BoardCliError(f"{path} is not a text in UTF-8") from None


def read_board(path: Path) -> SignedManifest:
    """The signed manifest in a board's folder, or in a file."""
    return SignedManifest.from_bytes((path / BOARD if path.is_dir() else path).read_bytes())


def write_board(folder: Path, files: BoardFiles) -> None:
    """Write what a signing made: the manifest, its place in the history, new root shares and desk key."""
    signed = files.signed.to_bytes() + b"\n"
    history = folder / HISTORY / f"{files.signed.manifest.sequence:06}.json"
    new = {history: (signed, 0o644)}
    for label, share in files.root_shares.items():
        new[folder / ROOT / f"{label}{ROOT_SUFFIX}"] = (share, 0o600)
    if files.desk_key is not None:
        new[folder / DESK_KEY] = (files.desk_key, 0o600)
    # Last: until it is there, the board of before stands.
    new[folder / BOARD] = (signed, 0o644)
    write_all(new)


def read_card(text: str) -> Card:
    """The card that LABEL=FILE names; the label must be the card's own."""
    label, file = split_pair(text, "LABEL=CARD")
    card = Card.from_bytes(Path(file).read_bytes())
    if card.label != label:
        raise BoardCliError(f"the card in {file} is {card.label}'s, not {label}'s")
    return card


def read_keys(text: str, passphrases: Passphrases) -> PersonKeys:
    """The identity file that LABEL=FILE names, opened."""
    label, file = split_pair(text, "LABEL=KEYFILE")
    keys = open_identity_file(Path(file).read_bytes(), passphrases.for_existing(label))
    if keys.label != label:
        raise BoardCliError(f"the identity file {file} is {keys.label}'s, not {label}'s")
    return keys


def echo_fingerprint(manifest: Manifest) -> None:
    """Show what posters and pages print."""
    click.echo(f"Fingerprint of the board: {fingerprint_groups(manifest.root.fingerprint)}")


def today() -> date:
    """The day in UTC, as everywhere in the protocol."""
    return datetime.now(UTC).date()


def split_pair(text: str, form: str) -> tuple[str, str]:
    """Both sides of the first = in an option's value."""
    label, equals, value = text.partition("=")
    if not (label and equals and value):
        raise BoardCliError(f"write {form}, not {text}")
    return label, value


def write_person(keys: PersonKeys, path: Path, passphrases: Passphrases, work_factor: int) -> None:
    """Write an identity file and, beside it, its card; neither may exist. Show the card's fingerprint."""
    card, card_path = Card.of(keys), path.with_suffix(".card")
    write_new(path, seal_identity_file(keys, passphrases.for_new(keys.label), work_factor), 0o600)
    write_new(card_path, card.to_bytes() + b"\n", 0o644)
    click.echo(f"{keys.label}: wrote {path} and {card_path}")
    click.echo(f"Fingerprint of the card: {fingerprint_groups(card.fingerprint)}")


def refuse_existing(paths: Sequence[Path]) -> None:
    """Stop before anything is written: a key that is overwritten is lost."""
    for path in paths:
        if path.exists():
            raise BoardCliError(f"{path} exists already")


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Write and sync a file that must not exist."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as sink:
        sink.write(data)
        sink.flush()
        os.fsync(sink.fileno())


def write_all(files: dict[Path, tuple[bytes, int]]) -> None:
    """Write several files, each whole or not at all; nothing is replaced before all are on disk."""
    new = {path: path.with_name(f".{path.name}.new") for path in files}
    for path, (data, mode) in files.items():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new[path].unlink(missing_ok=True)
        write_new(new[path], data, mode)
    for path, temporary in new.items():
        temporary.replace(path)
