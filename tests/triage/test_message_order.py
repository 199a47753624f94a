"""In what order messages count: as their reporter sent them, and consents taken back when in doubt."""

from __future__ import annotations

import os
from itertools import permutations

import pytest

from crypto.parts import Consents, MessageKind, ReporterMessage
from crypto.slots import SEQUENCE_SHIFT
from tests.triage.world import Filed, World, open_waiting
from triage.case_page import read_case
from triage.collect import collect
from triage.entry import EntryKind

GIVEN, BACK = Consents(pass_on=True, consulate=True), Consents(pass_on=False, consulate=False)


@pytest.fixture
def filed(world: World) -> Filed:
    """A report that is open, with a triager at the desk."""
    made = world.file("relato")
    open_waiting(world)
    world.login("enlace-1")
    return made


def say(
    world: World, filed: Filed, sequence: int, what: str | Consents, message_id: bytes | None = None
) -> None:
    consents = what if isinstance(what, Consents) else None
    message = ReporterMessage(
        kind=MessageKind.TEXT if consents is None else MessageKind.CONSENT,
        thread_id=filed.keys.thread_id,
        message_id=message_id or os.urandom(16),
        sequence=sequence,
        day=world.clock.now.date(),
        text=what if isinstance(what, str) else "",
        consents=consents,
    )
    world.send(filed, message=message)


def consents(world: World) -> Consents:
    (case,) = world.seat("enlace-1").cases.values()
    return case.record.consents


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_texts_of_one_visit_stand_in_the_order_they_were_sent(
    world: World, filed: Filed, order: tuple[int, ...]
) -> None:
    for number, place in enumerate(order):
        say(world, filed, number, f"parte {number}", bytes([place]) * 16)
    collect(world.desk)
    seat = world.seat("enlace-1")
    timeline = read_case(world.desk, seat, next(iter(seat.cases))).timeline
    told = [entry.text for entry in timeline if entry.kind is EntryKind.MESSAGE]
    assert told == ["parte 0", "parte 1", "parte 2"]


@pytest.mark.parametrize("ids", [(b"a" * 16, b"b" * 16), (b"b" * 16, b"a" * 16)])
@pytest.mark.parametrize("numbers", [(0, 1), (0, 0), (1, 0)])
def test_a_consent_taken_back_on_the_same_day_is_not_given(
    world: World, filed: Filed, ids: tuple[bytes, bytes], numbers: tuple[int, int]
) -> None:
    """In one visit or in two, whose numbers begin anew, and whatever the order of the ids."""
    for what, number, message_id in zip((GIVEN, BACK), numbers, ids, strict=True):
        say(world, filed, number, what, message_id)
    collect(world.desk)
    assert consents(world) == BACK


def test_a_later_day_slot_or_collection_decides(world: World, filed: Filed) -> None:
    say(world, filed, 0, BACK)
    say(world, filed, 1 << SEQUENCE_SHIFT, GIVEN)
    collect(world.desk)
    assert consents(world) == GIVEN
    say(world, filed, 1 << SEQUENCE_SHIFT, BACK)
    collect(world.desk)
    assert consents(world) == BACK
    say(world, filed, 1 << SEQUENCE_SHIFT, BACK)
    world.clock.move(days=1)
    say(world, filed, 1 << SEQUENCE_SHIFT, GIVEN)
    collect(world.desk)
    assert consents(world) == GIVEN
