"""What the intake refuses, it refuses in the reader's words; what was typed stays, nothing shows a trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crypto.receipt import ReceiptCode
from intake.drop import open_drop
from intake.report import LIMITS
from tests.e2e import reporter
from tests.e2e.client import Client, Page
from tests.e2e.copies import copy_of, started
from tests.e2e.reporter import Filed
from tests.e2e.system import System, run

MEGABYTE = 1024 * 1024
SETTINGS = f"max_file_bytes = {MEGABYTE}\n"
LANGUAGES = pytest.mark.parametrize("language", ["es", "en"])
# What the summary says of a field that is too long: the field by name, and its limit.
TOO_LONG = {
    "es": "{}: caben {} letras. Por favor escriba menos.",
    "en": "{}: there is room for {} characters. Please make it shorter.",
}
NAMES = {
    "es": {"story": "Sus propias palabras", "person_name": "Nombre", "plate": "Placa"},
    "en": {"story": "Your own words", "person_name": "Name", "plate": "Plate"},
}
UPLOADS = {
    "too large": {"es": "Puede tener hasta 1 MB", "en": "It may have 1 MB"},
    "empty": {"es": "El archivo está vacío", "en": "The file is empty"},
    "missing": {"es": "Primero elija un archivo", "en": "Choose a file first"},
    "broken": {"es": "No pudimos limpiar esta foto", "en": "We could not clean this picture"},
}
FILES = {
    "too large": ("foto.bin", b"x" * (MEGABYTE + 1)),
    "empty": ("foto.jpg", b""),
    "missing": ("", b""),
    "broken": ("foto.jpg", b"\xff\xd8\xff\xe1\x00\x20Exif\x00\x00 and then nothing"),
}


@pytest.fixture(scope="module")
def system(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The intake alone; at the end its log holds no trace of what went wrong inside."""
    system = copy_of(founded, tmp_path_factory.mktemp("refusals"), extra_intake=SETTINGS)
    with started(system, "intake") as running:
        yield running
    log = system.path("intake.log").read_text()
    assert "Traceback" not in log and 'File "' not in log, log


@pytest.fixture(scope="module")
def filed(system: System) -> Filed:
    return reporter.file_report(system, story="El primero.")


def stored(system: System) -> tuple[int, int]:
    drop = open_drop(str(system.path("intake") / "drop.sqlite"))
    try:
        return len(drop.report_ids()), len(drop.message_ids())
    finally:
        drop.close()


def summary(page: Page) -> str:
    found = page.by_id("error-summary")
    assert found is not None, page.text[:400]
    return found


def value_of(page: Page, field: str) -> str:
    """What stands in a field of the page, shown or carried along."""
    return dict(page.form_with(field).fields)[field]


@LANGUAGES
@pytest.mark.parametrize("field", ["story", "person_name", "plate"])
def test_a_field_that_is_too_long_is_named_with_its_limit_and_kept(
    system: System, language: str, field: str
) -> None:
    long = "ñ" * (LIMITS[field] + 1)
    page = reporter.check(system, system.intake, language, {"story": "Algo.", field: long})
    assert page.status == 422
    limit = f"{LIMITS[field]:,}".replace(",", " ")
    assert TOO_LONG[language].format(NAMES[language][field], limit) in summary(page)
    assert value_of(page, field) == long
    system.move_clock(seconds=reporter.READING_SECONDS)
    shorter = system.intake.submit(page, page.form_with("story"), {field: long[:-1]})
    assert shorter.by_id("receipt-code") is not None


