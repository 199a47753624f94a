"""Grants: kept as long as they may open something, given to nobody but whom the manifest names (T3, T12)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select, update

from crypto.errors import AgeError
from crypto.hybrid import HybridIdentity
from crypto.opening import open_grant
from tests.triage.world import World, open_waiting
from triage import tables
from triage.collect import collect
from triage.register import reading, writing


def grants(world: World) -> int:
    with reading(world.desk.register) as connection:
        return connection.execute(select(func.count()).select_from(tables.case_grant)).scalar_one()


def test_a_register_older_than_its_keys_costs_no_grant(world: World, tmp_path: Path) -> None:
    """Somebody restores the wrong backup, people log in, then the right one comes back."""
    register = tmp_path / "register.db"
    world.desk.close()
    before = register.read_bytes()
    world.restart()
    world.file()
    open_waiting(world)
    assert len(world.login("enlace-1").cases) == 1
    world.desk.close()
    after = register.read_bytes()
    register.write_bytes(before)
    world.restart()
    assert world.login("enlace-1").cases == {}
    world.desk.close()
    register.write_bytes(after)
    world.restart()
    assert len(world.login("enlace-1").cases) == 1


def test_a_damaged_case_row_costs_no_grant(world: World) -> None:
    world.file()
    open_waiting(world)
    rows = tables.case_file
    with writing(world.desk.register) as connection:
        whole = connection.execute(select(rows.c.sealed)).scalar_one()
        connection.execute(update(rows).values(sealed=b"damaged"))
    assert world.login("enlace-1").cases == {}
    assert grants(world) == 2
    with writing(world.desk.register) as connection:
        connection.execute(update(rows).values(sealed=whole))
    assert len(world.login("enlace-1").cases) == 1


def test_a_members_key_changed_in_the_register_gets_no_grant(world: World) -> None:
    """Whoever can write to the register must not become the reader of what a member is to read (T3)."""
    thief = HybridIdentity.generate()
    rows = tables.person
    world.file(members_only=True)
    collect(world.desk)
    for label in ("vocal-1", "vocal-2"):
        world.seat(label)
    with writing(world.desk.register) as connection:
        changed = update(rows).where(rows.c.label == "vocal-3").values(recipient=thief.recipient.to_bytes())
        connection.execute(changed)
    world.unlock("vocal-1", "vocal-2")
    with reading(world.desk.register) as connection:
        stored = [bytes(sealed) for sealed in connection.scalars(select(tables.case_grant.c.sealed))]
    assert len(stored) == 2
    assert not [sealed for sealed in stored if opens(sealed, thief)]


def test_a_damaged_row_of_one_person_stops_nothing_for_the_others(world: World) -> None:
    rows = tables.person
    with writing(world.desk.register) as connection:
        connection.execute(update(rows).where(rows.c.label == "enlace-1").values(recipient=b"\xff" * 1216))
    world.file()
    collect(world.desk)
    world.unlock("vocal-1", "vocal-2")
    assert len(world.login("enlace-2").cases) == 1
    with reading(world.desk.register) as connection:
        assert len(connection.scalars(select(tables.case_grant.c.sealed)).all()) == 1


def opens(sealed: bytes, identity: HybridIdentity) -> bool:
    try:
        open_grant(sealed, [identity])
    except AgeError:
        return False
    return True
