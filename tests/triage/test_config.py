"""Settings that are wrong are named at the start."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triage.config import DeskKind, load
from triage.errors import ConfigError

GOOD = 'register = "register.db"\nkeys = "keys.db"\nboard = "board.json"\nfingerprint = "ABC"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "desk.toml"
    path.write_text(text)
    return path


def test_paths_count_from_the_files_own_folder(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD + 'drop = "drop.db"\n'))
    assert config.register == str(tmp_path / "register.db")
    assert config.drop == str(tmp_path / "drop.db")
    assert config.board == tmp_path / "board.json"
    assert config.desk_key == tmp_path / "desk-key.age"


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    config = load(write(tmp_path, GOOD))
    assert (config.drop, config.bind, config.idle_minutes) == (None, "localhost:8081", 15)
    assert (config.round_hours, config.collect_minutes, config.kind) == ((8, 20), 15, DeskKind.BOARD)


def test_all_settings_are_read(tmp_path: Path) -> None:
    text = GOOD.replace('"register.db"', '"postgresql+psycopg://desk@db/register"')
    text += 'seat = "watchers"\nlanguage = "en"\nround_hours = [20, 8, 8]\nbind = "10.0.0.2:80"\n'
    text += 'idle_minutes = 5\ncollect_minutes = 1\ndesk_key = "other.age"\n'
    config = load(write(tmp_path, text))
    assert config.register == "postgresql+psycopg://desk@db/register"
    assert (config.kind, config.language, config.round_hours) == (DeskKind.WATCHERS, "en", (8, 20))
    assert (config.bind, config.idle_minutes, config.collect_minutes) == ("10.0.0.2:80", 5, 1)
    assert config.desk_key == tmp_path / "other.age"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (GOOD + "colour = 1\n", "colour"),
        (GOOD.replace("register =", "# "), "register"),
        (GOOD.replace("fingerprint =", "# "), "fingerprint"),
        (GOOD + "idle_minutes = 0\n", "idle_minutes"),
        (GOOD + "idle_minutes = true\n", "idle_minutes"),
        (GOOD + 'collect_minutes = "9"\n', "collect_minutes"),
        (GOOD + "round_hours = []\n", "round_hours"),
        (GOOD + "round_hours = [24]\n", "round_hours"),
        (GOOD + "round_hours = [true]\n", "round_hours"),
        (GOOD + 'bind = "localhost"\n', "bind"),
        (GOOD + 'bind = "localhost:99999"\n', "bind"),
        (GOOD + 'seat = "nobody"\n', "seat"),
        (GOOD + 'language = "xx"\n', "language"),
        (GOOD + "drop = 3\n", "drop"),
        ("=", "TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"desk\.toml"):
        load(tmp_path / "desk.toml")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["register", "drop", "bind", "idle_minutes", "round_hours", "seat", "language", "keys"]),
    st.integers() | st.booleans() | st.text(max_size=20) | st.lists(st.integers() | st.text(max_size=3)),
)
def test_any_value_is_a_setting_or_our_error(tmp_path: Path, key: str, value: object) -> None:
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{key} ")]
    path = write(tmp_path, "\n".join([*lines, f"{key} = {json.dumps(value)}"]))
    with suppress(ConfigError):
        assert load(path).fingerprint == "ABC"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.just(b"x = " + b"[" * 50_000))
def test_no_bytes_are_settings_or_anything_but_our_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "desk.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError):
        load(path)
