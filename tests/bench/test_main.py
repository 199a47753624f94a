"""What a figure prints is what the README's table says."""

from __future__ import annotations

import pytest

from bench.__main__ import FIGURES, parse
from bench.measure import percentile, report


def test_a_ratio_is_named_with_its_floor_and_note(capsys: pytest.CaptureFixture[str]) -> None:
    assert report("reports / bare app", 0.613, 0.5, note="60 of 98 a second")
    line = parse(capsys.readouterr().out.rstrip("\n"))
    assert str(line) == "| reports | 0.61 (60 of 98 a second) | at least 0.50 | bare app |\n"


def test_a_missed_limit_stands_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert not report("memory, MB", 131, 130, at_most=True)
    line = parse(capsys.readouterr().out.rstrip("\n"))
    assert str(line) == "| memory, MB | 131.00, **missed** | at most 130.00 | - |\n"


def test_other_lines_are_no_figures() -> None:
    assert parse("one report for three of five: 5.14 ms, 27258 bytes and a slot") is None


def test_every_figure_has_a_module_of_its_name() -> None:
    assert len({*FIGURES}) == len(FIGURES)
    for name in FIGURES:
        assert callable(__import__(f"bench.{name}", fromlist=["main"]).main)


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7.0], 0.99)) == (51.0, 100.0, 7.0)
