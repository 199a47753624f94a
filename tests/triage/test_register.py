"""The register on both engines: whole transactions, and no order of writing in its files (T5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from tests.servers import PostgreSQL
from tests.triage.world import World, make_world, open_waiting
from triage import cases, tables
from triage.case_page import read_case
from triage.errors import RegisterError
from triage.register import Register, get_milestone, open_register, reading, set_milestone, tidy, writing


@pytest.fixture(params=["sqlite", "postgresql"])
def register(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Register]:
    """A new register on either engine."""
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        made = open_register(server.url(server.new_database()), "")
    else:
        made = open_register(str(tmp_path / "register.db"), str(tmp_path / "keys.db"))
    yield made
    made.close()


def test_register_and_keys_change_together_or_not_at_all(register: Register) -> None:
    with pytest.raises(RuntimeError), writing(register) as connection:
        connection.execute(insert(tables.seen_report).values(id=bytes(16)))
        connection.execute(insert(tables.case_grant).values(id=bytes(16), holder=None, sealed=b"x"))
        raise RuntimeError
    with reading(register) as connection:
        assert connection.execute(select(tables.seen_report)).all() == []
        assert connection.execute(select(tables.case_grant)).all() == []


def test_a_refused_row_is_our_error_without_its_values(register: Register) -> None:
    with pytest.raises(RegisterError) as caught, writing(register) as connection:
        connection.execute(insert(tables.case_grant).values(id=b"short", holder=None, sealed=b"canary"))
    assert "canary" not in str(caught.value)


def test_milestones_keep_the_last_day(register: Register, world: World) -> None:
    day = world.clock.now.date()
    with writing(register) as connection:
        assert get_milestone(connection, "round") is None
        for _ in range(2):
            set_milestone(connection, "round", day)
        assert get_milestone(connection, "round") == day


def test_the_order_of_entries_is_not_in_the_file(world: World) -> None:
    world.file()
    open_waiting(world)
    seat = world.login("enlace-1")
    case_id = next(iter(seat.cases))
    version = read_case(world.desk, seat, case_id).version
    for number in range(40):
        version = cases.note(world.desk, seat, case_id, version, f"nota {number} " + "x" * 5000)
    tidy(world.desk.register)
    with reading(world.desk.register) as connection:
        rows = {bytes(row.id): bytes(row.sealed) for row in connection.execute(select(tables.entry))}
    data = (world.folder / "register.db").read_bytes()
    # The end of a large row stands in a page of its own, and such pages are taken in the order of writing.
    places = {entry_id: data.index(sealed[-100:]) for entry_id, sealed in rows.items() if len(sealed) > 5000}
    assert len(places) == 40
    assert sorted(places, key=lambda entry_id: places[entry_id]) == sorted(places)


def test_a_tidy_register_still_opens_and_verifies(world: World) -> None:
    world.file()
    open_waiting(world)
    tidy(world.desk.register)
    world.restart()
    assert len(world.login("enlace-1").cases) == 1


def test_a_whole_case_on_postgresql(postgresql: PostgreSQL, tmp_path: Path) -> None:
    url = postgresql.url(postgresql.new_database())
    world = make_world(tmp_path, register=url)
    filed = world.file("en postgresql")
    open_waiting(world)
    seat = world.login("enlace-1")
    case_id = next(iter(seat.cases))
    version = read_case(world.desk, seat, case_id).version
    cases.reply(world.desk, seat, case_id, version, "respuesta")
    world.restart()
    shown = read_case(world.desk, world.login("enlace-1"), case_id)
    assert [entry.text for entry in shown.timeline] == ["", "respuesta"]
    assert shown.report == filed.report
    world.desk.close()
