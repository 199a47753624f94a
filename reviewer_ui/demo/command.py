"""`resguardo demo`: a training board on this machine, made of what an operator runs."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import click

from reviewer_ui.demo import first_day, founding
from reviewer_ui.demo.filing import Browser, Invented, invented
from reviewer_ui.demo.founding import COMMAND, DemoError, Place
from triage.errors import TriageError

STOP_SECONDS = 10
#: so many are opened before the visitor comes; the others wait for two members to unlock
OPENED = 9


@click.command()
@click.option("--intake-port", default=8080, show_default=True, help="Port of the form.")
@click.option("--desk-port", default=8081, show_default=True, help="Port of the desk.")
@click.option(
    "--dir",
    "folder",
    default=Path("demo-data"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the training board lives; a second start continues it.",
)
@click.option("--no-seed", is_flag=True, help="File no invented reports.")
def demo(intake_port: int, desk_port: int, folder: Path, no_seed: bool) -> None:
    """Try everything on this machine, with a training board and invented reports."""
    place = Place(folder.absolute(), intake_port, desk_port)
    try:
        with ExitStack() as servers:
            _run(place, servers, seed=not no_seed)
    except (DemoError, TriageError) as error:
        raise click.ClickException(str(error)) from None
    click.echo("stopped")


def _run(place: Place, servers: ExitStack, *, seed: bool) -> None:
    if founding.is_founded(place):
        founding.write_settings(place)
        click.echo(f"continuing the training board in {place.folder}")
    else:
        with click.progressbar(length=founding.steps(), label="making keys and people   ") as bar:
            founding.found(place, bar.update)
    with _stoppable():
        try:
            servers.enter_context(_serving(place, "intake"))
            waiting = _seed_first(place) if seed else []
            servers.enter_context(_serving(place, "desk"))
            if waiting:
                _file(place, waiting, "filing three that wait   ")
            _say(place, waiting=len(waiting))
            while True:
                signal.pause()
        except KeyboardInterrupt:
            click.echo()


def _seed_first(place: Place) -> Sequence[Invented]:
    """File and open the first reports; returns those that are to wait: none if an earlier start did this."""
    if place.path("seeded").exists():
        return []
    place.path("seeded").touch()
    reports = invented()
    _file(place, reports[:OPENED], "filing invented reports  ")
    with click.progressbar(length=first_day.steps(), label="opening and sorting some ") as bar:
        first_day.work(place, bar.update)
    return reports[OPENED:]


def _file(place: Place, reports: Sequence[Invented], label: str) -> None:
    browser = Browser(place)
    browser.warm_up(reports)
    with click.progressbar(reports, label=label) as bar:
        for report in bar:
            browser.file(report)


@contextmanager
def _serving(place: Place, which: str) -> Iterator[subprocess.Popen[str]]:
    """`resguardo intake serve` or `desk serve`, until the block ends; yields when it listens."""
    words = [*COMMAND, which, "serve", "--config", str(place.path(f"{which}.toml"))]
    # A group of its own: Ctrl-C at the terminal reaches the demo alone, which stops both in order.
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None  # noqa: S101 - asked for above
        if not any(line.startswith("listening") for line in process.stdout):
            raise DemoError(f"the {which} did not start; is its port taken?")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(place: Place, *, waiting: int) -> None:
    phrases = place.passphrases()
    click.echo(f"\nReport:  {place.intake_url}\nDesk:    {place.desk_url}\n")
    click.echo(
        "Training board: its passphrases stand in clear in its folder. Never file anything real here.\n"
    )
    roles = {
        **dict.fromkeys(founding.MEMBERS, "member"),
        **{k: ", ".join(v) for k, v in founding.STAFF.items()},
    }
    for label, role in roles.items():
        click.echo(f"  {label:<12} {role:<16} {phrases[label]}")
    click.echo()
    if waiting:
        then = "log in as vocal-1 and unlock, then as vocal-2; triaje-1 sees them then."
        click.echo(f"{waiting} reports wait: {then}")
    click.echo("Ctrl-C stops it; the next start continues.")
    sys.stdout.flush()
