"""Ratios from interleaved rounds: what slows the machine down meanwhile slows both sides."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def interleaved(rounds: int, **functions: Callable[[], object]) -> dict[str, float]:
    """Median CPU seconds of each function over `rounds`, called in turn; the first round does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for number in range(rounds + 1):
        for name, function in functions.items():
            start = time.process_time()
            function()
            if number:
                seconds[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def report(name: str, ratio: float, limit: float, *, at_most: bool = False, note: str = "") -> bool:
    """Print one line, the measured figure beside the wanted one; return whether it holds.

    A name `WHAT / FLOOR` is a ratio to that floor; the note gives plain figures for people.
    """
    holds = ratio <= limit if at_most else ratio >= limit
    bound = "at most" if at_most else "at least"
    plain = f" [{note}]" if note else ""
    print(f"{name}: {ratio:.2f}{plain} ({bound} {limit:.2f}) {'ok' if holds else 'MISSED'}", flush=True)
    return holds
