"""Opening needs k members, and nobody who was recused ever gets there (T3, T4)."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import select, update

from crypto import age
from crypto.errors import AgeError
from crypto.opening import find_case_key, open_share
from crypto.padding import pad_json
from crypto.strict_json import canonical
from tests.triage.world import MEMBERS, World, keys_of, make_world, open_waiting, passphrase
from triage import tables
from triage.case_list import CaseQuery, list_cases
from triage.case_page import read_case
from triage.collect import collect, notice
from triage.errors import LockedError, LoginError, NotGrantedError
from triage.register import reading, writing
from triage.shares_batch import INLINE
from triage.unlock import unlock


def count(world: World, table: object) -> int:
    with reading(world.desk.register) as connection:
        return len(connection.execute(select(getattr(tables, str(table)))).all())


def test_the_kth_member_opens_and_the_ones_before_release(world: World) -> None:
    world.file()
    collect(world.desk)
    first, second = world.unlock("vocal-1", "vocal-2")
    assert (first.opened, second.opened) == (0, 1)
    assert count(world, "case_file") == 1


def test_what_opened_leaves_no_share_behind(world: World) -> None:
    world.file()
    collect(world.desk)
    world.unlock("vocal-1")
    assert count(world, "released") == 2
    world.unlock("vocal-2")
    assert [count(world, name) for name in ("share", "released", "tried", "waiting_report")] == [0, 0, 0, 0]


def test_unlocking_twice_gives_nothing_more(world: World) -> None:
    world.file()
    collect(world.desk)
    assert [result.opened for result in world.unlock("vocal-1", "vocal-1")] == [0, 0]
    assert count(world, "released") == 2


@pytest.mark.parametrize("threshold", [1, 2, 3])
def test_all_subsets_of_k_open_and_smaller_ones_do_not(tmp_path: Path, threshold: int) -> None:
    for number, labels in enumerate(combinations(MEMBERS, threshold)):
        folder = tmp_path / str(number)
        folder.mkdir()
        world = make_world(folder, threshold)
        world.file()
        collect(world.desk)
        opened = [result.opened for result in world.unlock(*labels)]
        assert opened == [0] * (threshold - 1) + [1]
        world.desk.close()


def test_a_recused_member_neither_opens_nor_completes(world: World) -> None:
    world.file(recused=["vocal-2"])
    collect(world.desk)
    assert [result.opened for result in world.unlock("vocal-1", "vocal-2")] == [0, 0]
    assert [result.opened for result in world.unlock("vocal-3")] == [1]


def test_a_recused_member_holds_no_k_valid_shares_at_any_time(world: World) -> None:
    filed = world.file(recused=["vocal-2"])
    collect(world.desk)
    found = []
    for label in ("vocal-1", "vocal-2", "vocal-3"):
        found.append(len(valid_shares(world, filed.sealed.report_id, "vocal-2")))
        world.unlock(label)
    assert found == [0, 1, 1]


def test_a_threshold_raised_in_the_register_makes_nobody_release_more(world: World) -> None:
    world.file(recused=["vocal-2"])
    collect(world.desk)
    with writing(world.desk.register) as connection:
        connection.execute(update(tables.known_manifest).values(threshold=200))
    assert [result.opened for result in world.unlock("vocal-1", "vocal-3")] == [0, 1]
    assert count(world, "released") == 0


def valid_shares(world: World, report_id: bytes, label: str) -> set[int]:
    """The x of the shares of vocal-1 and vocal-3 that this member's identities open at rest."""
    found = set()
    identities = [*keys_of(label, 3).epochs.values(), keys_of(label, 3).lasting]
    with reading(world.desk.register) as connection:
        rows = [
            *connection.execute(select(tables.share.c.x, tables.share.c.sealed)),
            *connection.execute(
                select(tables.released.c.x, tables.released.c.sealed).where(tables.released.c.holder == label)
            ),
        ]
    for row in rows:
        if row.x == 2:
            continue
        with suppress(AgeError):
            share = open_share(bytes(row.sealed), identities)
            assert share.report_id == report_id
            found.add(share.x)
    return found


