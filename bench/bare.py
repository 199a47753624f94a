"""A bare app with the imports of the intake: what a start costs before anything of the intake happens.

python -m bench.bare PORT
"""

from __future__ import annotations

import sys

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # has no types

import intake.cli


class Bare(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One string under gunicorn's thread worker."""

    def load_config(self) -> None:
        """Called by gunicorn."""
        settings = {"bind": f"127.0.0.1:{sys.argv[1]}", "worker_class": "gthread", "threads": 16}
        for key, value in {**settings, "control_socket_disable": True}.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        """Called by gunicorn in the worker."""
        app = Flask("bare", static_folder=None, template_folder=None)
        app.add_url_rule("/es/open", view_func=lambda: "bare")
        return app


if __name__ == "__main__":
    assert intake.cli.intake.name == "intake", "it is imported for its imports"
    Bare().run()
