"""For who was excluded, a desk with the case and a desk without it are the same (T3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.triage.world import World, make_world, open_waiting
from triage import cases
from triage.case import State
from triage.case_list import CaseQuery, Sort, list_cases
from triage.case_page import open_attachment, read_case, report_text
from triage.collect import collect, notice
from triage.desk import Seat
from triage.errors import UnknownCaseError
from triage.rounds import run_round
from triage.staff import list_people


def seen_by(world: World, seat: Seat) -> list[object]:
    """Everything that the functions of the desk tell this person."""
    queries = [CaseQuery(sort=sort, open_only=False) for sort in Sort]
    queries += [CaseQuery(text="canario"), CaseQuery(state=State.RECEIVED), CaseQuery(unread_only=True)]
    lists: list[object] = [list_cases(world.desk, seat, query) for query in queries]
    return [*lists, notice(world.desk), [person.label for person in list_people(world.desk)], seat.cases]


@pytest.mark.parametrize("label", ["enlace-1", "vocal-1", "indaga-1", "control-1"])
def test_an_excluded_person_sees_the_same_with_and_without_the_case(tmp_path: Path, label: str) -> None:
    seen = []
    for there in (False, True):
        folder = tmp_path / str(there)
        folder.mkdir()
        world = make_world(folder)
        early = world.login(label)
        if there:
            filed = world.file("canario", recused=["enlace-1", "vocal-1"])
            collect(world.desk)
            world.unlock("vocal-2", "vocal-3")
            world.login("enlace-2")
            world.send(filed, "canario")
            collect(world.desk)
            run_round(world.desk)
        late = world.login(label)
        seen.append([seen_by(world, early), seen_by(world, late)])
        world.desk.close()
    assert seen[0] == seen[1]


def test_the_notice_calls_members_and_each_of_them_once(world: World) -> None:
    """A triager who was kept from a case must not see the count of waiting ones fall when it opens."""
    world.file(danger=True, recused=["enlace-1", "vocal-1"])
    collect(world.desk)
    triager, member = world.login("enlace-1"), world.login("vocal-1")
    seen = [(notice(world.desk, triager).danger_now, notice(world.desk, member).danger_now)]
    for label in ("vocal-1", "vocal-2", "vocal-3"):
        world.unlock(label)
        seen.append((notice(world.desk, triager).danger_now, notice(world.desk, member).danger_now))
    assert seen == [(0, 1), (0, 0), (0, 0), (0, 0)]


def test_every_way_to_a_case_refuses_who_was_excluded_in_the_same_words(world: World) -> None:
    world.file("canario", recused=["enlace-1"])
    open_waiting(world)
    holder, excluded = world.login("enlace-2"), world.login("enlace-1")
    case = next(iter(holder.cases.values()))
    words = set()
    for case_id in (case.case_id, bytes(16)):
        for way in (
            lambda: read_case(world.desk, excluded, case_id),  # noqa: B023 - called at once
            lambda: report_text(world.desk, excluded, case_id),  # noqa: B023
            lambda: open_attachment(world.desk, excluded, case_id, 1),  # noqa: B023
            lambda: cases.reply(world.desk, excluded, case_id, case.version, "hola"),  # noqa: B023
            lambda: cases.mark_read(world.desk, excluded, case_id, case.version),  # noqa: B023
        ):
            with pytest.raises(UnknownCaseError) as caught:
                way()
            words.add(str(caught.value))
    assert words == {"there is no such case"}
