"""The intake's settings: one frozen value, made once from a TOML file and the environment.

Secrets come from files only: an environment can be read from outside the process, a file has an owner.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import cast

ENVIRONMENT_PREFIX = "RESGUARDO_INTAKE_"
MIN_SECRET_SIZE = 32
# What a form without a file may weigh: 100,000 characters of a story, percent-encoded, and the other fields.
MAX_FORM_BYTES = 2 * 1024 * 1024

_HOW_TO_MAKE_ONE = "make one with: head -c 32 /dev/urandom > intake.secret && chmod 600 intake.secret"


class ConfigError(ValueError):
    """A setting is missing, unknown or out of range; the message names it."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """Requests a minute, of everybody together (T8). What is over one waits; see `intake.limits`."""

    report: int = 3000
    open: int = 3000
    message: int = 1200
    upload: int = 240


@dataclass(frozen=True, slots=True)
class IntakeConfig:
    """Settings of one intake host. Sizes in bytes."""

    board_path: Path
    fingerprint: str
    drop: str
    secret: bytes = field(repr=False)
    previous_secret: bytes | None = field(default=None, repr=False)
    languages: tuple[str, ...] = ("es", "en")
    max_file_bytes: int = 10 * 1024 * 1024
    bind: str = "127.0.0.1:8080"
    threads: int = 16
    workers: int = 1
    derivations: int = 2
    uploads: int = 8
    limits_storage: str = "memory://"
    budgets: Budgets = Budgets()
    hsts: bool = False
    onion_location: str | None = None
    production: bool = False
    disk_refuse_percent: int = 85
    ballast_bytes: int = 64 * 1024 * 1024

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The keys that a form token may have been made with, the current one first."""
        return (self.secret,) if self.previous_secret is None else (self.secret, self.previous_secret)

    @property
    def max_body_bytes(self) -> int:
        """The longest body that is read at all: a file twice too large is still refused in plain words."""
        return 2 * self.max_file_bytes + MAX_FORM_BYTES


# Setting -> (lowest, highest); everything else is a text, a list, a flag or a path.
_NUMBERS = {
    "max_file_bytes": (1024, 1024**3),
    "threads": (2, 256),
    "workers": (1, 64),
    "derivations": (1, 64),
    "uploads": (1, 128),
    "disk_refuse_percent": (1, 100),
    "ballast_bytes": (0, 1024**4),
}
_FLAGS = ("hsts", "production")
_TEXTS = ("fingerprint", "drop", "bind", "limits_storage", "onion_location")
_FILES = ("board", "secret_file", "previous_secret_file")
_BUDGETS = tuple(f.name for f in fields(Budgets))
_MAX_BUDGET = 1_000_000
_KEYS = frozenset({*_NUMBERS, *_FLAGS, *_TEXTS, *_FILES, "languages", "budgets"})


def load(path: Path, environ: Mapping[str, str]) -> IntakeConfig:
    """Read `path`, let RESGUARDO_INTAKE_<KEY> take precedence, refuse what is unknown. Raises ConfigError."""
    try:
        table: dict[str, object] = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    table = table | _from_environment(environ)
    for key in table:
        if key not in _KEYS:
            raise ConfigError(f"unknown setting '{key}'; known are: {', '.join(sorted(_KEYS))}")
    return _checked(_build(table, path.parent))


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, text in environ.items():
        if not name.startswith(ENVIRONMENT_PREFIX):
            continue
        key = name.removeprefix(ENVIRONMENT_PREFIX).lower()
        if key in _NUMBERS:
            found[key] = int(text) if text.isascii() and text.isdigit() else text
        elif key in _FLAGS:
            found[key] = {"true": True, "false": False}.get(text.lower(), text)
        elif key == "languages":
            found[key] = [code.strip() for code in text.split(",")]
        elif key == "budgets":
            raise ConfigError(f"{name}: budgets are set in the file, as the table [budgets]")
        else:
            found[key] = text
    return found


def _checked(config: IntakeConfig) -> IntakeConfig:
    if config.workers > 1 and not config.drop.startswith("postgresql"):
        raise ConfigError("workers: a drop in SQLite has one writer; more than one worker needs PostgreSQL")
    if config.workers > 1 and config.limits_storage.startswith("memory:"):
        raise ConfigError(
            "limits_storage: more than one worker must share counters, as in redis://127.0.0.1:6379"
        )
    return config


