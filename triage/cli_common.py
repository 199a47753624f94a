"""What the desk's commands share: settings, passphrases, and errors in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from triage.config import load
from triage.desk import Desk, open_desk
from triage.errors import TriageError

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
CONFIG = click.option(
    "--config", "config_path", required=True, type=FILE, metavar="FILE", help="The desk's TOML file."
)
PASSPHRASES = click.option(
    "--passphrases-from", type=FILE, metavar="FILE", help="Take passphrases from lines LABEL=passphrase."
)


@contextmanager
def plain_words() -> Iterator[None]:
    """Our errors become messages and exit code 1; anything else is a mistake of ours and shows as one."""
    try:
        yield
    except TriageError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'input or output'}: {error.strerror}") from None


@contextmanager
def opened_desk(config_path: Path) -> Iterator[Desk]:
    """The desk of the settings, beside one that may be running."""
    with plain_words():
        desk = open_desk(load(config_path), exclusive=False)
        try:
            yield desk
        finally:
            desk.close()


def read_passphrases(path: Path | None) -> dict[str, str]:
    """Passphrases by label."""
    try:
        lines = [] if path is None else path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} is not a text in UTF-8") from None
    if not all("=" in line for line in lines):
        raise click.ClickException("the passphrases file has lines of the form LABEL=passphrase")
    return {label: phrase for label, _, phrase in (line.partition("=") for line in lines)}
