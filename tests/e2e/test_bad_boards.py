"""A manifest that is not right is refused by name at the start; one that ends or changes meets no silence."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

from crypto import labels, signing
from crypto.manifest import RootSeeds, SignedManifest
from crypto.manifest_form import to_json
from crypto.strict_json import canonical
from tests.crypto.boards import make_board
from tests.e2e import reporter
from tests.e2e.client import Page
from tests.e2e.copies import copy_of, started
from tests.e2e.reviewer import Reviewer
from tests.e2e.system import System, run

DAY_SECONDS = 24 * 3600
SIGNERS = ("vocal-1", "vocal-3")


@pytest.fixture(scope="module")
def system(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The intake alone, on the first manifest."""
    with started(copy_of(founded, tmp_path_factory.mktemp("boards")), "intake") as running:
        yield running


@pytest.fixture
def still(founded: Path, tmp_path: Path) -> System:
    """A copy on which nothing runs."""
    return copy_of(founded, tmp_path)


def board_file(system: System) -> Path:
    return system.path("board") / "board.json"


def sign(system: System, *changes: str) -> None:
    """`board sign` by two members, offline."""
    keys = [f"{label}={system.path('board')}/members/{label}.key" for label in SIGNERS]
    words = [word for key in keys for word in ("--key", key)]
    run("board", "sign", str(system.path("board")), *words, *changes, *secrets(system))


def secrets(system: System) -> tuple[str, str]:
    return "--passphrases-from", str(system.path("passphrases"))