def _build(table: Mapping[str, object], folder: Path) -> IntakeConfig:
    numbers = {key: _number(key, table[key], *_NUMBERS[key]) for key in _NUMBERS if key in table}
    flags = {key: _flag(key, table[key]) for key in _FLAGS if key in table}
    defaults = IntakeConfig(Path(), "", "", b"")
    onion = _text("onion_location", table["onion_location"]) if "onion_location" in table else None
    if onion is not None and not onion.startswith("http"):
        raise ConfigError("onion_location: give the whole address, with http:// or https://")
    secret_file = _file(table, "secret_file", folder)
    if secret_file is None:
        raise ConfigError(f"secret_file is missing: form tokens need a key; {_HOW_TO_MAKE_ONE}")
    board = _file(table, "board", folder)
    if board is None:
        raise ConfigError("board is missing: give the path of the board's manifest, board.json")
    previous = _file(table, "previous_secret_file", folder)
    return IntakeConfig(
        board_path=board,
        fingerprint=_required(table, "fingerprint"),
        drop=_drop(_required(table, "drop"), folder),
        secret=_secret("secret_file", secret_file),
        previous_secret=None if previous is None else _secret("previous_secret_file", previous),
        languages=_languages(table["languages"]) if "languages" in table else defaults.languages,
        bind=_bind(_text("bind", table.get("bind", defaults.bind))),
        limits_storage=_text("limits_storage", table.get("limits_storage", defaults.limits_storage)),
        budgets=_budgets(table.get("budgets", {})),
        onion_location=onion,
        hsts=flags.get("hsts", defaults.hsts),
        production=flags.get("production", defaults.production),
        max_file_bytes=numbers.get("max_file_bytes", defaults.max_file_bytes),
        threads=numbers.get("threads", defaults.threads),
        workers=numbers.get("workers", defaults.workers),
        derivations=numbers.get("derivations", defaults.derivations),
        uploads=numbers.get("uploads", defaults.uploads),
        disk_refuse_percent=numbers.get("disk_refuse_percent", defaults.disk_refuse_percent),
        ballast_bytes=numbers.get("ballast_bytes", defaults.ballast_bytes),
    )


def _required(table: Mapping[str, object], key: str) -> str:
    if key not in table:
        raise ConfigError(f"{key} is missing")
    return _text(key, table[key])


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ConfigError(f"{key}: a text is expected")
    return value.strip()


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{key}: true or false is expected")
    return value


def _number(key: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(f"{key}: a whole number from {low} to {high} is expected")
    return value


def _languages(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ConfigError('languages: a list such as ["es", "en"] is expected')
    codes = tuple(_text("languages", code) for code in cast("list[object]", value))
    if len(set(codes)) != len(codes):
        raise ConfigError("languages: one stands there twice")
    return codes


def _budgets(value: object) -> Budgets:
    if not isinstance(value, dict):
        raise ConfigError("budgets: a table is expected")
    table = cast("dict[str, object]", value)
    for key in table:
        if key not in _BUDGETS:
            raise ConfigError(f"unknown setting 'budgets.{key}'; known are: {', '.join(_BUDGETS)}")
    return Budgets(**{key: _number(f"budgets.{key}", found, 1, _MAX_BUDGET) for key, found in table.items()})


def _bind(text: str) -> str:
    if text.startswith("unix:"):
        if not Path(text.removeprefix("unix:")).is_absolute():
            raise ConfigError(
                "bind: the path of a unix socket is absolute, as in unix:/run/resguardo/intake.sock"
            )
        return text
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 0xFFFF:
        raise ConfigError("bind: ADDRESS:PORT or unix:/PATH is expected")
    return text


def _drop(text: str, folder: Path) -> str:
    # A path is taken from the file's own folder, so that the service may start anywhere.
    return text if "://" in text else str(folder / text)


def _file(table: Mapping[str, object], key: str, folder: Path) -> Path | None:
    return folder / _text(key, table[key]) if key in table else None


def _secret(key: str, path: Path) -> bytes:
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{key}: {path} cannot be read: {error.strerror}; {_HOW_TO_MAKE_ONE}") from None
    if len(secret) < MIN_SECRET_SIZE:
        raise ConfigError(f"{key}: {path} holds fewer than {MIN_SECRET_SIZE} bytes; {_HOW_TO_MAKE_ONE}")
    return secret
