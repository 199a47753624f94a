"""The console command: every group and command is there, is lazy, and says what it does."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from resguardo import main


def commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []

    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        if path:
            found.append(path)
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                walk(below, (*path, name))

    walk(main, ())
    return found


def test_the_commands_that_people_rely_on_are_there() -> None:
    expected = """
        age keygen, age encrypt, age decrypt, age inspect, board member, board init, board show, board verify,
        board sign, intake serve, intake check, drop vacuum, drop collect, drop export, drop prune,
        desk serve, desk person add, desk import, audit verify, demo
    """
    assert {tuple(words.split()) for words in expected.split(",")} <= set(commands())


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_each_command_explains_itself(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert len(result.output.splitlines()) > 3


@pytest.mark.parametrize("words", [[], ["drop"], ["intake"], ["drop", "show"]], ids=" ".join)
def test_help_on_the_intake_host_loads_nothing_that_opens(words: list[str]) -> None:
    script = (
        "import sys, resguardo\n"
        "try: resguardo.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print([n for n in sys.modules if n.split('.')[0] in ('triage', 'reviewer_ui')], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words, "--help"], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(main, ["nothing"]).exit_code == 2
    assert CliRunner().invoke(main, ["drop", "nothing"]).exit_code == 2
