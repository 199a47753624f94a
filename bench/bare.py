"""A bare app with the imports of the intake: what a start costs before it does anything of its own.

python -m bench.bare PORT < NAMES_OF_MODULES
"""

from __future__ import annotations

import importlib
import sys
from contextlib import suppress

MODULES = "import sys, intake.cli; print('\\n'.join(sys.modules))"
_OURS = frozenset({"__main__", "crypto", "intake"})


def not_ours(names: list[str]) -> list[str]:
    """The modules of other people in a list of loaded ones."""
    return [name for name in names if name.partition(".")[0] not in _OURS]


def main() -> None:
    """Import, then serve one string until stopped."""
    for name in sys.stdin.read().split():
        with suppress(ModuleNotFoundError):  # the few that exist only inside a compiled one
            importlib.import_module(name)
    serve(int(sys.argv[1]))


def serve(port: int) -> None:
    """One page under gunicorn's thread worker."""
    from flask import Flask  # noqa: PLC0415 - after the imports that are measured
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # noqa: PLC0415

    app = Flask("bare", static_folder=None, template_folder=None)
    app.add_url_rule("/es/open", view_func=lambda: "bare")

    class Bare(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            settings = {"bind": f"127.0.0.1:{port}", "worker_class": "gthread", "threads": 16}
            for key, value in {**settings, "control_socket_disable": True}.items():
                self.cfg.set(key, value)

        def load(self) -> Flask:
            return app

    Bare().run()


if __name__ == "__main__":
    main()
