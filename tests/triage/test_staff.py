"""Who can be added with which roles."""

from __future__ import annotations

from pathlib import Path

import pytest

from crypto.identity_file import Card, make_person, seal_identity_file
from tests.triage.world import WORK_FACTOR, World, identity_file, keys_of, make_world
from triage.errors import PersonError
from triage.people import Role
from triage.staff import add_person, find_person, labels, list_people, make_and_add, remove_person


@pytest.fixture
def empty(tmp_path: Path) -> World:
    """A board without anybody in the register."""
    return make_world(tmp_path, people=False)


@pytest.mark.parametrize("role", [Role.MEMBER, Role.TRIAGER, Role.INVESTIGATOR])
def test_nobody_reads_whom_a_reporter_cannot_recuse(empty: World, role: Role) -> None:
    with pytest.raises(PersonError, match="no reporter could recuse them"):
        make_and_add(empty.desk, "fuera-1", frozenset({role}), "x", WORK_FACTOR)
    assert list_people(empty.desk) == []


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
def test_roles_without_content_need_no_place_in_the_manifest(empty: World, role: Role) -> None:
    added = make_and_add(empty.desk, "fuera-1", frozenset({role}), None, WORK_FACTOR)
    assert added.passphrase is not None
    assert len(added.passphrase.split("-")) == 6
    assert not added.person.reads


def test_staff_cannot_be_made_a_member(empty: World) -> None:
    with pytest.raises(PersonError, match="holds no share"):
        make_and_add(empty.desk, "enlace-1", frozenset({Role.MEMBER}), "x", WORK_FACTOR)


def test_a_member_brings_the_card_of_the_manifest(empty: World) -> None:
    with pytest.raises(PersonError, match="holds a share"):
        make_and_add(empty.desk, "vocal-1", frozenset({Role.MEMBER}), "x", WORK_FACTOR)
    other = make_person("vocal-1", "2026-11", 2)
    with pytest.raises(PersonError, match="not the one"):
        add_person(empty.desk, Card.of(other), frozenset({Role.MEMBER}), seal_identity_file(other, "x", 2))
    card = Card.of(keys_of("vocal-1", 3))
    person = add_person(empty.desk, card, frozenset({Role.MEMBER}), identity_file("vocal-1", 3))
    assert find_person(empty.desk, person.person_id) == person
    assert labels(empty.desk) == {person.person_id: "vocal-1"}


def test_a_label_is_taken_once_and_a_role_is_needed(empty: World) -> None:
    make_and_add(empty.desk, "enlace-1", frozenset({Role.TRIAGER}), "x", WORK_FACTOR)
    with pytest.raises(PersonError, match="already"):
        make_and_add(empty.desk, "enlace-1", frozenset({Role.TRIAGER}), "x", WORK_FACTOR)
    with pytest.raises(PersonError, match="role"):
        make_and_add(empty.desk, "enlace-2", frozenset(), "x", WORK_FACTOR)


def test_a_label_that_no_page_could_show_is_refused(empty: World) -> None:
    with pytest.raises(PersonError):
        make_and_add(empty.desk, "a/b", frozenset({Role.ADMIN}), "x", WORK_FACTOR)


def test_removing_keeps_the_row_for_the_audit_chain(empty: World) -> None:
    added = make_and_add(empty.desk, "enlace-1", frozenset({Role.TRIAGER}), "x", WORK_FACTOR)
    remove_person(empty.desk, "enlace-1")
    assert not find_person(empty.desk, added.person.person_id).active
    for label in ("enlace-1", "nadie"):
        with pytest.raises(PersonError):
            remove_person(empty.desk, label)
    with pytest.raises(PersonError):
        find_person(empty.desk, bytes(16))


def test_a_person_shows_no_secret(empty: World) -> None:
    added = make_and_add(empty.desk, "enlace-1", frozenset({Role.TRIAGER}), None, WORK_FACTOR)
    assert added.passphrase is not None
    assert added.passphrase not in repr(added)