def test_excluded_people_open_none_of_many_worlds(tmp_path: Path) -> None:
    """Random recusals, random order: who was excluded sees 0 of all, the others get every report."""
    dice = random.Random(20261102)
    world = make_world(tmp_path)
    excluded: dict[bytes, set[str]] = {}
    for _ in range(50):
        out = {dice.choice(MEMBERS)} if dice.random() < 0.6 else set()
        out |= {label for label in ("enlace-1", "enlace-2") if dice.random() < 0.4}
        excluded[world.file(recused=sorted(out)).sealed.report_id] = out
    collect(world.desk)
    order = list(MEMBERS)
    dice.shuffle(order)
    assert sum(result.opened for result in world.unlock(*order)) == 50
    for label in (*MEMBERS, "enlace-1", "enlace-2"):
        seat = world.seat(label)
        seen = {row.record.report_id for row in list_cases(world.desk, seat, CaseQuery())}
        assert not {report for report in seen if label in excluded[report]}
        if label.startswith("enlace"):
            assert seen == {report for report, out in excluded.items() if label not in out}
    world.desk.close()


def test_without_a_triager_left_the_members_who_are_not_recused_get_it(world: World) -> None:
    world.file(recused=["enlace-1", "enlace-2", "vocal-3"])
    collect(world.desk)
    world.unlock("vocal-1", "vocal-2")
    sees = {label: len(world.seat(label).cases) for label in (*MEMBERS, "enlace-1", "indaga-1")}
    assert sees == {"vocal-1": 1, "vocal-2": 1, "vocal-3": 0, "enlace-1": 0, "indaga-1": 0}


def test_members_only_keeps_all_staff_out(world: World) -> None:
    world.file(members_only=True)
    collect(world.desk)
    world.unlock("vocal-1", "vocal-2")
    assert [len(world.seat(label).cases) for label in ("enlace-1", "enlace-2", "vocal-3")] == [0, 0, 1]


def test_the_report_arrives_as_it_was_written(world: World) -> None:
    story = "Dijo: «dame 500»\r\n\x00 \u202e \U00013000\n"
    world.file(story)
    collect(world.desk)
    world.unlock("vocal-1", "vocal-2")
    seat = world.login("enlace-1")
    page = read_case(world.desk, seat, next(iter(seat.cases)))
    assert page.report is not None
    assert page.report.answers.story == story


def test_many_reports_go_through_a_pool(world: World) -> None:
    for _ in range(INLINE + 2):
        world.file()
    collect(world.desk)
    fractions: list[float] = []
    unlock(world.desk, world.seat("vocal-1"), passphrase("vocal-1"), fractions.append)
    result = unlock(world.desk, world.seat("vocal-2"), passphrase("vocal-2"), fractions.append)
    assert result.opened == INLINE + 2
    assert fractions[-1] == 1.0


def test_what_all_members_tried_in_vain_is_unopenable_and_kept(world: World) -> None:
    world.file()
    collect(world.desk)
    with writing(world.desk.register) as connection:
        connection.execute(update(tables.share).values(sealed=b"not a share file"))
    world.unlock("vocal-1", "vocal-2")
    assert notice(world.desk).unopenable == 0
    world.unlock("vocal-3")
    assert notice(world.desk).unopenable == 1
    assert count(world, "share") == 3


def test_one_damaged_share_does_not_stop_the_others_and_is_named(world: World) -> None:
    world.file()
    collect(world.desk)
    with writing(world.desk.register) as connection:
        connection.execute(update(tables.share).where(tables.share.c.x == 1).values(sealed=b"damaged"))
    results = world.unlock("vocal-1", "vocal-2", "vocal-3")
    assert [(result.opened, result.wrong) for result in results] == [(0, 0), (0, 0), (1, 1)]


