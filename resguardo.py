"""The console command. A group is imported only when it is called: the intake never loads the desk."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TypeAlias

import click

#: command -> module, its attribute, and what the help says without importing it
Table: TypeAlias = Mapping[str, tuple[str, str, str]]

GROUPS: Table = {
    "age": ("crypto.age_cli", "age", "Seal and open age files."),
    "board": ("crypto.board_cli", "board", "Make, show and check a board: its members, keys and manifest."),
    "intake": ("intake.cli", "intake", "Run the public intake."),
    "drop": ("resguardo", "drop", "Look after the drop: vacuum, collect, export, prune."),
    "desk": ("reviewer_ui.cli", "desk", "Run the desk and look after its people."),
    "audit": ("triage.audit_cli", "audit", "Check the audit chain."),
    "demo": ("reviewer_ui.demo.command", "demo", "Try everything on this machine."),
}

#: the drop's commands belong to two hosts: collecting is the desk's
DROP: Table = {
    "show": ("intake.drop_cli", "show", "Count what waits, by day."),
    "create": ("intake.drop_cli", "create", "Make the tables of a PostgreSQL drop."),
    "vacuum": ("intake.drop_cli", "vacuum", "Rewrite the file so that no order can be read from it."),
    "collect": ("triage.desk_cli", "collect", "Fetch what came in, on the desk's host."),
    "export": ("intake.drop_cli", "export", "Write a bundle to carry by hand."),
    "prune": ("intake.drop_cli", "prune", "Delete what a desk has imported."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    table: Table = GROUPS

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        module, attribute, _ = self.table[cmd_name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - a broken table is our own mistake
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in self.table.items()])


class DropGroup(LazyGroup):
    """The drop's commands."""

    table = DROP


@click.command(cls=DropGroup, name="drop")
def drop() -> None:
    """Look after the drop: the sealed reports between intake and desk."""


@click.command(cls=LazyGroup, name="resguardo")
@click.version_option(package_name="resguardo")
def main() -> None:
    """Sealed, anonymous reports for an independent oversight board."""


if __name__ == "__main__":
    main()
