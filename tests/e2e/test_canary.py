"""After a whole day's work no marker word is in any file of the intake or of the locked desk (T1, T5)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import reporter
from tests.e2e.reviewer import Reviewer, open_all
from tests.e2e.system import System, running

WORDS = (
    "CANARIO-TEXTO",
    "CANARIO-NOMBRE",
    "CANARIO-PLACA",
    "CANARIO-ARCHIVO",
    "CANARIO-CONTENIDO",
    "CANARIO-MENSAJE",
    "CANARIO-NOTA",
    "CANARIO-RESPUESTA",
    "CANARIO-TRADUCCION",
    "CANARIO-MOTIVO",
    "CANARIO-BUSQUEDA",
    "CANARIO-NAVEGADOR",
)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[System, str]]:
    """A system after a day's work, still running, with nobody logged in; and the receipt code."""
    with running(tmp_path_factory.mktemp("canary")) as system:
        code = a_day(system)
        yield system, code


def a_day(system: System) -> str:
    browser = system.intake
    browser.request("GET", "/es/new", headers={"User-Agent": "CANARIO-NAVEGADOR"})
    filed = reporter.file_report(
        system,
        story="CANARIO-TEXTO " * 50,
        group="money",
        person_name="CANARIO-NOMBRE",
        plate="CANARIO-PLACA",
        detained="yes",
    )
    added = reporter.add_file(system, filed.page, "CANARIO-ARCHIVO.txt", b"CANARIO-CONTENIDO " * 9000)
    assert reporter.file_acknowledged(added)
    status = reporter.open_code(system, filed.code)
    assert reporter.write(system, status, "CANARIO-MENSAJE").status == 200
    Reviewer(system, "vocal-1").fetch()
    open_all(system, ["vocal-1", "vocal-2"])
    triager = Reviewer(system, "triaje-1")
    triager.send_round()
    (case_id,) = triager.case_ids()
    triager.act(case_id, "categories", primary="COR-02")
    triager.act(case_id, "note", text="CANARIO-NOTA")
    triager.act(case_id, "translation", text="CANARIO-TRADUCCION")
    triager.act(case_id, "reply", text="CANARIO-RESPUESTA")
    triager.act(case_id, "urgency", urgency="immediate", reason="CANARIO-MOTIVO")
    triager.client.get("/cases?text=CANARIO-BUSQUEDA")
    seen = triager.case(case_id).text
    for word in WORDS[:-2]:
        if word != "CANARIO-CONTENIDO":
            assert word in seen, word
    triager.send_round()
    assert "CANARIO-RESPUESTA" in reporter.open_code(system, filed.code).text
    lock_everything(system)
    return filed.code


def lock_everything(system: System) -> None:
    """Past the idle time: every seat is forgotten, as after a logout."""
    system.stop("desk")
    system.start("desk")


def spellings(word: str) -> list[bytes]:
    """How a careless program would store a word: plain, wide, in base64 at each alignment, in hex."""
    raw = word.encode()
    found = [raw, word.encode("utf-16-le"), raw.hex().encode()]
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        found.append(coded[4 if shift else 0 : len(coded) - 4])
    return found


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def hits(folder: Path, words: list[str]) -> list[tuple[str, str]]:
    return [
        (path.name, word)
        for path in files_below(folder)
        for word in words
        for spelling in spellings(word)
        if spelling in path.read_bytes()
    ]


def test_the_search_would_find_a_planted_word(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"x" + base64.b64encode(b"ab CANARIO-TEXTO cd"))
    assert hits(tmp_path, ["CANARIO-TEXTO"]) == [("log", "CANARIO-TEXTO")]


def test_no_marker_is_in_any_file(worked: tuple[System, str]) -> None:
    system, _ = worked
    names = {path.name for path in files_below(system.folder)}
    assert {"drop.sqlite", "register.sqlite", "keys.sqlite", "intake.log", "desk.log"} <= names
    assert hits(system.folder, list(WORDS)) == []


def test_no_receipt_code_is_in_any_file(worked: tuple[System, str]) -> None:
    system, code = worked
    digits = code.replace(" ", "")
    assert hits(system.folder, [code, digits, digits[:28], digits[5:25]]) == []


def test_logs_hold_no_request(worked: tuple[System, str]) -> None:
    system, _ = worked
    for name in ("intake.log", "desk.log"):
        lines = system.path(name).read_text().splitlines()
        told = [line for line in lines if not line.startswith(("listening on ", "warning: memory "))]
        assert told == []


def test_the_locked_desk_has_no_case_to_show(worked: tuple[System, str]) -> None:
    system, _ = worked
    page = system.desk_client().get("/cases")
    assert page.form_with("label", "passphrase")
    assert WORDS[0] not in page.text
