"""What a suite needs beyond Python, found or said by name; RESGUARDO_REQUIRE_ALL=1 makes a skip a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytest_plugins = ["tests.servers"]

NODE_MODULES = Path(__file__).parent / "node" / "node_modules"
POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)

HOW_TO_GET = {
    "node": "install Node.js 20 or later, then run 'make node'",
    "chromium": "install the Debian package 'chromium'",
    "postgresql": "install the Debian package 'postgresql'",
    "redis": "install the Debian package 'redis-server'",
    "strace": "install the Debian package 'strace'",
    "age": "install the Debian package 'age'",
    "small-disk": "run as root or allow user namespaces, so that 'unshare --mount' works",
    "msgfmt": "install the Debian package 'gettext'",
}


def available(name: str) -> bool:
    if name == "node":
        return shutil.which("node") is not None and NODE_MODULES.is_dir()
    if name == "postgresql":
        return bool(POSTGRESQL)
    if name == "redis":
        return shutil.which("redis-server") is not None
    if name == "small-disk":
        command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        return shutil.which("unshare") is not None and subprocess.run(command, check=False).returncode == 0
    return shutil.which(name) is not None


def need(name: str) -> None:
    """Skip the test by name where ``name`` is missing; fail it where everything is required."""
    if available(name):
        return
    message = f"{name} is missing: {HOW_TO_GET[name]}"
    if os.environ.get("RESGUARDO_REQUIRE_ALL") == "1":
        pytest.fail(message)
    pytest.skip(message)
