"""What a thief of a locked desk reads: the staff list, how many cases, days; nothing of any case (T5)."""

from __future__ import annotations

import hashlib
import os
from itertools import pairwise

import pytest
from sqlalchemy import select

from crypto import age
from crypto.parts import FileMetadata, MessageKind, ReporterMessage
from intake.report import Answers, Group, Who
from tests.triage.world import World, open_waiting
from triage import access, cases, tables
from triage.case import Categories, State
from triage.case_page import read_case
from triage.collect import collect
from triage.register import reading
from triage.rounds import run_round

CANARIES = (
    "canario-relato",
    "canario-lugar",
    "canario-nombre",
    "canario-mensaje",
    "canario-archivo",
    "canario-contenido",
    "canario-nota",
    "canario-respuesta",
    "canario-traduccion",
    "canario-motivo",
)


def busy_desk(world: World) -> None:
    """A case with every kind of content, left locked in the middle of things."""
    answers = Answers(
        story="canario-relato",
        group=Group.MONEY,
        place_text="canario-lugar",
        who=Who(person_name="canario-nombre"),
    )
    filed = world.file(answers=answers, recused=["enlace-2"])
    open_waiting(world)
    seat = world.login("enlace-1")
    run_round(world.desk)
    world.send(filed, "canario-mensaje")
    content = b"canario-contenido" * 10
    metadata = FileMetadata("canario-archivo", "text/plain", 170, hashlib.sha256(content).digest(), True)
    message = ReporterMessage(
        MessageKind.FILE, filed.keys.thread_id, os.urandom(16), 9, filed.sealed.day, "", metadata
    )
    sealed = age.seal(content, [world.slot(filed).case_recipient])
    world.send(filed, message=message, chunks=(sealed,))
    collect(world.desk)
    case_id = next(iter(seat.cases))
    version = read_case(world.desk, seat, case_id).version
    version = cases.note(world.desk, seat, case_id, version, "canario-nota")
    version = cases.reply(world.desk, seat, case_id, version, "canario-respuesta")
    version = cases.translate(world.desk, seat, case_id, version, "canario-traduccion")
    version = cases.categorise(world.desk, seat, case_id, version, Categories("COR-02"))
    moved = cases.move(world.desk, seat, case_id, version, State.ASSESSMENT, None, "canario-motivo")
    assert moved.version is not None
    access.give_access(world.desk, seat, case_id, moved.version, world.people["indaga-1"].person_id)
    world.file("canario-relato en espera")
    collect(world.desk)
    world.unlock("vocal-1")
    world.desk.close()


def test_a_locked_desk_holds_no_word_of_a_case(world: World) -> None:
    busy_desk(world)
    for data in world.files():
        for canary in CANARIES:
            assert canary.encode() not in data
            assert canary.encode("utf-16-le") not in data
    world.desk = world._open()


@pytest.mark.parametrize("word", ["COR-02", "money", "assessment", "investigation", "es-MX", "opened"])
def test_nor_any_word_of_the_desk_about_it(world: World, word: str) -> None:
    busy_desk(world)
    assert [word.encode() in data for data in world.files()].count(True) == 0
    world.desk = world._open()


def test_rows_do_not_point_at_each_other(world: World) -> None:
    """Report, thread, case, people and entries share no identifier once the desk is locked."""
    busy_desk(world)
    world.desk = world._open()
    with reading(world.desk.register) as connection:
        case_ids = {bytes(row.id) for row in connection.execute(select(tables.case_file.c.id))}
        seen = {bytes(row.id) for row in connection.execute(select(tables.seen_report.c.id))}
        entry_ids = {bytes(row.id) for row in connection.execute(select(tables.entry.c.id))}
        holders = {bytes(row.holder or b"") for row in connection.execute(select(tables.case_grant))}
        people = {bytes(row.id) for row in connection.execute(select(tables.person.c.id))}
        sealed = [bytes(row.sealed) for row in connection.execute(select(tables.case_file))]
        audited = [bytes(row.sealed + row.commitment) for row in connection.execute(select(tables.audit))]
    assert len(entry_ids) > 8
    assert not case_ids & (seen | entry_ids)
    assert not holders & people
    for data in [*sealed, *audited]:
        assert not [each for each in case_ids | seen | people if each in data]


def test_versions_do_not_count(world: World) -> None:
    world.file()
    open_waiting(world)
    seat = world.login("enlace-1")
    case_id = next(iter(seat.cases))
    versions = [read_case(world.desk, seat, case_id).version]
    for number in range(5):
        versions.append(cases.note(world.desk, seat, case_id, versions[-1], f"nota {number}"))
    steps = [abs(later - earlier) for earlier, later in pairwise(versions)]
    assert len(set(versions)) == 6
    assert max(steps) > 1000


def test_sealed_rows_come_in_whole_kibibytes(world: World) -> None:
    world.file()
    open_waiting(world)
    with reading(world.desk.register) as connection:
        rows = [row.sealed for row in connection.execute(select(tables.case_file.c.sealed))]
        rows += [row.sealed for row in connection.execute(select(tables.entry.c.sealed))]
    # Nonce and tag of AES-256-GCM-SIV: 28 bytes.
    assert {(len(row) - 28) % 1024 for row in rows} == {0}


def test_files_of_the_desk_belong_to_its_user_alone(world: World) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in world.folder.iterdir() if path.is_file()}
    assert set(modes.values()) == {0o600}
