"""The memory of the whole intake while 16 clients file reports."""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.measure import report
from bench.servers import Server, loaded, our_intake

CLIENTS = 16
SECONDS = 12.0
LIMIT_MB = 130


def main() -> bool:
    """One figure."""
    with tempfile.TemporaryDirectory(prefix="resguardo-bench-") as folder, our_intake(Path(folder)) as ours:
        with ThreadPoolExecutor(1) as pool:
            load = pool.submit(loaded, ours, "report", CLIENTS, SECONDS)
            peak = 0
            while not load.done():
                peak = max(peak, resident(ours))
                time.sleep(0.1)
        rate = load.result().rate
    note = f"at {rate:.0f} reports a second"
    return report("intake memory under load, MB", peak / 1e6, LIMIT_MB, at_most=True, note=note)


def resident(server: Server) -> int:
    """Bytes of all processes; a page that several share counts in equal parts for each."""
    return sum(memory_of(pid) for pid in server.processes())


def memory_of(pid: int) -> int:
    """The proportional size of a process, or its whole size where we may not look closer, which is more."""
    folder = Path(f"/proc/{pid}")
    try:
        text, name = (folder / "smaps_rollup").read_text(), "Pss:"
    except PermissionError:  # the intake forbids it to everyone but root
        text, name = (folder / "status").read_text(), "VmHWM:"
    sizes = {words[0]: int(words[1]) for words in map(str.split, text.splitlines()) if words[-1] == "kB"}
    return sizes[name] * 1024


if __name__ == "__main__":
    sys.exit(not main())
