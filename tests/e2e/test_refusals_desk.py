"""What the desk refuses, it refuses in the reader's words; nothing typed or filed is lost, nothing told."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path

import pytest

from tests.e2e import reporter
from tests.e2e.client import Page
from tests.e2e.copies import copy_of, started
from tests.e2e.reviewer import Reviewer
from tests.e2e.shares_spoiled import exchange_shares, file_bytes, flipped, spoil_shares
from tests.e2e.system import System, run

LANGUAGES = pytest.mark.parametrize("language", ["es", "en"])
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
NOBODYS = "0" * 32


@pytest.fixture(scope="module")
def system(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Both servers; at the end the desk's log holds no trace of what went wrong inside."""
    system = copy_of(founded, tmp_path_factory.mktemp("desk"))
    with started(system) as running:
        yield running
    log = system.path("desk.log").read_text()
    assert "Traceback" not in log and 'File "' not in log, log


@pytest.fixture(scope="module")
def at_desk(system: System) -> Callable[[str], Reviewer]:
    """People by label, logged in once: many logins a minute are slowed down."""
    return cache(partial(Reviewer, system))


@pytest.fixture(scope="module")
def member(at_desk: Callable[[str], Reviewer]) -> Reviewer:
    return at_desk("vocal-1")


@pytest.fixture(scope="module")
def triager(at_desk: Callable[[str], Reviewer]) -> Reviewer:
    return at_desk("triaje-1")


@pytest.fixture(scope="module")
def case_id(system: System, at_desk: Callable[[str], Reviewer]) -> str:
    """One opened case, which both triagers may read."""
    return opened(system, at_desk, "El caso de todos.")


def opened(system: System, at_desk: Callable[[str], Reviewer], story: str, recused: str | None = None) -> str:
    """File a report, and open it by two of three."""
    triager, member = at_desk("triaje-1"), at_desk("vocal-1")
    before = set(triager.case_ids())
    reporter.file_report(system, story=story, recused=recused)
    member.fetch()
    member.unlock()
    at_desk("vocal-2").unlock()
    (found,) = set(triager.case_ids()) - before
    return found


def without_token(page: Page) -> str:
    return re.sub(r'name="csrf" value="[^"]*"', "", page.html)


def chosen(reviewer: Reviewer, language: str) -> Reviewer:
    reviewer.client.get(f"/language/{language}")
    return reviewer


@LANGUAGES
def test_a_wrong_passphrase_and_an_unknown_label_are_answered_alike(system: System, language: str) -> None:
    browser = system.desk_client()
    answers = []
    for label in ("triaje-1", "nobody-9"):
        browser.get(f"/language/{language}")
        page = browser.get("/login")
        answer = browser.submit(
            page, page.form_with("label"), {"label": label, "passphrase": "not these words"}
        )
        assert answer.status == 422
        assert "not these words" not in answer.html
        answers.append(without_token(answer).replace(label, ""))
    told = {"es": "El nombre y la frase de paso no van juntos.", "en": "do not fit together"}
    assert told[language] in answers[0]
    assert answers[0] == answers[1]


@LANGUAGES
def test_a_wrong_passphrase_unlocks_nothing(member: Reviewer, language: str) -> None:
    chosen(member, language)
    page = member.client.get("/")
    page = member.client.submit(page, page.form_to("/unlock"), {"passphrase": "not these words"})
    assert page.status == 422
    assert {"es": "Esa no es su frase de paso.", "en": "That is not your passphrase."}[language] in page.text
    assert "not these words" not in page.html
    chosen(member, "es")