def test_a_share_that_does_not_fit_is_named(world: World) -> None:
    filed = world.file()
    collect(world.desk)
    share = open_share(filed.sealed.shares[0], keys_of("vocal-1", 3).for_day(filed.sealed.day))
    recipient = world.manifest.members[0].recipient_for(filed.sealed.day)
    wrong = age.seal(replace(share, y=bytes(32)).to_bytes(), [recipient])
    with writing(world.desk.register) as connection:
        connection.execute(update(tables.share).where(tables.share.c.x == 1).values(sealed=wrong))
    world.unlock("vocal-1", "vocal-2")
    last = world.unlock("vocal-3")[0]
    assert (last.opened, last.wrong) == (1, 1)


def test_the_blank_share_of_a_recused_member_is_not_named(world: World) -> None:
    world.file(recused=["vocal-1"])
    collect(world.desk)
    last = world.unlock("vocal-1", "vocal-2", "vocal-3")[-1]
    assert (last.opened, last.wrong) == (1, 0)


def test_a_report_that_cannot_be_parsed_is_unreadable_and_kept(world: World) -> None:
    filed = world.file()
    collect(world.desk)
    shares = [
        open_share(filed.sealed.shares[x], keys_of(MEMBERS[x], 3).for_day(filed.sealed.day)) for x in (0, 1)
    ]
    found = find_case_key(shares, [2])
    assert found is not None
    odd = pad_json(canonical({"kind": "report", "version": 9}))
    sealed = age.seal(odd, [found.case_key.identity.recipient])
    with writing(world.desk.register) as connection:
        connection.execute(update(tables.waiting_report).values(report_age=sealed))
    results = world.unlock("vocal-1", "vocal-2", "vocal-3")
    assert [result.unreadable for result in results] == [0, 1, 0]
    assert notice(world.desk).unreadable == 1
    assert count(world, "case_file") == 0


def test_only_members_unlock_and_only_with_their_passphrase(world: World) -> None:
    with pytest.raises(NotGrantedError):
        unlock(world.desk, world.seat("enlace-1"), passphrase("enlace-1"))
    with pytest.raises(LoginError):
        unlock(world.desk, world.seat("vocal-1"), "otra")


def test_an_unlocked_seat_holds_no_identity(world: World) -> None:
    seat = world.seat("vocal-1")
    held = {type(getattr(seat, name)).__name__ for name in seat.__slots__}
    assert held <= {"bytes", "Person", "dict", "datetime", "int"}


def test_danger_now_is_counted_until_opened(world: World) -> None:
    world.file(danger=True)
    collect(world.desk)
    assert notice(world.desk).danger_now == 1
    world.unlock("vocal-1", "vocal-2")
    assert notice(world.desk).danger_now == 0


def test_two_members_at_the_same_moment_release_no_more_than_one_after_the_other(world: World) -> None:
    for _ in range(10):
        world.file(recused=["vocal-2"])
    collect(world.desk)
    seats = [world.seat("vocal-1"), world.seat("vocal-3")]
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(unlock, world.desk, seat, passphrase(seat.person.label)) for seat in seats]
        assert sorted(call.result().opened for call in calls) == [0, 10]
    assert count(world, "released") == 0


def test_who_leaves_in_the_middle_leaves_nothing_half_done(world: World) -> None:
    world.file()
    collect(world.desk)
    seat = world.seat("vocal-1")
    with pytest.raises(LockedError):
        unlock(world.desk, seat, passphrase("vocal-1"), lambda _: world.desk.leave(seat))
    assert [count(world, name) for name in ("share", "released", "tried")] == [2, 2, 1]
    assert [result.opened for result in world.unlock("vocal-1", "vocal-2")] == [0, 1]


def test_the_bytes_of_a_case_are_not_those_of_the_waiting_report(world: World) -> None:
    world.file()
    collect(world.desk)
    with reading(world.desk.register) as connection:
        waiting = set(connection.scalars(select(tables.waiting_report.c.report_age)))
    open_waiting(world)
    with reading(world.desk.register) as connection:
        kept = set(connection.scalars(select(tables.case_file.c.report_age)))
    assert len(waiting) == len(kept) == 1
    assert waiting.isdisjoint(kept)
    assert len(waiting.pop()) == len(kept.pop())
