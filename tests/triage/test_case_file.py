"""A sealed case opens in its own place, under its own key and version, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from crypto.errors import SealedPartError
from crypto.facts import CaseKey
from crypto.strict_json import Fields, canonical, parse_object
from tests.triage.world import World, open_waiting
from triage import tables
from triage.case_file import (
    OpenCase,
    entry_id,
    load_case,
    new_version,
    open_case,
    read_entries,
    update_case,
)
from triage.entry import MAX_TEXT, Entry, EntryKind, StoredFile
from triage.errors import RegisterError, StaleCaseError
from triage.register import reading, writing

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
FILES = st.builds(
    StoredFile,
    name=TEXTS,
    media_type=TEXTS,
    size=st.integers(0, 2**53),
    sha256=st.binary(min_size=32, max_size=32),
    cleaned=st.booleans(),
    sound=st.booleans(),
)
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(9999, 1, 1)).map(  # noqa: DTZ001 - UTC is set next
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
ENTRIES = st.builds(
    Entry,
    kind=st.sampled_from(EntryKind),
    at=MOMENTS,
    by=st.none() | st.binary(min_size=16, max_size=16),
    text=TEXTS,
    before=TEXTS,
    after=TEXTS,
    file=st.none() | FILES,
    number=st.integers(1, 1000),
)


@given(ENTRIES)
def test_an_entry_comes_back_as_it_was(entry: Entry) -> None:
    assert Entry.from_json(Fields(parse_object(canonical(entry.to_json()))), entry.number) == entry


@given(st.dictionaries(st.sampled_from(["kind", "at", "by", "text", "file", "x"]), TEXTS | st.integers()))
def test_anything_else_is_refused_in_our_words(values: dict[str, str | int]) -> None:
    with pytest.raises(SealedPartError):
        Entry.from_json(Fields(values), 1)


def test_an_entry_beyond_the_limit_is_refused() -> None:
    entry = Entry(EntryKind.NOTE, datetime(2026, 11, 2, tzinfo=UTC), text="x" * (MAX_TEXT + 1))
    with pytest.raises(SealedPartError):
        Entry.from_json(Fields(entry.to_json()), 1)


@pytest.fixture
def case(world: World) -> OpenCase:
    """An open case, as its triager holds it."""
    world.file()
    open_waiting(world)
    return next(iter(world.login("enlace-1").cases.values()))


def sealed_row(world: World) -> bytes:
    with reading(world.desk.register) as connection:
        return bytes(connection.execute(select(tables.case_file.c.sealed)).scalar_one())


@pytest.mark.parametrize(
    "move",
    [
        lambda c: (CaseKey(os.urandom(32), 0), c.case_id, c.version),
        lambda c: (CaseKey(c.case_key.seed, 1), c.case_id, c.version),
        lambda c: (c.case_key, bytes(16), c.version),
        lambda c: (c.case_key, c.case_id, c.version + 1),
    ],
    ids=["key", "generation", "case", "version"],
)
def test_a_row_in_another_place_does_not_open(
    world: World, case: OpenCase, move: Callable[[OpenCase], tuple[CaseKey, bytes, int]]
) -> None:
    sealed = sealed_row(world)
    assert open_case(case.case_key, case.case_id, case.version, sealed) == case
    key, case_id, version = move(case)
    assert open_case(key, case_id, version, sealed) is None


def test_a_row_put_back_to_an_older_state_does_not_open(world: World, case: OpenCase) -> None:
    older = sealed_row(world)
    with writing(world.desk.register) as connection:
        update_case(connection, case, replace(case, record=replace(case.record, unread=False)))
        connection.execute(update(tables.case_file).values(sealed=older))
        assert load_case(connection, case.case_key, case.case_id) is None


def test_of_two_changes_from_one_version_the_second_is_stale(world: World, case: OpenCase) -> None:
    with writing(world.desk.register) as connection:
        update_case(connection, case, case)
    with pytest.raises(StaleCaseError), writing(world.desk.register) as connection:
        update_case(connection, case, case)


def test_a_damaged_entry_is_said_plainly(world: World, case: OpenCase) -> None:
    with writing(world.desk.register) as connection:
        connection.execute(update(tables.entry).values(sealed=b"damaged"))
        with pytest.raises(RegisterError, match="damaged"):
            read_entries(connection, case)


def test_entry_ids_are_another_set_for_every_generation() -> None:
    seed = os.urandom(32)
    ids = {entry_id(CaseKey(seed, 0), number) for number in range(50)}
    assert len(ids) == 50
    assert not ids & {entry_id(CaseKey(os.urandom(32), 1), number) for number in range(50)}


def test_a_new_version_is_never_the_old_one() -> None:
    assert all(new_version(version) != version for version in range(200))