@LANGUAGES
def test_a_whole_book_in_one_field_comes_back_whole_too(system: System, language: str) -> None:
    book = "Una línea.\n" * (MEGABYTE // 10)
    page = reporter.check(system, system.intake, language, {"story": book})
    assert page.status == 422
    assert "100 000" in summary(page)
    assert value_of(page, "story") == book


@LANGUAGES
def test_a_form_beyond_all_measure_is_refused_in_words(system: System, language: str) -> None:
    page = reporter.check(system, system.intake, language, {"story": "x" * (7 * MEGABYTE // 2)})
    assert page.status == 413
    assert {"es": "Eso fue demasiado grande", "en": "That was too big"}[language] in page.text


@LANGUAGES
def test_an_empty_report_is_not_taken_and_says_what_is_enough(system: System, language: str) -> None:
    page = reporter.check(system, system.intake, language, {"person_name": "Solo un nombre"})
    assert page.status == 422
    told = {"es": "Escriba algo", "en": "Write something, or choose"}
    assert told[language] in summary(page)
    assert value_of(page, "person_name") == "Solo un nombre"


def test_values_that_no_page_of_ours_offers_are_refused_and_the_words_kept(system: System) -> None:
    fields = {"story": "Se queda.", "group": "nothing", "place": "x" * 5000, "recused": "nobody-9"}
    page = reporter.check(system, system.intake, "en", dict(fields))
    assert page.status == 422
    assert summary(page).count("Please choose again here.") == 3
    assert value_of(page, "story") == "Se queda."


@LANGUAGES
@pytest.mark.parametrize("kind", list(FILES))
def test_a_file_that_is_refused_says_why_and_the_report_stays_received(
    system: System, filed: Filed, language: str, kind: str
) -> None:
    before = stored(system)
    sent = reporter.file_report(system, language, story="Con archivo.")
    page = reporter.add_file(system, sent.page, *FILES[kind])
    assert page.status == 422
    assert UPLOADS[kind][language] in summary(page)
    assert not reporter.file_acknowledged(page)
    assert page.by_id("receipt-code") == sent.code
    assert stored(system) == (before[0] + 1, before[1])
    again = reporter.add_file(system, page, "nota.bin", b"bien", hidden_data="keep")
    assert reporter.file_acknowledged(again)
    assert stored(system) == (before[0] + 1, before[1] + 1)


def test_a_body_larger_than_anything_we_read_is_still_answered_to_who_sends_it_whole(
    system: System, filed: Filed
) -> None:
    # A browser reads the answer only after it has sent all: a film of a phone, say.
    page = reporter.add_file(system, filed.page, "video.mp4", bytes(20 * MEGABYTE))
    assert page.status == 413
    assert "Es demasiado grande: nada se recibió." in page.text
    assert "Too large: nothing was received." in page.text


CODES = [
    ("12345 67890", {"es": "El código tiene 30 números", "en": "The code has 30 digits"}),
    ("x" * 30, {"es": "El código solo tiene números", "en": "The code has only digits"}),
]


@LANGUAGES
@pytest.mark.parametrize(("typed", "words"), CODES, ids=["length", "letters"])
def test_a_mistyped_code_is_told_and_stays_in_its_field(
    system: System, language: str, typed: str, words: dict[str, str]
) -> None:
    page = reporter.open_code(system, typed, language)
    assert page.status == 422
    assert words[language] in summary(page)
    assert value_of(page, "code") == typed


@LANGUAGES
def test_wrong_check_digits_are_told_at_once(system: System, filed: Filed, language: str) -> None:
    wrong = filed.code[:-1] + str((int(filed.code[-1]) + 1) % 10)
    page = reporter.open_code(system, wrong, language)
    assert page.status == 422
    assert {"es": "Hay un número mal", "en": "One digit or more is wrong"}[language] in summary(page)
    assert value_of(page, "code") == wrong


@LANGUAGES
def test_an_unknown_code_is_answered_with_the_status_and_length_of_a_known_one(
    system: System, filed: Filed, language: str
) -> None:
    known = reporter.open_code(system, filed.code, language)
    unknown = reporter.open_code(system, str(ReceiptCode.generate()), language)
    assert known.by_id("case-state") != unknown.by_id("case-state")
    assert unknown.status == known.status == 200
    assert len(unknown.body) == len(known.body)
    assert unknown.headers.keys() == known.headers.keys()
    assert unknown.headers["content-length"] == known.headers["content-length"]
    told = {"es": "No hay nada con este código.", "en": "There is nothing under this code."}
    assert told[language] in unknown.text


@LANGUAGES
def test_a_page_that_stood_open_for_days_comes_back_whole_with_one_button(
    system: System, language: str
) -> None:
    browser = system.intake
    checked = reporter.check(system, browser, language, {"story": "Dos\ndías.", "recused": ["vocal-2"]})
    system.move_clock(seconds=49 * 3600)
    page = reporter.send(browser, checked)
    assert page.status == 200
    assert not reporter.acknowledged(page)
    told = {"es": "Esta página estuvo abierta mucho tiempo", "en": "This page was open for a long time"}
    assert told[language] in page.text
    assert [form for form in page.read().forms if len(form.buttons) == 1]
    system.move_clock(seconds=reporter.READING_SECONDS)
    sent = browser.submit(page, page.form_with("story"), {})
    assert reporter.acknowledged(sent)
    assert sent.by_id("receipt-code") == checked.by_id("receipt-code")


def test_a_form_sent_faster_than_anybody_reads_comes_back_whole(system: System) -> None:
    browser = system.intake
    form_page = browser.get("/en/new")
    page = browser.submit(form_page, form_page.form_with("story"), {"story": "Quick."})
    assert "That was very fast" in page.text
    assert value_of(page, "story") == "Quick."


def test_a_token_that_is_not_ours_loses_no_word(system: System, filed: Filed) -> None:
    browser = system.intake
    status = reporter.open_code(system, filed.code)
    page = browser.submit(status, status.form_with("text"), {"text": "Una carta.", "token": "AAAA"})
    assert page.status == 200
    assert value_of(page, "text") == "Una carta."
    assert value_of(page, "code") == filed.code
    before = stored(system)
    system.move_clock(seconds=reporter.READING_SECONDS)
    done = browser.submit(page, page.form_with("text"), {})
    assert done.by_id("acknowledged") is not None
    assert stored(system) == (before[0], before[1] + 1)


@LANGUAGES
def test_a_message_that_is_too_long_or_empty_is_refused_and_kept(
    system: System, filed: Filed, language: str
) -> None:
    status = reporter.open_code(system, filed.code, language)
    long = "á" * 100_001
    page = reporter.write(system, status, long)
    assert page.status == 422
    assert "100 000" in summary(page)
    assert value_of(page, "text") == long
    empty = reporter.write(system, status, " \r\n ")
    assert empty.status == 422
    assert {"es": "Su mensaje está vacío", "en": "Your message is empty"}[language] in summary(empty)


@pytest.mark.parametrize("path", ["/es/nothing", "/xx/new", "/en/new/more", "/%00", "/es/../../etc/passwd"])
def test_an_unknown_address_is_refused_in_words(system: System, path: str) -> None:
    page = system.intake.get(path)
    assert page.status == 404
    assert "Esta página no existe" in page.text or "This page does not exist" in page.text


def test_the_wrong_method_is_refused_in_words(system: System) -> None:
    page = system.intake.request("DELETE", "/en/new", b"")
    assert page.status in {405, 411}
    assert "does not exist" in page.text or "nothing was received" in page.text


@pytest.mark.parametrize(
    ("language", "words", "spoil"),
    [
        ("es", "nuestra computadora falla", lambda good: b"\xff" * len(good)),
        ("en", "has a fault", lambda good: good[:5000]),
    ],
    ids=["overwritten", "cut"],
)
def test_a_database_damaged_while_it_runs_is_a_page_in_words_with_all_that_was_typed(
    founded: Path, tmp_path: Path, language: str, words: str, spoil: Callable[[bytes], bytes]
) -> None:
    system = copy_of(founded, tmp_path)
    with started(system, "intake"):
        filed = reporter.file_report(system, story="Antes.")
        status = reporter.open_code(system, filed.code, language)
        checked = reporter.check(system, system.intake, language, {"story": "Después."})
        path = system.path("intake") / "drop.sqlite"
        good = path.read_bytes()
        path.write_bytes(spoil(good))
        for page, kept in answers(system, checked, status):
            assert page.status == 503
            assert words in page.text
            assert all(text in page.html for text in kept)
        restored(system, path, good)
        assert reporter.open_code(system, filed.code).by_id("case-state") is not None
        assert reporter.acknowledged(reporter.send(system.intake, checked))
    log = system.path("intake.log").read_text()
    assert "error: DropError in new.post" in log
    assert "Traceback" not in log and "Después" not in log


def answers(system: System, checked: Page, status: Page) -> Iterator[tuple[Page, tuple[str, ...]]]:
    """Everything a reporter can send, and what of it must stand on the answer."""
    code, old = checked.by_id("receipt-code") or "", value_of(status, "code")
    yield reporter.send(system.intake, checked), ("Después.", code)
    yield reporter.open_code(system, old, status.url.split("/")[3]), (old,)
    yield reporter.write(system, status, "Una carta."), ("Una carta.", old)
    yield reporter.add_file(system, status, "nota.bin", b"nota"), (old,)


def restored(system: System, path: Path, good: bytes) -> None:
    """As the message says: stop, restore, start; and the damaged file is refused at a start in one line."""
    system.stop("intake")
    refused = run("intake", "serve", "--config", str(system.path("intake.toml")), check=False)
    assert refused.returncode == 1
    assert re.fullmatch(
        r"Error: .*the database is damaged: stop, .*restore the last backup\n", refused.stderr
    )
    path.write_bytes(good)
    system.start("intake")


def test_bodies_that_no_browser_sends_get_a_page_and_no_trace(system: System) -> None:
    browser = Client(f"http://127.0.0.1:{system.intake_port}")
    for body in (b"\x00" * 64, b"story=%ff%fe&end=1", b"=" * 1000, b"&".join([b"a=1"] * 500)):
        page = browser.request("POST", "/es/new", body, {"Content-Type": "application/x-www-form-urlencoded"})
        assert page.status in {200, 400, 413, 422}
        assert "Traceback" not in page.html