def refusal(system: System, group: str) -> str:
    """The one line with which the server refuses to start."""
    done = run(group, "serve", "--config", str(system.path(f"{group}.toml")), check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def altered(data: bytes) -> bytes:
    return data.replace(b"Junta de prueba", b"Junta de pruebo", 1)


@pytest.mark.parametrize("group", ["intake", "desk"])
def test_an_altered_manifest_is_refused(still: System, group: str) -> None:
    board_file(still).write_bytes(altered(board_file(still).read_bytes()))
    assert "not signed by its root keys" in refusal(still, group)


@pytest.mark.parametrize("garbage", [b"", b"[" * 100_000], ids=["empty", "deep"])
def test_what_is_no_manifest_is_refused(still: System, garbage: bytes) -> None:
    board_file(still).write_bytes(garbage)
    assert "board manifest" in refusal(still, "intake")


def test_a_missing_manifest_is_refused_by_its_path(still: System) -> None:
    board_file(still).unlink()
    assert f"{board_file(still)} cannot be read" in refusal(still, "intake")


@pytest.mark.parametrize("group", ["intake", "desk"])
def test_the_manifest_of_another_board_is_refused(still: System, group: str) -> None:
    board_file(still).write_bytes(make_board(3, 2).signed.to_bytes())
    assert "fingerprint" in refusal(still, group)


def test_more_members_needed_than_there_are_is_refused_though_signed(still: System) -> None:
    board = make_board(3, 2)
    board_file(still).write_bytes(signed_with_threshold(board.signed, board.seeds, b"4"))
    assert "threshold" in refusal(still, "intake")


def signed_with_threshold(signed: SignedManifest, seeds: RootSeeds, threshold: bytes) -> bytes:
    """What a board with its root keys in hand could sign, but no program of ours would."""
    body = canonical(to_json(signed.manifest)).replace(b'"threshold":2', b'"threshold":' + threshold)
    forged = replace(
        signed,
        ed25519_signature=signing.sign(seeds.ed25519, labels.SIGNED_BOARD + body),
        mldsa65_signature=MLDSA65PrivateKey.from_seed_bytes(seeds.mldsa65).sign(body, labels.SIGNED_BOARD),
    )
    return forged.to_bytes().replace(signed.manifest.to_bytes(), body)


def test_a_rightly_signed_threshold_passes_the_same_way(still: System) -> None:
    # Else the test above could pass for a broken signature.
    board = make_board(3, 2)
    data = signed_with_threshold(board.signed, board.seeds, b"3")
    assert SignedManifest.from_bytes(data).manifest.threshold == 3


def test_a_form_begun_before_the_people_changed_comes_back_with_the_new_list(system: System) -> None:
    browser, old = system.intake, board_file(system).read_bytes()
    fields: dict[str, str | list[str] | None] = {
        "story": "Antes del cambio.",
        "recused": ["vocal-3", "triaje-2"],
    }
    checked = reporter.check(system, browser, "es", fields)
    begun = browser.get("/en/new")
    assert "triaje-2" in begun.text
    sign(system, "--add-staff", "triaje-9", "--remove-staff", "triaje-2")
    system.stop("intake")
    system.start("intake")
    page = reporter.send(browser, checked)
    assert page.status == 200
    assert not reporter.acknowledged(page)
    assert "La lista de personas cambió" in page.text
    assert "triaje-9" in page.text and "triaje-2" not in page.text
    assert page.by_id("receipt-code") == checked.by_id("receipt-code")
    edited = edit(system, page)
    assert ("recused", "vocal-3") in edited.form_with("story").fields
    assert "triaje-9" in edited.text and "triaje-2" not in edited.text
    assert reporter.acknowledged(reporter.send(browser, page))
    system.move_clock(seconds=reporter.READING_SECONDS)
    second = browser.submit(begun, begun.form_with("story"), {"story": "Also begun before."})
    assert "The list of people changed" in second.text
    system.move_clock(seconds=reporter.READING_SECONDS)
    assert reporter.acknowledged(reporter.send(browser, second))
    old_one_is_refused(system, old)


def edit(system: System, page: Page) -> Page:
    button = ("step", "edit")
    return system.intake.submit(page, page.form_with("code", button=button), {}, button=button)


def old_one_is_refused(system: System, old: bytes) -> None:
    """What an attacker with an older, rightly signed manifest would put in place."""
    current = board_file(system).read_bytes()
    system.stop("intake")
    board_file(system).write_bytes(old)
    try:
        assert "manifest 2 was in use here: 1 is older" in refusal(system, "intake")
    finally:
        board_file(system).write_bytes(current)
        system.start("intake")


def test_a_desk_refuses_a_manifest_older_than_the_one_it_worked_under(still: System) -> None:
    old = board_file(still).read_bytes()
    sign(still, "--add-staff", "triaje-9")
    run("desk", "person", "list", "--config", str(still.path("desk.toml")))
    board_file(still).write_bytes(old)
    assert "manifest 2 was in use at this desk: 1 is older" in refusal(still, "desk")


@pytest.fixture(scope="module")
def ending(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Both servers, with a clock that stands at the last day of the manifest."""
    system = copy_of(founded, tmp_path_factory.mktemp("ending"))
    last = SignedManifest.from_bytes(board_file(system).read_bytes()).manifest.not_after
    set_clock(system, days_from_now=(last.toordinal() - int(time.time() // DAY_SECONDS) - 719163))
    with started(system) as running:
        yield running


def set_clock(system: System, *, days_from_now: int) -> None:
    system.path("clock").write_text(str(days_from_now * DAY_SECONDS))


def days(system: System) -> int:
    return round(float(system.path("clock").read_text()) / DAY_SECONDS)


def test_the_desk_warns_before_the_end_and_says_what_comes_after(ending: System) -> None:
    last = days(ending)
    told = {}
    for left in (61, 60, 30, 14, -1, -61):
        set_clock(ending, days_from_now=last - left)
        told[left] = Reviewer(ending, "triaje-1").home.by_id("manifest-ending")
    assert told[61] is None
    for left in (60, 30, 14):
        assert f"termina en {left} días" in (told[left] or ""), told
    assert "terminó el" in (told[-1] or "") and "cierra después" in (told[-1] or "")
    assert "La recepción está cerrada" in (told[-61] or "")
    set_clock(ending, days_from_now=last)


@pytest.mark.parametrize(
    ("language", "late", "closed"),
    [
        ("es", "La lista de la junta está vencida", "Ahora no recibimos reportes nuevos"),
        ("en", "The list of board members is out of date", "We take no new reports now"),
    ],
)
def test_an_ended_manifest_is_noticed_for_sixty_days_and_then_closes(
    ending: System, language: str, late: str, closed: str
) -> None:
    browser, last = ending.intake, days(ending)
    try:
        assert late not in browser.get(f"/{language}/new").text
        set_clock(ending, days_from_now=last + 1)
        assert late in browser.get(f"/{language}/new").text
        set_clock(ending, days_from_now=last + 60)
        form = browser.get(f"/{language}/new")
        assert late in form.text
        filed = reporter.file_report(ending, language, story="Tarde, pero llegó.")
        set_clock(ending, days_from_now=last + 61)
        page = browser.get(f"/{language}/new")
        assert (page.status, closed in page.text) == (503, True), page.text
        sent = browser.submit(form, form.form_with("story"), {"story": "Se queda conmigo."})
        assert sent.status == 503
        assert closed in sent.text
        assert "Se queda conmigo." in sent.html
        assert reporter.open_code(ending, filed.code, language).by_id("case-state") is not None
    finally:
        set_clock(ending, days_from_now=last)
