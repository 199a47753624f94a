"""Looking at a report by its code, one client: the form for the code and the page under it."""

from __future__ import annotations

import sys

from bench.measure import percentile, report
from bench.servers import interleaved_load, median, ours_and_floor


def main() -> bool:
    """One figure."""
    with ours_and_floor() as servers:
        rounds = interleaved_load(servers, "status", 1)
    ours, floor = (median(percentile(one.walks.whole, 0.5) for one in side) for side in rounds)
    note = f"{ours * 1000:.1f} to {floor * 1000:.1f} ms"
    return report("p50 of a status check / floor", ours / floor, 2.5, at_most=True, note=note)


if __name__ == "__main__":
    sys.exit(not main())
