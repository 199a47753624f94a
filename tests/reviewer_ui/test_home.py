"""The first page: unlocking, what is due, and nothing about what nobody may know yet."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from reviewer_ui.jobs import UnlockJob
from tests.reviewer_ui.browser import Browser
from tests.reviewer_ui.conftest import STORY
from tests.triage.world import Filed, World, passphrase
from triage.collect import collect
from triage.errors import LoginError
from triage.unlock import unlock

Sit = Callable[[str], Browser]


def test_the_second_member_opens_what_waits(at_desk: Sit, world: World) -> None:
    world.file(STORY)
    collect(world.desk)
    first = at_desk("vocal-1")
    page = first.send("/unlock", passphrase=passphrase("vocal-1"))
    assert "Your part is done" in page.text
    page = at_desk("vocal-2").send("/unlock", passphrase=passphrase("vocal-2"))
    assert "1 report opened." in page.text
    assert "Nos bajaron" in at_desk("enlace-1").page.text


def test_nobody_is_shown_how_many_wait(at_desk: Sit, world: World) -> None:
    browser = at_desk("vocal-1")
    before = browser.get("/").html
    for _ in range(3):
        world.file()
    collect(world.desk)
    assert browser.get("/").html == before


def test_danger_now_is_said_without_content(at_desk: Sit, world: World) -> None:
    world.file("la bodega azul", danger=True)
    collect(world.desk)
    page = at_desk("vocal-1").page
    assert "danger now" in page.text and "1 report not opened yet says so" in page.text
    assert "bodega" not in page.html


def test_a_wrong_passphrase_unlocks_nothing_and_says_so(at_desk: Sit, world: World) -> None:
    world.file()
    collect(world.desk)
    page = at_desk("vocal-1").send("/unlock", passphrase="not mine")
    assert page.status == 422
    assert "That is not your passphrase." in page.text


def test_only_members_can_unlock(at_desk: Sit) -> None:
    browser = at_desk("enlace-1")
    assert browser.page.by_id("unlock") is None
    assert browser.post("/unlock", {"csrf": browser.token(), "passphrase": "x"}).status == 403


def test_a_job_says_how_far_it_is_and_keeps_its_error(world: World) -> None:
    job = UnlockJob(world.desk, world.seat("vocal-1"), "not mine")
    job.wait(60)
    assert not job.running
    assert isinstance(job.error, LoginError)
    done = UnlockJob(world.desk, world.seat("vocal-1"), passphrase("vocal-1"))
    done.wait(60)
    assert done.result == unlock(world.desk, world.seat("vocal-1"), passphrase("vocal-1"))


def test_the_page_of_progress_asks_again_by_itself(app: Flask, at_desk: Sit, world: World) -> None:
    browser = at_desk("vocal-1")
    with world.desk.lock:
        # The lock is ours, so the job cannot end before the page was shown.
        fields: dict[str, str | list[str]] = {"csrf": browser.token(), "passphrase": passphrase("vocal-1")}
        shown = browser.post("/unlock", fields)
        assert shown.url == "/unlocking"
        assert shown.headers["Refresh"] == "1; url=/unlocking"
    assert "percent done" in shown.text


def test_somebody_without_cases_sees_none(at_desk: Sit, filed: Filed) -> None:
    page = at_desk("control-1").page
    assert "Your role holds no cases" in page.text
    assert "Nos bajaron" not in page.html