def test_two_browsers_at_one_case_lose_neither_text(
    at_desk: Callable[[str], Reviewer], triager: Reviewer, case_id: str
) -> None:
    other = at_desk("triaje-2")
    mine, theirs = triager.case(case_id), other.case(case_id)
    saved = other.client.submit(theirs, theirs.form_to("/note"), {"text": "La nota de la otra."})
    assert saved.status == 200
    page = triager.client.submit(mine, mine.form_to("/note"), {"text": "Mi nota,\ncon dos líneas."})
    assert page.status == 409
    assert "Otra persona cambió este caso mientras tanto" in page.text
    assert "La nota de la otra." in (page.by_id("theirs") or "")
    assert ("text", "Mi nota,\ncon dos líneas.") in page.form_to("/note").fields
    assert "Mi nota" not in triager.case(case_id).text
    done = triager.client.submit(page, page.form_to("/note"), {})
    assert done.status == 200
    assert "La nota de la otra." in done.text and "Mi nota," in done.text


def test_a_text_that_is_too_long_is_refused_and_kept(triager: Reviewer, case_id: str) -> None:
    long = "ñ" * 2001
    page = triager.act(case_id, "reply", text=long)
    assert page.status == 422
    assert ("text", long) in page.form_to("/reply").fields
    huge = triager.act(case_id, "note", text="x" * 1_000_000)
    assert huge.status == 422
    assert "El texto tiene 1000000 letras y caben 20000." in huge.text
    assert ("text", "x" * 1_000_000) in huge.form_to("/note").fields


def test_a_body_beyond_all_measure_is_refused_in_words(triager: Reviewer, case_id: str) -> None:
    page = triager.act(case_id, "note", text="x" * (20 * 1024 * 1024))
    assert page.status == 413
    assert "Vuelva y envíe menos" in page.text


def test_a_form_without_its_token_changes_nothing_and_gives_the_text_back(
    triager: Reviewer, case_id: str
) -> None:
    page = triager.case(case_id)
    form = page.form_to("/note")
    for token in (None, "", "x" * 43):
        answer = triager.client.submit(page, form, {"text": "Sin llave.", "csrf": token})
        assert answer.status == 400
        assert "Ese formulario no llegó completo" in answer.text
        assert "Sin llave." in answer.html
    assert "Sin llave." not in triager.case(case_id).text


