"""Messages and files of reporters: attached once, forged ones refused, hostile ones harmless (T9)."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from crypto import age
from crypto.parts import Consents, FileMetadata, MessageKind, ReporterMessage, seal_message
from intake.waiting import DropMessage
from tests.triage.world import Filed, World, open_waiting, seal
from triage import tables
from triage.access import leave_case
from triage.case_page import CasePage, open_attachment, read_case
from triage.collect import collect
from triage.desk import Seat
from triage.entry import EntryKind
from triage.errors import UnknownCaseError
from triage.register import reading
from triage.rounds import run_round


@pytest.fixture
def filed(world: World) -> Filed:
    """A report that is open."""
    made = world.file("relato")
    open_waiting(world)
    return made


@pytest.fixture
def seat(world: World, filed: Filed) -> Seat:
    """A triager who reads it."""
    assert filed
    return world.login("enlace-1")


def page(world: World, seat: Seat) -> CasePage:
    return read_case(world.desk, seat, next(iter(seat.cases)))


def waiting(world: World) -> int:
    with reading(world.desk.register) as connection:
        return connection.execute(select(func.count()).select_from(tables.waiting_message)).scalar_one()


def message_of(filed: Filed, kind: MessageKind, number: int = 1) -> ReporterMessage:
    return ReporterMessage(kind, filed.keys.thread_id, number.to_bytes(16), number, filed.sealed.day, "")


def send_file(world: World, filed: Filed, data: bytes, promised: bytes | None = None) -> None:
    """A file as the intake sends it: padded with zeros, in chunks."""
    content = data if promised is None else promised
    metadata = FileMetadata("foto.jpg", "image/jpeg", len(content), hashlib.sha256(content).digest(), True)
    message = replace(message_of(filed, MessageKind.TEXT), kind=MessageKind.FILE, file=metadata)
    sealed = age.seal(data + bytes(5000), [world.slot(filed).case_recipient])
    chunks = tuple(sealed[at : at + 65536] for at in range(0, len(sealed), 65536))
    world.send(filed, message=message, chunks=chunks)


def test_a_message_becomes_an_entry_and_marks_the_case_unread(world: World, filed: Filed, seat: Seat) -> None:
    world.send(filed, "sigo esperando")
    assert collect(world.desk).messages == 1
    shown = page(world, seat)
    assert (shown.timeline[-1].kind, shown.timeline[-1].text) == (EntryKind.MESSAGE, "sigo esperando")
    assert shown.timeline[-1].by is None
    assert shown.record.unread
    assert waiting(world) == 0


def test_a_message_waits_until_somebody_can_read_its_case(world: World) -> None:
    filed = world.file("relato")
    world.send(filed, "pronto")
    collect(world.desk)
    assert waiting(world) == 1
    world.unlock("vocal-1", "vocal-2")
    assert waiting(world) == 1
    assert page(world, world.login("enlace-1")).timeline[-1].text == "pronto"
    assert waiting(world) == 0


def test_a_repeated_message_is_refused(world: World, filed: Filed, seat: Seat) -> None:
    sent = world.send(filed, "una vez")
    collect(world.desk)
    world.drop.add_message(replace(sent, message_id=bytes(16)))
    collect(world.desk)
    assert [entry.text for entry in page(world, seat).timeline].count("una vez") == 1
    assert waiting(world) == 0


@pytest.mark.parametrize("forgery", ["another's signature", "kind", "noise", "another thread"])
def test_a_forged_message_is_refused(world: World, filed: Filed, seat: Seat, forgery: str) -> None:
    other = seal(world.manifest, filed.sealed.day)
    recipient = world.slot(filed).case_recipient
    text = message_of(filed, MessageKind.TEXT)
    genuine = seal_message(recipient, filed.keys, text)
    foreign = seal_message(recipient, other.keys, replace(text, thread_id=other.keys.thread_id))
    signed_by_other = seal_message(recipient, replace(other.keys, thread_id=filed.keys.thread_id), text)
    sealed = {
        "another's signature": signed_by_other,
        "kind": genuine,
        "noise": os.urandom(500),
        "another thread": foreign,
    }[forgery]
    kind = "withdrawal" if forgery == "kind" else "text"
    world.drop.add_message(DropMessage(bytes(16), text.day, filed.keys.thread_id, kind, sealed))
    collect(world.desk)
    shown = page(world, seat)
    assert [entry.kind for entry in shown.timeline] == [EntryKind.OPENED]
    assert not shown.record.withdrawal_asked
    assert waiting(world) == 0


def test_consents_change_the_record_and_a_withdrawal_only_asks(
    world: World, filed: Filed, seat: Seat
) -> None:
    consent = ReporterMessage(
        MessageKind.CONSENT,
        filed.keys.thread_id,
        bytes(16),
        1,
        filed.sealed.day,
        "",
        consents=Consents(pass_on=True, consulate=False),
    )
    world.send(filed, message=consent)
    world.send(filed, "ya no", MessageKind.WITHDRAWAL)
    collect(world.desk)
    shown = page(world, seat)
    assert {entry.kind for entry in shown.timeline[1:]} == {EntryKind.CONSENT, EntryKind.WITHDRAWAL}
    assert [entry.after for entry in shown.timeline if entry.kind is EntryKind.CONSENT] == ["pass_on"]
    assert shown.record.consents == Consents(pass_on=True, consulate=False)
    assert shown.record.withdrawal_asked
    assert shown.record.state.value == "received"


@pytest.mark.parametrize("size", [0, 1, 65536, 3_000_000])
def test_a_file_comes_back_byte_for_byte(world: World, filed: Filed, seat: Seat, size: int) -> None:
    data = os.urandom(size)
    send_file(world, filed, data)
    collect(world.desk)
    shown = page(world, seat)
    file = shown.timeline[-1].file
    assert file is not None
    assert (file.name, file.size, file.sound, file.cleaned) == ("foto.jpg", size, True, True)
    opened = open_attachment(world.desk, seat, shown.record.case_id, shown.timeline[-1].number)
    assert b"".join(opened.chunks) == data


def test_a_file_is_still_there_after_a_new_generation(world: World, filed: Filed, seat: Seat) -> None:
    data = os.urandom(200_000)
    send_file(world, filed, data)
    collect(world.desk)
    other = world.login("enlace-2")
    leave_case(world.desk, other, page(world, seat).record.case_id, page(world, seat).version)
    shown = page(world, seat)
    number = next(entry.number for entry in shown.timeline if entry.file)
    opened = open_attachment(world.desk, seat, shown.record.case_id, number)
    assert b"".join(opened.chunks) == data


def test_a_file_sealed_to_an_older_key_comes_under_the_present_one(
    world: World, filed: Filed, seat: Seat
) -> None:
    run_round(world.desk)
    data = os.urandom(1000)
    send_file(world, filed, data)
    other = world.login("enlace-2")
    leave_case(world.desk, other, page(world, seat).record.case_id, page(world, seat).version)
    collect(world.desk)
    shown = page(world, seat)
    file = shown.timeline[-1].file
    assert file is not None
    assert file.sound
    opened = open_attachment(world.desk, seat, shown.record.case_id, shown.timeline[-1].number)
    assert b"".join(opened.chunks) == data


def test_a_file_that_is_not_what_was_signed_is_kept_and_marked(
    world: World, filed: Filed, seat: Seat
) -> None:
    send_file(world, filed, b"something else", promised=b"what was promised")
    collect(world.desk)
    file = page(world, seat).timeline[-1].file
    assert file is not None
    assert not file.sound


def test_only_a_file_of_the_case_can_be_asked_for(world: World, filed: Filed, seat: Seat) -> None:
    case_id = page(world, seat).record.case_id
    assert filed.sealed.report_id != case_id
    for number in (-1, 0, 1, 2, 10**9):
        with pytest.raises(UnknownCaseError):
            open_attachment(world.desk, seat, case_id, number)
