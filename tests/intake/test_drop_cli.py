"""`resguardo drop` from show to prune."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from intake.bundle import ImportedList, imported_list
from intake.drop import open_drop
from resguardo import drop as command
from tests.crypto.boards import make_board
from tests.intake.samples import drop_message, sealed_report
from tests.servers import PostgreSQL


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A drop with one report and one message."""
    path = str(tmp_path / "drop.sqlite")
    opened = open_drop(path)
    opened.file_report(sealed_report())
    opened.add_message(drop_message())
    opened.close()
    return path


def ids(url: str) -> ImportedList:
    opened = open_drop(url)
    found = ImportedList(tuple(opened.report_ids()), tuple(opened.message_ids()))
    opened.close()
    return found


def test_show_tells_counts_and_days(url: str) -> None:
    result = run("show", "--drop", url)
    assert result.exit_code == 0, result.output
    assert result.output == "reports waiting: 1\noldest day: 2026-11-21\n"


def test_the_drop_is_named_by_the_configuration_too(url: str, tmp_path: Path) -> None:
    (tmp_path / "intake.secret").write_bytes(b"s" * 32)
    (tmp_path / "board.json").write_text("{}")
    (tmp_path / "intake.toml").write_text(
        f'board = "board.json"\nfingerprint = "x"\ndrop = "{url}"\nsecret_file = "intake.secret"\n'
    )
    (tmp_path / "intake.secret").chmod(0o600)
    result = run("show", "--config", tmp_path / "intake.toml")
    assert result.output.startswith("reports waiting: 1\n"), result.output


def test_a_drop_must_be_named_once(url: str, tmp_path: Path) -> None:
    (tmp_path / "intake.toml").write_text("")
    for arguments in ((), ("--drop", url, "--config", str(tmp_path / "intake.toml"))):
        result = run("show", *arguments)
        assert result.exit_code == 2
        assert "one of them" in result.output


def test_a_mistyped_path_makes_no_drop(tmp_path: Path) -> None:
    for name in ("show", "vacuum"):
        result = run(name, "--drop", tmp_path / "typo")
        assert result.exit_code == 1
        assert "no such file" in result.output
    assert list(tmp_path.iterdir()) == []


def test_create_makes_an_empty_drop_and_keeps_a_full_one(tmp_path: Path, url: str) -> None:
    assert run("create", "--drop", tmp_path / "new").exit_code == 0
    assert run("show", "--drop", tmp_path / "new").output == "reports waiting: 0\n"
    assert run("create", "--drop", url).exit_code == 0
    assert run("show", "--drop", url).output.startswith("reports waiting: 1\n")


def test_create_makes_the_tables_and_roles_of_postgresql(postgresql: PostgreSQL) -> None:
    database = postgresql.url(postgresql.new_database())
    for _ in range(2):
        assert run("create", "--drop", database).output == "the drop is ready\n"
    assert run("show", "--drop", database).output == "reports waiting: 0\n"


def test_vacuum_says_what_it_did(url: str) -> None:
    assert run("vacuum", "--drop", url).output == "the drop is rewritten\n"


@pytest.mark.parametrize("out", ["", "by-hand.bundle"])
def test_export_and_prune_carry_a_drop_across_an_air_gap(url: str, tmp_path: Path, out: str) -> None:
    board = make_board(3, 2)
    stick = tmp_path / "stick"
    stick.mkdir()
    result = run("export", "--drop", url, stick / out)
    assert result.output == f"{stick / (out or 'drop.bundle')}: 1 reports, 1 messages\n"
    (stick / "board.json").write_bytes(board.signed.to_bytes())
    (stick / "imported").write_bytes(imported_list(ids(url), board.desk_seed))
    result = run("prune", "--drop", url, "--board", stick / "board.json", stick / "imported")
    assert result.output == "deleted: 1 reports, 1 messages\n"
    assert ids(url) == ImportedList((), ())


def test_prune_refuses_a_list_or_a_board_that_was_altered(url: str, tmp_path: Path) -> None:
    board = make_board(3, 2)
    (tmp_path / "board.json").write_bytes(board.signed.to_bytes())
    (tmp_path / "forged.json").write_bytes(board.signed.to_bytes().replace(b"vocal-1", b"vocal-9"))
    (tmp_path / "list").write_bytes(imported_list(ids(url), b"another desk's key of 32 bytes!!"))
    for name in ("board.json", "forged.json"):
        result = run("prune", "--drop", url, "--board", tmp_path / name, tmp_path / "list")
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
    assert ids(url).report_ids != ()


def test_export_that_cannot_be_written_says_so(url: str, tmp_path: Path) -> None:
    result = run("export", "--drop", url, tmp_path / "no folder" / "bundle")
    assert result.exit_code == 1
    assert "could not be written" in result.output