def test_a_form_from_another_site_is_forbidden_in_words(triager: Reviewer, case_id: str) -> None:
    foreign = {**URLENCODED, "Origin": "http://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    page = triager.client.request("POST", f"/cases/{case_id}/note", b"text=x&csrf=x", foreign)
    assert page.status == 403
    assert "Eso no vino de la mesa" in page.text


def test_a_case_of_others_is_answered_as_one_that_is_not_there(
    system: System, at_desk: Callable[[str], Reviewer], triager: Reviewer, case_id: str
) -> None:
    # One is granted to others; from the other a triager is kept away by the reporter.
    secret = opened(system, at_desk, "No para triaje-2.", recused="triaje-2")
    analyst, recused = at_desk("analista"), at_desk("triaje-2")
    for reviewer, hidden in ((analyst, case_id), (recused, secret)):
        assert hidden not in reviewer.case_ids()
        for ending in ("", "/report", "/files/1"):
            real, none = (reviewer.case(f"{each}{ending}") for each in (hidden, NOBODYS))
            assert (real.status, none.status) == (404, 404)
            assert without_token(real).replace(hidden, NOBODYS) == without_token(none)
            assert real.headers.keys() == none.headers.keys()
        home = reviewer.client.get("/")
        token = next(value for form in home.read().forms for name, value in form.fields if name == "csrf")
        body = f"text=x&version=1&seen=0&csrf={token}".encode()
        posts = [
            reviewer.client.request("POST", f"/cases/{each}/note", body, dict(URLENCODED))
            for each in (hidden, NOBODYS)
        ]
        assert posts[0].status == posts[1].status == 404
        assert without_token(posts[0]) == without_token(posts[1])
    assert secret in triager.case_ids()


def test_a_spoiled_share_stops_nobody_and_the_audit_names_its_holder(
    system: System, at_desk: Callable[[str], Reviewer], member: Reviewer, triager: Reviewer
) -> None:
    before = set(triager.case_ids())
    reporter.file_report(system, story="Con una parte rota.")
    spoil_shares(system, lambda x, sealed: flipped(sealed) if x == 1 else sealed)
    member.fetch()
    for story in ("Con la parte de otro.", "Y al revés."):
        reporter.file_report(system, story=story)
    exchange_shares(system, 1)
    for reviewer in (member, at_desk("vocal-2")):
        reviewer.fetch()
        reviewer.unlock()
        assert set(triager.case_ids()) == before
    assert "Se abrieron 3 reportes." in at_desk("vocal-3").unlock().text
    assert len(set(triager.case_ids()) - before) == 3
    entries = audit(at_desk("auditoria"))
    assert len([entry for entry in entries if entry.endswith("wrong share: vocal-1")]) == 3
    assert not any("wrong share: vocal-2" in entry or "wrong share: vocal-3" in entry for entry in entries)


def audit(auditor: Reviewer) -> list[str]:
    """The entries, as an auditor reads them."""
    page = auditor.client.get("/audit")
    assert "La cadena" in page.text
    page = auditor.client.submit(
        page, page.form_to("/audit"), {"passphrase": auditor.system.passphrase("auditoria")}
    )
    table = re.findall(r"<tr><td class=\"number\">(.*?)</tr>", page.html, re.DOTALL)
    return [re.sub(r"<[^>]+>", " ", row).strip() for row in table]


def test_what_opens_as_no_report_or_not_at_all_is_kept_and_counted(
    system: System, at_desk: Callable[[str], Reviewer], member: Reviewer, triager: Reviewer
) -> None:
    before = triager.case_ids()
    reporter.file_report(system, story="Nadie podrá abrirlo.")
    spoil_shares(system, lambda _, sealed: b"\x00" * len(sealed))
    member.fetch()
    for content in (b"not JSON at all", b'{"kind":"report","version":1}' + b" " * 16_000, b""):
        file_bytes(system, content)
    member.fetch()
    member.unlock()
    assert "Aparte:" not in member.client.get("/").text
    second = at_desk("vocal-2").unlock()
    assert "Algo de lo que se abrió no se lee como reporte. Sus bytes se conservan." in second.text
    assert "Aparte: 3 ilegibles, 0 que ninguna parte abre." in second.text
    at_desk("vocal-3").unlock()
    assert "Aparte: 3 ilegibles, 1 que ninguna parte abre." in member.client.get("/").text
    assert triager.case_ids() == before
    assert kept(system) == {("unreadable", 3), ("unopenable", 1)}
    done = run("desk", "export-unopenable", str(system.path("b")), "--config", str(system.path("desk.toml")))
    assert "1 reports" in done.stdout


def kept(system: System) -> set[tuple[str, int]]:
    """What the register keeps aside, counted by why."""
    query = "SELECT status, count(*) FROM waiting_report WHERE length(report_age) > 100 GROUP BY status"
    with closing(sqlite3.connect(system.path("desk") / "register.sqlite")) as register:
        return set(register.execute(query).fetchall())


def test_a_damaged_drop_is_told_and_what_the_desk_has_stays(member: Reviewer, system: System) -> None:
    path = system.path("intake") / "drop.sqlite"
    good = path.read_bytes()
    path.write_bytes(b"\xff" * len(good))
    try:
        assert "No se pudo recoger el buzón. Lo que tiene sigue ahí." in member.fetch().text
    finally:
        path.write_bytes(good)
    assert "Recogido." in member.fetch().text


def test_a_second_desk_on_the_register_is_refused(system: System) -> None:
    done = run("desk", "serve", "--config", str(system.path("desk.toml")), check=False)
    assert done.returncode == 1
    assert done.stderr == "Error: another desk has this register open\n"


def test_a_desk_left_alone_locks_and_gives_the_text_back(system: System, case_id: str) -> None:
    reviewer = Reviewer(system, "triaje-1")
    page = reviewer.case(case_id)
    system.move_clock(seconds=241 * 60)
    locked = reviewer.client.submit(page, page.form_to("/note"), {"text": "A medio escribir."})
    assert locked.status == 401
    assert "La mesa está cerrada" in locked.text
    assert "A medio escribir." in locked.html
    assert reviewer.case(case_id).by_id("label") is not None, "the login page"
    again = Reviewer(system, "triaje-1")
    assert "A medio escribir." not in again.case(case_id).text


def test_a_restart_locks_everything(system: System, case_id: str) -> None:
    reviewer = Reviewer(system, "triaje-1")
    page = reviewer.case(case_id)
    system.kill("desk")
    system.start("desk")
    assert reviewer.case(case_id).by_id("label") is not None, "the login page"
    locked = reviewer.client.submit(page, page.form_to("/note"), {"text": "Antes del corte."})
    assert locked.status == 401
    assert "Antes del corte." in locked.html
    # Nobody is at the desk: the key that signs slots is locked too.
    assert "El caso de todos." in Reviewer(system, "triaje-1").case(case_id).text


@contextmanager
def damaged(system: System, name: str) -> Iterator[None]:
    """The database as an overwritten disk leaves it; then refused at a start, restored, and in use again."""
    path = system.path("desk") / f"{name}.sqlite"
    good = path.read_bytes()
    path.write_bytes(b"\xff" * len(good))
    yield
    assert "the database is damaged" in system.path("desk.log").read_text()
    system.stop("desk")
    refused = run("desk", "serve", "--config", str(system.path("desk.toml")), check=False)
    path.write_bytes(good)
    system.start("desk")
    assert refused.returncode == 1
    told = f"Error: {path}: the database is damaged: stop, keep a copy of the file, "
    assert refused.stderr.startswith(told)


def test_a_damaged_register_is_told_in_words_and_keeps_what_was_typed(system: System, case_id: str) -> None:
    reviewer = Reviewer(system, "triaje-1")
    page = reviewer.case(case_id)
    with damaged(system, "register"):
        for answer in (reviewer.client.get("/"), reviewer.client.get("/cases"), reviewer.case(case_id)):
            assert answer.status == 503
            assert "La mesa no puede usar su registro" in answer.text
        sent = reviewer.client.submit(page, page.form_to("/note"), {"text": "No se pierde."})
        assert sent.status == 503
        assert "No se pierde." in sent.html
    assert "El caso de todos." in Reviewer(system, "triaje-1").case(case_id).text


def test_damaged_keys_are_told_in_words_at_the_door(system: System, case_id: str) -> None:
    browser = system.desk_client()
    browser.get("/language/en")
    with damaged(system, "keys"):
        page = browser.get("/login")
        typed: dict[str, str | list[str] | None] = {
            "label": "triaje-1",
            "passphrase": system.passphrase("triaje-1"),
        }
        answer = browser.submit(page, page.form_with("label"), typed)
        assert answer.status == 503
        assert "The desk cannot use its register" in answer.text
        assert system.passphrase("triaje-1") not in answer.html
    assert "El caso de todos." in Reviewer(system, "triaje-1").case(case_id).text


def test_a_case_whose_row_is_damaged_is_missed_aloud(system: System, case_id: str) -> None:
    with closing(sqlite3.connect(system.path("desk") / "register.sqlite")) as register, register:
        ((good,),) = register.execute("SELECT sealed FROM case_file WHERE id = ?", (bytes.fromhex(case_id),))
        change = "UPDATE case_file SET sealed = ? WHERE id = ?"
        register.execute(change, (flipped(good), bytes.fromhex(case_id)))
    system.stop("desk")
    system.start("desk")
    reviewer = Reviewer(system, "triaje-1")
    assert "1 caso suyo no abre: el registro está dañado" in reviewer.home.text
    assert case_id not in reviewer.case_ids()
