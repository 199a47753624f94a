"""Run the intake or the desk as the operator's command does, with a clock that a test can move.

The clock file holds an offset in seconds; nothing else differs from the operator's commands.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import intake.config
import intake.server
import intake.start


def clock_from(path: Path) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(path.read_text()))


def serve_desk(config: Path, clock_file: Path) -> None:
    # Imported here, so that the intake's process does not load the desk.
    import reviewer_ui.server
    import triage.config

    reviewer_ui.server.serve(triage.config.load(config), clock=partial(clock_from, clock_file))


def main() -> None:
    which, config, clock_file = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if which == "desk":
        serve_desk(config, clock_file)
    else:
        make_app = partial(intake.start.make_app, clock=partial(clock_from, clock_file))
        intake.server.serve(intake.config.load(config, {}), make_app)


if __name__ == "__main__":
    main()
