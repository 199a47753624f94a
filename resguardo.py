"""The console command. A group is imported only when it is called: the intake never loads the desk."""

from __future__ import annotations

from importlib import import_module

import click

GROUPS = {
    "age": ("crypto.age_cli", "age", "Seal and open age files."),
    "board": ("crypto.board_cli", "board", "Make, show and check a board: its members, keys and manifest."),
    "intake": ("intake.cli", "intake", "Run the public intake."),
    "drop": ("intake.drop_cli", "drop", "Look after the drop: vacuum, export, prune."),
    "desk": ("reviewer_ui.cli", "desk", "Run the desk and look after its people."),
    "audit": ("triage.audit_cli", "audit", "Check the audit chain."),
    "demo": ("reviewer_ui.demo.command", "demo", "Try everything on this machine."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in GROUPS:
            return None
        module, attribute, _ = GROUPS[cmd_name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - a broken table is our own mistake
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in GROUPS.items()])


@click.command(cls=LazyGroup, name="resguardo")
@click.version_option(package_name="resguardo")
def main() -> None:
    """Sealed, anonymous reports for an independent oversight board."""


if __name__ == "__main__":
    main()
