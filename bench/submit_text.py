"""Text reports at 16 clients: accepted a second, the slowest, and the CPU of each, beside the floor."""

from __future__ import annotations

import sys

from bench.measure import percentile, report
from bench.servers import interleaved_load, median, ours_and_floor

CLIENTS = 16


def main() -> bool:
    """Four figures."""
    with ours_and_floor() as servers:
        ours, floor = interleaved_load(servers, "report", CLIENTS)
    rate, least = median(one.rate for one in ours), median(one.rate for one in floor)
    cpu, least_cpu = median(one.cpu for one in ours), median(one.cpu for one in floor)
    whole, least_whole = (median(percentile(one.walks.whole, 0.99) for one in side) for side in (ours, floor))
    last, least_last = (median(percentile(one.walks.last, 0.99) for one in side) for side in (ours, floor))
    return all(
        [
            report(
                f"accepted text reports, {CLIENTS} clients / floor",
                rate / least,
                0.5,
                note=f"{rate:.0f} of {least:.0f} a second",
            ),
            report(
                "p99 of a report's three requests / floor",
                whole / least_whole,
                2.0,
                at_most=True,
                note=f"{whole * 1000:.0f} to {least_whole * 1000:.0f} ms",
            ),
            report(
                "p99 of the request that files / floor",
                last / least_last,
                2.0,
                at_most=True,
                note=f"{last * 1000:.0f} to {least_last * 1000:.0f} ms",
            ),
            report(
                "server CPU a report / floor",
                cpu / least_cpu,
                2.0,
                at_most=True,
                note=f"{cpu * 1000:.1f} to {least_cpu * 1000:.1f} ms",
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(not main())
