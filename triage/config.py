"""The desk's settings: one frozen value, made once from a TOML file; unknown keys are refused by name."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

from triage.errors import ConfigError


class DeskKind(StrEnum):
    """Whose desk it is: the board's members hold the shares, or its watchers do (protocol.md §3)."""

    BOARD = "board"
    WATCHERS = "watchers"


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """Settings of one desk. Without ``drop`` reports come by bundle only (air gap)."""

    register: str
    keys: str
    board: Path
    desk_key: Path
    fingerprint: str  # of the board: a manifest that is not pinned could be swapped
    drop: str | None = None
    bind: str = "localhost:8081"
    idle_minutes: int = 15
    collect_minutes: int = 15
    round_hours: tuple[int, ...] = (8, 20)  # UTC
    kind: DeskKind = DeskKind.BOARD
    language: str = "es"


_NUMBERS = {"idle_minutes": (1, 240), "collect_minutes": (1, 1440)}
_KEYS = frozenset(
    {
        *_NUMBERS,
        "register",
        "keys",
        "board",
        "desk_key",
        "drop",
        "fingerprint",
        "bind",
        "round_hours",
        "seat",
        "language",
    }
)


_DEFAULTS = DeskConfig("", "", Path(), Path(), "")


def load(path: Path) -> DeskConfig:
    """Read the TOML file at `path`; paths in it count from its folder. Raises ConfigError."""
    try:
        table: dict[str, object] = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None
    for key in table:
        if key not in _KEYS:
            raise ConfigError(f"unknown setting '{key}'; known are: {', '.join(sorted(_KEYS))}")
    return _build(table, path.parent)


def _build(table: Mapping[str, object], folder: Path) -> DeskConfig:
    board = folder / _text(table, "board")
    desk_key = folder / _text(table, "desk_key") if "desk_key" in table else board.parent / "desk-key.age"
    numbers = {key: _number(table, key) for key in _NUMBERS if key in table}
    return DeskConfig(
        register=_database(_text(table, "register"), folder),
        keys=_database(_text(table, "keys"), folder),
        board=board,
        desk_key=desk_key,
        drop=_database(_text(table, "drop"), folder) if "drop" in table else None,
        fingerprint=_text(table, "fingerprint"),
        bind=_bind(_text(table, "bind", _DEFAULTS.bind)),
        idle_minutes=numbers.get("idle_minutes", _DEFAULTS.idle_minutes),
        collect_minutes=numbers.get("collect_minutes", _DEFAULTS.collect_minutes),
        round_hours=_hours(table["round_hours"]) if "round_hours" in table else _DEFAULTS.round_hours,
        kind=DeskKind(_choice(table, "seat", [kind.value for kind in DeskKind], _DEFAULTS.kind)),
        language=_choice(table, "language", ["es", "en"], _DEFAULTS.language),
    )


def _text(table: Mapping[str, object], key: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if value is None:
        raise ConfigError(f"{key} is missing")
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ConfigError(f"{key}: a text is expected")
    return value.strip()


def _choice(table: Mapping[str, object], key: str, options: list[str], default: str) -> str:
    text = _text(table, key, default)
    if text not in options:
        raise ConfigError(f"{key}: expected is one of {', '.join(options)}")
    return text


def _number(table: Mapping[str, object], key: str) -> int:
    value, (low, high) = table[key], _NUMBERS[key]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(f"{key}: a whole number from {low} to {high} is expected")
    return value


def _hours(value: object) -> tuple[int, ...]:
    if isinstance(value, list) and value:
        hours = cast("list[object]", value)
        if all(isinstance(hour, int) and not isinstance(hour, bool) and 0 <= hour <= 23 for hour in hours):
            return tuple(sorted({cast("int", hour) for hour in hours}))
    raise ConfigError("round_hours: a list of hours from 0 to 23 (UTC) is expected")


def _bind(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 0xFFFF:
        raise ConfigError("bind: HOST:PORT is expected")
    return text


def _database(text: str, folder: Path) -> str:
    # A path is taken from the file's own folder, so that the service may start anywhere.
    return text if "://" in text else str(folder / text)
