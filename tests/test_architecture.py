"""The fences of docs/architecture.md: who imports whom, and what the intake host can load and needs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("crypto", "intake", "triage", "reviewer_ui")
COMMANDS = re.compile(r"^(\w+\.\w+_cli|intake\.cli|reviewer_ui\.(cli|demo\.\w+))$")

#: package -> modules of ours it may import (a prefix), and those it may not although the prefix fits
ALLOWED = {
    "crypto": ("crypto",),
    "intake": ("intake", "crypto"),
    "triage": (
        "triage",
        "crypto",
        "intake.report",
        "intake.drop",
        "intake.waiting",
        "intake.bundle",
        "intake.database",
        "intake.schema",
        "intake.hardening",
    ),
    "reviewer_ui": ("reviewer_ui", "triage", "crypto.errors", "crypto.passphrase", "intake.quiet_server"),
}
FORBIDDEN = {"intake": ("crypto.opening", "crypto.identity_file")}

#: third-party package -> where it may be imported
HOMES = {
    "cryptography": r"crypto\.\w+",
    "flask": r"(intake|reviewer_ui)\..+",
    "flask_limiter": r"(intake\.limits|reviewer_ui\.\w+)",
    "sqlalchemy": r"(intake\.(database|drop|filing|tables|schema)|triage\.\w+)",
    "bleach": r"reviewer_ui\.rendering",
    "mnemonic": r"crypto\.passphrase",
    "gunicorn": r"intake\.quiet_server",
}

#: what can open a report, and so must never be loaded on the intake host (T1)
OPENERS = ("crypto.opening", "crypto.identity_file", "crypto.facts", "triage", "reviewer_ui")

SOFT_SIZES = {"file": 300, "test": 400, "function": 60}


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imports(path: Path) -> Iterator[str]:
    """Every imported module, lazy imports included; a relative import is refused."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            if node.module in PACKAGES:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=str)
def test_a_module_imports_only_what_the_table_allows(module: str, path: Path) -> None:
    package = module.split(".", maxsplit=1)[0]
    for name in imports(path):
        head = name.split(".", maxsplit=1)[0]
        if head in PACKAGES:
            assert within(name, ALLOWED[package]), f"{module} imports {name}"
            assert not within(name, FORBIDDEN.get(package, ())), f"{module} imports {name}"
            assert not COMMANDS.match(name) or COMMANDS.match(module), f"{module} imports the command {name}"
        if head in HOMES:
            assert re.fullmatch(HOMES[head], module), f"{head} has no home in {module}"


def test_crypto_touches_nothing_outside_but_in_its_commands() -> None:
    outside = {"os", "pathlib", "datetime", "time", "logging", "click", "flask", "sqlalchemy", "socket"}
    allowed = {"os": {"urandom"}, "datetime": {"date", "datetime", "timedelta", "UTC"}}
    for module, path in modules():
        if not module.startswith("crypto.") or COMMANDS.match(module):
            continue
        tree = ast.parse(path.read_text())
        for name in imports(path):
            head = name.split(".", maxsplit=1)[0]
            assert head not in outside - allowed.keys(), f"{module} imports {name}"
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
                assert node.attr in allowed["os"], f"{module} uses os.{node.attr}"
            if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}:
                pytest.fail(f"{module} reads the clock")


def test_packages_have_empty_fronts() -> None:
    for package in PACKAGES:
        for front in (ROOT / package).rglob("__init__.py"):
            body = ast.parse(front.read_text()).body
            assert len(body) == 1, f"{front} is more than a docstring"
            assert isinstance(body[0], ast.Expr), f"{front} is more than a docstring"


def test_nothing_catches_everything_and_nothing_is_left_to_do() -> None:
    for module, path in modules():
        source = path.read_text()
        assert not re.search(r"TODO|FIXME|# type: ignore(?!\[)", source), module
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ExceptHandler):
                caught = getattr(node.type, "id", "")
                assert node.type is not None, module
                assert caught not in {"Exception", "BaseException"}, module


def test_files_and_functions_keep_the_soft_sizes() -> None:
    long = []
    for module, path in modules():
        source = path.read_text()
        if source.count("\n") > SOFT_SIZES["file"] and "long because" not in source:
            long.append(f"{module}: {source.count(chr(10))} lines")
        for node in ast.walk(ast.parse(source)):
            if (
                isinstance(node, ast.FunctionDef)
                and (node.end_lineno or 0) - node.lineno > SOFT_SIZES["function"]
            ):
                long.append(f"{module}.{node.name}")
    for path in (ROOT / "tests").rglob("*.py"):
        if path.read_text().count("\n") > SOFT_SIZES["test"]:
            long.append(str(path.relative_to(ROOT)))
    assert long == []


def test_no_cycles_between_modules() -> None:
    known = {module for module, _ in modules()}
    graph: dict[str, set[str]] = {}
    for module, path in modules():
        tree = ast.parse(path.read_text())
        typed = {  # imports under TYPE_CHECKING bind nothing at run time
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        targets = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and id(node) not in typed and node.module:
                targets |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)} & known
            elif isinstance(node, ast.Import) and id(node) not in typed:
                targets |= {alias.name for alias in node.names} & known
        graph[module] = targets - set(PACKAGES) - {module}
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join((*above, module))
        if module not in done:
            for target in sorted(graph[module]):
                visit(target, (*above, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def loaded_by_the_intake() -> list[tuple[str, str]]:
    """(module, file) of ours after importing the intake's app in a fresh process."""
    script = (
        "import sys, intake.app, intake.server, intake.start\n"
        "for name, module in sorted(sys.modules.items()):\n"
        "    if name.split('.')[0] in ('crypto', 'intake', 'triage', 'reviewer_ui'):\n"
        "        print(name, module.__file__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [(line.split()[0], line.split()[1]) for line in done.stdout.splitlines()]


def test_the_intake_loads_nothing_that_opens_a_report() -> None:
    loaded = [name for name, _ in loaded_by_the_intake()]
    assert "intake.app" in loaded
    assert [name for name in loaded if within(name, OPENERS)] == []
