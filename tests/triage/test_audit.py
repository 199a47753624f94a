"""The chain verifies without showing anyone a case, and every altered row is found (T3)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from tests.triage.world import World, make_board, open_waiting, passphrase
from triage import audit, tables
from triage.audit import AuditAction, discloses, verify
from triage.audit_entry import About, AuditEntry
from triage.audit_reading import entries
from triage.case_page import read_case
from triage.collect import collect
from triage.errors import BrokenAuditError, LoginError, NotGrantedError
from triage.register import reading, writing


def chain(world: World) -> list[AuditEntry]:
    with reading(world.desk.register) as connection:
        rows = connection.execute(select(tables.audit).order_by(tables.audit.c.number))
        return [AuditEntry.from_row(row) for row in rows]


def work(world: World) -> None:
    world.file()
    open_waiting(world)
    seat = world.login("enlace-1")
    read_case(world.desk, seat, next(iter(seat.cases)))


def test_a_chain_of_real_work_verifies(world: World) -> None:
    work(world)
    found = verify(world.desk.register, world.board)
    assert found.entries == len(chain(world)) > 10
    assert found.head == chain(world)[-1].hash


def test_an_empty_chain_verifies(world: World) -> None:
    with writing(world.desk.register) as connection:
        connection.execute(delete(tables.audit))
    assert verify(world.desk.register, world.board).entries == 0


@pytest.mark.parametrize("column", ["day", "person_id", "previous", "commitment", "sealed", "signature"])
def test_every_altered_entry_is_the_one_that_is_named(world: World, column: str) -> None:
    work(world)
    values: Mapping[str, object] = {
        "day": "2020-01-01",
        "person_id": world.people["vocal-3"].person_id,
        "previous": bytes(32),
        "commitment": bytes(32),
        "sealed": b"nothing",
        "signature": bytes(64),
    }
    rows = tables.audit
    # An entry of the locked desk has no signature to break; the schema refuses a person's without one.
    for entry in [each for each in chain(world) if column != "person_id" or each.signature]:
        row = {name: getattr(entry, name) for name in ("day", "person_id", "previous", "commitment")}
        row |= {"sealed": entry.sealed, "signature": entry.signature}
        with writing(world.desk.register) as connection:
            connection.execute(
                update(rows).where(rows.c.number == entry.number).values({column: values[column]})
            )
        with pytest.raises(BrokenAuditError) as caught:
            verify(world.desk.register, world.board)
        assert caught.value.number in (entry.number, entry.number + 1)
        with writing(world.desk.register) as connection:
            connection.execute(update(rows).where(rows.c.number == entry.number).values(row))
    verify(world.desk.register, world.board)


def test_a_deleted_entry_is_found(world: World) -> None:
    work(world)
    with writing(world.desk.register) as connection:
        connection.execute(delete(tables.audit).where(tables.audit.c.number == 4))
    with pytest.raises(BrokenAuditError) as caught:
        verify(world.desk.register, world.board)
    assert caught.value.number == 4


def swap(connection: Connection, first: AuditEntry, second: AuditEntry) -> None:
    rows = tables.audit
    connection.execute(delete(rows).where(rows.c.number.in_([first.number, second.number])))
    for entry, number in ((first, second.number), (second, first.number)):
        values = {column.name: getattr(entry, column.name) for column in rows.columns}
        connection.execute(insert(rows).values({**values, "number": number}))


def test_two_entries_in_the_other_order_are_found(world: World) -> None:
    work(world)
    third, fourth = chain(world)[2:4]
    with writing(world.desk.register) as connection:
        swap(connection, third, fourth)
    with pytest.raises(BrokenAuditError) as caught:
        verify(world.desk.register, world.board)
    assert caught.value.number == 3


def test_a_signature_cannot_be_taken_off_an_entry_of_the_desk(world: World) -> None:
    world.seat("vocal-1")
    world.file()
    collect(world.desk)
    world.seat("vocal-2")
    signed = next(entry for entry in chain(world) if entry.person_id is None and entry.signature)
    rows = tables.audit
    with writing(world.desk.register) as connection:
        connection.execute(update(rows).where(rows.c.number == signed.number).values(signature=None))
    with pytest.raises(BrokenAuditError):
        verify(world.desk.register, world.board)


def test_a_noted_head_shows_that_the_newest_entries_were_cut_off(world: World) -> None:
    work(world)
    noted = verify(world.desk.register, world.board)
    with writing(world.desk.register) as connection:
        connection.execute(delete(tables.audit).where(tables.audit.c.number > noted.entries - 2))
    verify(world.desk.register, world.board)
    with pytest.raises(BrokenAuditError) as caught:
        verify(world.desk.register, world.board, (noted.entries, noted.head))
    assert caught.value.number == noted.entries - 1


def test_a_chain_grown_from_a_noted_head_still_holds_and_another_one_does_not(world: World) -> None:
    noted = verify(world.desk.register, world.board)
    work(world)
    verify(world.desk.register, world.board, (noted.entries, noted.head))
    with pytest.raises(BrokenAuditError):
        verify(world.desk.register, world.board, (noted.entries, bytes(32)))


def test_the_chain_of_one_board_does_not_pass_for_anothers(world: World) -> None:
    other, _ = make_board()
    with pytest.raises(BrokenAuditError) as caught:
        verify(world.desk.register, other)
    assert caught.value.number == 1


def test_a_commitment_is_shown_to_be_about_a_case_only_with_its_key(world: World) -> None:
    work(world)
    case = next(iter(world.seat("enlace-1").cases.values()))
    view = chain(world)[-1]
    about = About(case.case_key, case.case_id)
    assert discloses(world.desk.register, view.number, about)
    assert not discloses(world.desk.register, view.number, About(case.case_key, bytes(16)))
    assert not discloses(world.desk.register, view.number - 1, about)


def test_auditors_read_actions_without_content_and_nobody_else_does(world: World) -> None:
    work(world)
    seat = world.login("control-1")
    lines = entries(world.desk, seat, passphrase("control-1"))
    actions = {line.action for line in lines}
    assert {AuditAction.OPENED, AuditAction.VIEW, AuditAction.LOGIN, AuditAction.COLLECTED} <= actions
    assert [line.person for line in lines if line.action == AuditAction.VIEW] == ["enlace-1"]
    with pytest.raises(NotGrantedError):
        entries(world.desk, world.seat("vocal-1"), passphrase("vocal-1"))
    with pytest.raises(LoginError):
        entries(world.desk, seat, "otra")


def test_what_was_sealed_before_there_was_an_auditor_stays_closed_to_them(world: World) -> None:
    lines = entries(world.desk, world.seat("control-1"), passphrase("control-1"), 1, 3)
    assert [(line.number, line.action) for line in lines] == [(1, ""), (2, ""), (3, "")]


def test_all_sealed_entries_have_one_size(world: World) -> None:
    work(world)
    later = [entry for entry in chain(world) if entry.number > 8]
    assert len({len(entry.sealed) for entry in later}) == 1
    assert len(later) > 4


def test_an_entry_and_its_change_are_one_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(chain(world))

    def fail(*_: object, **__: object) -> int:
        raise RuntimeError("cut")

    world.file()
    monkeypatch.setattr(audit, "append", fail)
    with pytest.raises(RuntimeError):
        world.login("vocal-1")
    monkeypatch.undo()
    assert len(chain(world)) == before
    assert world.desk.present() == ()
