"""`python -m bench` prints every figure and rewrites the README's table; `python -m bench NAME` prints one.

Each figure runs in a process of its own, so that none finds the memory or the imports of another.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FIGURES = ("submit_text", "status_check", "startup", "memory", "page_weights", "sealing", "age_stream")
README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
HEAD = "| figure | measured | limit | ratio to |\n|---|---|---|---|\n"
_FLOORS = {"floor": "[floor](bench/floor.py): the same seals and commits, no more"}
# What bench.measure.report prints.
_LINE = re.compile(
    r"(?P<name>.+?): (?P<value>[0-9.]+)(?: \[(?P<note>.+)\])? "
    r"\((?P<bound>at most|at least) (?P<limit>[0-9.]+)\) (?P<verdict>ok|MISSED)"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One measured figure."""

    name: str
    measured: str
    limit: str
    floor: str

    def __str__(self) -> str:
        return f"| {self.name} | {self.measured} | {self.limit} | {self.floor} |\n"


def parse(text: str) -> Line | None:
    """A line that a figure printed; None for any other line."""
    found = _LINE.fullmatch(text)
    if found is None:
        return None
    name, _, floor = found["name"].partition(" / ")
    measured = found["value"] + (f" ({found['note']})" if found["note"] else "")
    if found["verdict"] != "ok":
        measured += ", **missed**"
    return Line(name, measured, f"{found['bound']} {found['limit']}", _FLOORS.get(floor, floor) or "-")


def run(figure: str) -> tuple[list[Line], bool]:
    """The lines of one figure, printed as they come, and whether all its limits hold."""
    lines = []
    child = subprocess.Popen([sys.executable, "-m", f"bench.{figure}"], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for text in child.stdout:
        print(text, end="", flush=True)
        line = parse(text.rstrip("\n"))
        if line is not None:
            lines.append(line)
    return lines, child.wait() == 0


def write_table(lines: list[Line]) -> None:
    """Put the lines between the two marks of the README."""
    text = README.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin and end, "the README has lost its marks"
    table = HEAD + "".join(map(str, lines))
    README.write_text(f"{before}{BEGIN}{table}{END}{after}", encoding="utf-8")


def main() -> None:
    """Exit status 1 if a limit is missed."""
    names = sys.argv[1:] or FIGURES
    if unknown := set(names) - set(FIGURES):
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; known are: {', '.join(FIGURES)}")
    done = [run(name) for name in names]
    if names == FIGURES:
        write_table([line for lines, _ in done for line in lines])
    sys.exit(not all(holds for _, holds in done))


if __name__ == "__main__":
    main()
