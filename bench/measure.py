"""Ratios from interleaved rounds: what slows the machine down meanwhile slows both sides."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def interleaved(rounds: int, **functions: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each function over `rounds`, called in turn, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for number in range(rounds + 1):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def report(name: str, ratio: float, limit: float, *, at_most: bool = False) -> bool:
    """Print one line, the measured figure beside the wanted one; return whether it holds."""
    holds = ratio <= limit if at_most else ratio >= limit
    bound = "at most" if at_most else "at least"
    print(f"{name}: {ratio:.2f} ({bound} {limit:.2f}) {'ok' if holds else 'MISSED'}")
    return holds
