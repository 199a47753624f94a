"""Login says nothing, does the same work for everybody, and holds no identity afterwards."""

from __future__ import annotations

import gc

import pytest
from sqlalchemy import select, update

from crypto import signing
from crypto.errors import IdentityFileError
from crypto.hybrid import HybridIdentity
from crypto.identity_file import PersonKeys
from tests.triage.world import World, open_waiting, passphrase
from triage import login as login_module
from triage import tables
from triage.errors import LockedError, LoginError, PersonError
from triage.login import desk_seed, login
from triage.people import Role
from triage.register import reading, writing
from triage.rounds import run_round
from triage.staff import remove_person


@pytest.mark.parametrize(
    ("label", "phrase"),
    [("vocal-1", "otra"), ("nadie", "clave de nadie"), ("nadie", passphrase("control-1")), ("", "")],
)
def test_every_refusal_is_the_same_sentence(world: World, label: str, phrase: str) -> None:
    with pytest.raises(LoginError) as caught:
        login(world.desk, label, phrase)
    assert str(caught.value) == "label or passphrase is wrong"
    assert world.desk.present() == ()


def test_an_unknown_label_costs_the_same_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def watch(data: bytes, phrase: str) -> PersonKeys:
        assert phrase
        tried.append(len(data))
        raise IdentityFileError("no")

    monkeypatch.setattr(login_module, "open_identity_file", watch)
    for label in ("control-1", "nadie"):
        with pytest.raises(LoginError):
            login(world.desk, label, "x")
    # The decoy is the first person's file: scrypt with the same factor, whatever the label.
    assert tried[0] == tried[1] > 100


def test_who_was_removed_cannot_log_in(world: World) -> None:
    remove_person(world.desk, "enlace-1")
    with pytest.raises(LoginError):
        world.login("enlace-1")


def test_an_exchanged_verification_key_is_told(world: World) -> None:
    rows = tables.person
    with writing(world.desk.register) as connection:
        other = signing.verification_key(signing.generate_seed())
        where = rows.c.label == "vocal-1"
        connection.execute(update(rows).where(where).values(verification_key=other))
    with pytest.raises(PersonError, match="call an auditor"):
        world.login("vocal-1")


def test_an_exchanged_recipient_locks_nobody_else_in(world: World) -> None:
    rows = tables.person
    with writing(world.desk.register) as connection:
        other = HybridIdentity.generate().recipient.to_bytes()
        connection.execute(update(rows).where(rows.c.label == "vocal-1").values(recipient=other))
    with pytest.raises(LoginError):
        world.login("vocal-1")


def test_new_grants_are_brought_under_the_vault_key_and_open_again_later(world: World) -> None:
    world.file()
    open_waiting(world)
    holders = select(tables.case_grant.c.holder)
    for label, fresh in (("enlace-1", 1), ("enlace-1", 1), ("enlace-2", 0), ("enlace-2", 0)):
        seat = world.login(label)
        assert len(seat.cases) == 1
        with reading(world.desk.register) as connection:
            assert [row.holder for row in connection.execute(holders)].count(None) == fresh
        world.desk.leave(seat)


def test_the_desk_key_reaches_everyone_who_reads_through_a_member(world: World) -> None:
    world.login("enlace-1")
    assert world.desk.desk_seed is None
    world.login("vocal-1")
    assert world.desk.desk_seed == world.desk_seed
    world.restart()
    world.login("enlace-1")
    assert world.desk.desk_seed == world.desk_seed
    assert run_round(world.desk).slots == 0
    assert desk_seed(world.desk, "indaga-1", passphrase("indaga-1")) == world.desk_seed
    with pytest.raises(LockedError):
        desk_seed(world.desk, "control-1", passphrase("control-1"))


def test_the_desk_key_is_forgotten_with_the_last_reader(world: World) -> None:
    auditor, member = world.login("control-1"), world.login("vocal-1")
    world.desk.leave(member)
    assert world.desk.desk_seed is None
    assert world.desk.present() == (auditor,)


def keys_alive() -> set[int]:
    """Everybody's identities that are in memory, by address."""
    gc.collect()
    return {id(each) for each in gc.get_objects() if isinstance(each, PersonKeys)}


def test_no_identity_stays_in_memory_after_login_and_unlocking(world: World) -> None:
    world.file()
    # Other tests keep keys of their own; what counts is that none is added here.
    before = keys_alive()
    open_waiting(world)
    seats = [world.login("vocal-1"), world.login("enlace-1")]
    assert keys_alive() - before == set()
    assert len(seats) == 2


def test_two_seats_of_one_person_see_the_same(world: World) -> None:
    world.file()
    open_waiting(world)
    first, second = world.login("enlace-1"), world.login("enlace-1")
    assert first.cases == second.cases != {}
    assert first.person.has(Role.TRIAGER)
