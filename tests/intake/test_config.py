"""Settings are refused by name, and secrets are not shown."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from intake.config import Budgets, ConfigError, IntakeConfig, load

SECRET = b"\x07" * 32
KEYS = [
    "board",
    "fingerprint",
    "drop",
    "secret_file",
    "languages",
    "bind",
    "threads",
    "budgets",
    "report",
    "x",
]


def write(folder: Path, text: str = "", secret: bytes | None = SECRET) -> Path:
    if secret is not None:
        (folder / "intake.secret").write_bytes(secret)
    path = folder / "intake.toml"
    base = 'board = "board.json"\nfingerprint = "ABC"\ndrop = "drop.db"\nsecret_file = "intake.secret"\n'
    path.write_text(base + text, "utf-8")
    return path


def refusal(path: Path, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {})
    return str(caught.value)


def test_a_short_file_is_enough(tmp_path: Path) -> None:
    config = load(write(tmp_path), {})
    assert config == IntakeConfig(tmp_path / "board.json", "ABC", str(tmp_path / "drop.db"), SECRET)
    assert config.languages == ("es", "en")
    assert config.secrets == (SECRET,)


def test_every_setting_is_read(tmp_path: Path) -> None:
    (tmp_path / "old.secret").write_bytes(b"o" * 40)
    text = """
        previous_secret_file = "old.secret"
        languages = ["en"]
        max_file_bytes = 2048
        bind = "unix:/run/resguardo/intake.sock"
        threads = 4
        derivations = 3
        uploads = 2
        hsts = true
        production = true
        onion_location = "http://abc.onion"
        disk_refuse_percent = 70
        ballast_bytes = 0
        limits_storage = "redis://127.0.0.1:6379"
        [budgets]
        report = 60
    """
    config = load(write(tmp_path, text), {})
    assert config.secrets == (SECRET, b"o" * 40)
    assert (config.threads, config.derivations, config.uploads, config.ballast_bytes) == (4, 3, 2, 0)
    assert (config.hsts, config.production, config.disk_refuse_percent) == (True, True, 70)
    assert config.budgets == Budgets(report=60)
    assert config.bind == "unix:/run/resguardo/intake.sock"
    assert config.limits_storage == "redis://127.0.0.1:6379"
    assert config.onion_location == "http://abc.onion"


def test_the_environment_takes_precedence(tmp_path: Path) -> None:
    environ = {
        "RESGUARDO_INTAKE_BIND": "127.0.0.1:9",
        "RESGUARDO_INTAKE_THREADS": "8",
        "RESGUARDO_INTAKE_HSTS": "true",
        "RESGUARDO_INTAKE_LANGUAGES": "en, es",
        "RESGUARDO_INTAKE_DROP": "postgresql+psycopg://host/drop",
        "PATH": "/bin",
    }
    config = load(write(tmp_path, "threads = 2\n"), environ)
    assert (config.bind, config.threads, config.hsts) == ("127.0.0.1:9", 8, True)
    assert config.languages == ("en", "es")
    assert config.drop == "postgresql+psycopg://host/drop"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 1", "'colour'"),
        ("[budgets]\npages = 1", "'budgets.pages'"),
        ("threads = 1", "threads"),
        ('threads = "many"', "threads"),
        ("threads = true", "threads"),
        ("hsts = 1", "hsts"),
        ("languages = []", "languages"),
        ("languages = [1]", "languages"),
        ('languages = ["es", "es"]', "languages"),
        ('bind = "8080"', "bind"),
        ('bind = "127.0.0.1:99999"', "bind"),
        ('bind = "unix:relative.sock"', "bind"),
        ("budgets = 3", "budgets"),
        ("[budgets]\nreport = 0", "budgets.report"),
        ('onion_location = "abc.onion"', "onion_location"),
        ("disk_refuse_percent = 101", "disk_refuse_percent"),
        ("workers = 2", "workers"),
        ('previous_secret_file = "none"', "previous_secret_file"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    assert named in refusal(write(tmp_path, text))


def test_several_workers_need_shared_counters(tmp_path: Path) -> None:
    path = write(tmp_path, "workers = 2")
    drop = {"RESGUARDO_INTAKE_DROP": "postgresql+psycopg://host/drop"}
    assert "limits_storage" in refusal(path, drop)
    shared = drop | {"RESGUARDO_INTAKE_LIMITS_STORAGE": "redis://127.0.0.1:6379"}
    assert load(path, shared).workers == 2


@pytest.mark.parametrize(
    "name", ["RESGUARDO_INTAKE_COLOUR", "RESGUARDO_INTAKE_SECRET", "RESGUARDO_INTAKE_BUDGETS"]
)
def test_an_unknown_variable_is_named(tmp_path: Path, name: str) -> None:
    assert name.removeprefix("RESGUARDO_INTAKE_").lower() in refusal(write(tmp_path), {name: "1"}).lower()


def test_a_missing_or_short_secret_is_refused_and_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    for secret in (None, b"short"):
        text = refusal(write(tmp_path, secret=secret))
        assert "secret_file" in text
        assert "/dev/urandom" in text
    bare = tmp_path / "bare.toml"
    bare.write_text('board = "b"\nfingerprint = "f"\ndrop = "d"\n')
    assert "/dev/urandom" in refusal(bare)


@pytest.mark.parametrize("missing", ["board", "fingerprint", "drop"])
def test_a_missing_setting_is_named(tmp_path: Path, missing: str) -> None:
    path = write(tmp_path)
    lines = [line for line in path.read_text().splitlines() if not line.startswith(missing)]
    path.write_text("\n".join(lines))
    assert missing in refusal(path)


def test_a_file_that_is_no_toml_or_not_there_is_refused(tmp_path: Path) -> None:
    assert "TOML" in refusal(write(tmp_path, "threads ="))
    assert "cannot be read" in refusal(tmp_path / "none.toml")


def test_secrets_are_not_shown_and_settings_do_not_change(tmp_path: Path) -> None:
    config = load(write(tmp_path, secret=b"canary secret, thirty-two bytes!"), {})
    assert "canary" not in repr(config)
    with pytest.raises(FrozenInstanceError):
        config.threads = 3  # type: ignore[misc]  # that is the point


def toml(value: object) -> str:
    """A value as TOML; JSON is close enough for those that the fuzzer makes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return json.dumps(value)


VALUES = st.recursive(
    st.integers() | st.booleans() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
@example({"secret_file": "a\0b"})
def test_any_values_are_settings_or_our_error(tmp_path: Path, values: dict[str, object]) -> None:
    path = write(tmp_path)
    lines = [line for line in path.read_text().splitlines() if line.partition(" ")[0] not in values]
    path.write_text("\n".join([*lines, *(f"{key} = {toml(value)}" for key, value in values.items())]))
    with suppress(ConfigError):
        assert load(path, {}).threads >= 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.sampled_from([b"x = " + b"[" * 50_000, b"\xef\xbb\xbfx = 1"]))
def test_no_bytes_are_settings_or_anything_but_our_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "intake.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError):
        load(path, {})
