"""Whoever a report names as "must not see this" neither opens it nor learns of it (T3, protocol.md §3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e import reporter
from tests.e2e.reviewer import Reviewer
from tests.e2e.system import Board, System, run, running

FIVE = Board(
    members=("vocal-1", "vocal-2", "vocal-3", "vocal-4", "vocal-5"),
    threshold=4,
    staff={"triaje-1": "triager", "triaje-2": "triager", "auditoria": "auditor"},
)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    board = Board(staff={"triaje-1": "triager", "triaje-2": "triager", "auditoria": "auditor"})
    with running(tmp_path_factory.mktemp("three"), board) as started:
        yield started


def fetch(system: System) -> None:
    Reviewer(system, system.board.members[0]).fetch()


def unlock(system: System, *labels: str) -> None:
    for label in labels:
        Reviewer(system, label).unlock()


def stories(system: System, label: str) -> set[bytes]:
    person = Reviewer(system, label)
    return {person.story(case_id) for case_id in person.case_ids()}


def test_a_recused_member_cannot_be_one_of_the_two(three: System) -> None:
    story = "Sin vocal-2, por favor."
    reporter.file_report(three, story=story, recused=["vocal-2"])
    fetch(three)
    unlock(three, "vocal-1", "vocal-2")
    assert story.encode() not in stories(three, "triaje-1")
    assert story.encode() not in stories(three, "vocal-2")
    unlock(three, "vocal-3")
    assert story.encode() in stories(three, "triaje-1")
    assert story.encode() not in stories(three, "vocal-2")


def test_a_recused_triager_gets_no_grant_and_no_trace(three: System) -> None:
    story = "Sin triaje-2, por favor."
    reporter.file_report(three, story=story, recused=["triaje-2"])
    fetch(three)
    unlock(three, "vocal-1", "vocal-2")
    assert story.encode() in stories(three, "triaje-1")
    kept_out = Reviewer(three, "triaje-2")
    assert story.encode() not in stories(three, "triaje-2")
    allowed = Reviewer(three, "triaje-1")
    hidden = next(c for c in allowed.case_ids() if allowed.story(c) == story.encode())
    refused, absent = kept_out.case(hidden), kept_out.case("0" * 32)
    assert refused.status == absent.status == 404
    assert refused.html.replace(hidden, "0" * 32) == absent.html
    assert "triaje-2" not in allowed.case(hidden).read().by_id.get("candidate", [])


def test_members_only_means_no_staff(three: System) -> None:
    story = "Solo integrantes."
    reporter.file_report(three, story=story, members_only="yes")
    fetch(three)
    unlock(three, "vocal-1", "vocal-3")
    assert story.encode() in stories(three, "vocal-1")
    assert story.encode() not in stories(three, "triaje-1")
    assert story.encode() not in stories(three, "triaje-2")


def test_four_of_five_with_two_recused_goes_to_the_watcher(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("five"), FIVE) as system:
        story = "Ni vocal-1 ni vocal-2: lo lee el observatorio."
        filed = reporter.file_report(system, story=story, recused=["vocal-1", "vocal-2"])
        assert filed.code
        bundle = system.path("bundle")
        run("drop", "export", str(bundle), "--config", str(system.path("intake.toml")))
        fetch(system)
        unlock(system, *FIVE.members)
        for label in (*FIVE.members, "triaje-1", "triaje-2"):
            assert story.encode() not in stories(system, label)
        watch = watchers_desk(system)
        run("desk", "import", str(bundle), "--config", str(watch.path("desk.toml")), *signing(watch))
        watch.start("desk")
        try:
            Reviewer(watch, "observatorio").unlock()
            assert stories(watch, "observatorio") == {story.encode()}
        finally:
            watch.stop_all()


def signing(system: System) -> list[str]:
    return ["--signer", "observatorio", "--passphrases-from", str(system.path("passphrases"))]


def watchers_desk(system: System) -> System:
    """A desk of the watcher's own: the same manifest, no drop, its identity file."""
    folder = system.path("watch")
    folder.mkdir()
    watch = System(folder, system.board)
    watch.path("clock").write_text(system.path("clock").read_text())
    watch.path("passphrases").write_text(system.path("passphrases").read_text())
    watch.path("desk").mkdir(mode=0o700)
    watch.path("desk.toml").write_text(
        'register = "desk/register.sqlite"\nkeys = "desk/keys.sqlite"\nseat = "watchers"\n'
        f'board = "{system.path("board") / "board.json"}"\nfingerprint = "{system.fingerprint()}"\n'
        f'bind = "localhost:{watch.desk_port}"\n'
    )
    keys = system.path("board") / "watchers" / "observatorio"
    watch.add_person("observatorio", "member", keys)
    return watch
