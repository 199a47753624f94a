"""Under a code: the board's words, and everything a reporter can send after the report."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from dataclasses import replace
from types import FrameType

import pytest

from crypto.hybrid import HybridIdentity
from crypto.parts import MAX_TEXT, Consents, MessageKind, ReporterMessage, open_message
from crypto.receipt import ReceiptCode, ReporterKeys, derive
from crypto.slots import Reply, Slot, SlotDeadline, SlotState, fit_replies, open_slot, seal_slot
from intake.respond import STATUS_STEP
from intake.waiting import DropMessage
from tests.e2e.client import Page
from tests.intake.conftest import DAY, DESK_SEED, Browser, MakeWorld, World

STORY = "Me pidieron dinero en la garita."


# Deriving the keys, reading the slot, opening and checking it.
COSTLY = {"derive", "read_slot", "open_sealed", "unwrap", "verify", "parse_object"}


def keys_of(world: World, code: str) -> ReporterKeys:
    return derive(ReceiptCode.parse(code), world.manifest.receipt_salt, world.manifest.kdf)


def slot_of(world: World, code: str) -> Slot:
    keys = keys_of(world, code)
    sealed = world.drop.read_slot(keys.thread_id)
    assert sealed is not None
    return open_slot(keys.identity, sealed, world.manifest.desk_key, keys.thread_id)


def answer(world: World, code: str, case: HybridIdentity, *replies: str) -> None:
    """What a slot round of the desk puts under a code."""
    keys = keys_of(world, code)
    texts = tuple(Reply(os.urandom(16), DAY, text) for text in replies)
    deadlines = (SlotDeadline("feedback", DAY),)
    slot = Slot(keys.thread_id, 3, DAY, SlotState.ACTING, deadlines, texts, case.recipient)
    assert world.drop.put_slots([(keys.thread_id, seal_slot(keys.identity.recipient, slot, DESK_SEED))]) == 1


def message_in(world: World, code: str, case: HybridIdentity) -> tuple[DropMessage, ReporterMessage]:
    """The only waiting message, as the board opens it."""
    (message_id,) = world.drop.message_ids()
    message = world.drop.get_message(message_id)
    keys = keys_of(world, code)
    return message, open_message([case], message.message_age, keys.verification_key, keys.thread_id)


@pytest.fixture
def case() -> HybridIdentity:
    return HybridIdentity.generate()


@pytest.fixture
def browser(world: World) -> Browser:
    return world.browser()


def send(browser: Browser, page: Page, step: str, **fields: str) -> Page:
    """Fill in and send the form of a status page that does ``step``."""
    form = next(form for form in page.read().forms if ("step", step) in form.fields)
    return browser.submit(page, form, dict(fields))


def test_the_board_s_words_are_shown_with_their_days(
    world: World, browser: Browser, case: HybridIdentity
) -> None:
    code = browser.file(STORY)
    answer(world, code, case, "Recibimos <su> reporte.\nGracias.", "¿Cuándo fue?")
    page = browser.look(code)
    assert 'data-state="acting"' in page.html
    assert page.by_id("case-state") == "La junta está actuando por su reporte."
    assert [item.split(" 2026 ")[1] for item in page.items("messages")] == [
        "Recibimos <su> reporte. Gracias.",
        "¿Cuándo fue?",
    ]
    assert "20 de noviembre de 2026" in page.text


def test_a_consent_taken_back_again_is_another_message(world: World, browser: Browser) -> None:
    """Taken back, given, and taken back on one day: the last one must not pass for the first, sent twice."""
    code = browser.file(STORY)
    for given in ({}, {"pass_on": "yes"}, {}):
        page = send(browser, browser.look(code), "consent", **given)
        assert "Tenemos su cambio" in page.text
    assert len(world.drop.message_ids()) == 3


def test_the_report_is_never_shown_again(world: World, browser: Browser, case: HybridIdentity) -> None:
    code = browser.file(STORY)
    answer(world, code, case, "Hola")
    assert "garita" not in browser.look(code).html


def test_an_unknown_code_looks_like_a_known_one_from_outside(
    world: World, browser: Browser, case: HybridIdentity
) -> None:
    code = browser.file(STORY)
    first = browser.look(code)
    answer(world, code, case, *("una respuesta larga " * 150 for _ in range(8)))
    known, unknown = browser.look(code), browser.look(str(ReceiptCode.generate()))
    assert first.status == known.status == unknown.status == 200
    assert len(first.body) == len(known.body) == len(unknown.body) == STATUS_STEP
    assert first.headers == known.headers == unknown.headers
    assert unknown.by_id("case-state") == "No hay nada con este código."


def test_the_fullest_slot_fits_the_one_length(world: World, browser: Browser, case: HybridIdentity) -> None:
    code = browser.file(STORY)
    keys = keys_of(world, code)
    replies = tuple(Reply(os.urandom(16), DAY, "x" * 4000) for _ in range(20))
    full = fit_replies(
        Slot(
            keys.thread_id,
            3,
            DAY,
            SlotState.ACTING,
            (SlotDeadline("f" * 40, DAY),) * 8,
            replies,
            case.recipient,
        )
    )
    answer(world, code, case, *(reply.text for reply in full.replies))
    assert len(browser.look(code).body) == STATUS_STEP


def work_of(browser: Browser, code: str) -> Counter[str]:
    """How often each function that costs something is called to look at a code."""
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, arg: object) -> None:
        if event == "call" and frame.f_code.co_name in COSTLY:
            calls[f"{frame.f_globals['__name__']}.{frame.f_code.co_name}"] += 1

    sys.setprofile(note)
    try:
        browser.look(code)
    finally:
        sys.setprofile(None)
    return calls


def test_an_unknown_code_costs_the_work_of_a_known_one(
    world: World, browser: Browser, case: HybridIdentity
) -> None:
    known, unknown = browser.file(STORY), str(ReceiptCode.generate())
    answer(world, known, case)
    work = work_of(browser, unknown)
    assert set(work) >= {"crypto.receipt.derive", "crypto.age.open_sealed", "crypto.signing.verify"}
    assert work == work_of(browser, known)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "30 números"), ("123", "30 números"), ("x" * 30, "solo tiene números"), ("1" * 30, "número mal")],
)
def test_a_mistyped_code_is_told_and_kept(browser: Browser, typed: str, said: str) -> None:
    page = browser.look(typed)
    assert page.status == 422
    assert said in (page.by_id("error-summary") or "")
    assert dict(page.form_with("code").fields)["code"] == typed


def test_a_code_is_taken_as_people_write_it(world: World, browser: Browser) -> None:
    code = browser.file(STORY)
    devanagari = "".join(chr(0x966 + int(sign)) if sign.isdigit() else "-" for sign in code)
    backwards = "\n".join(reversed(code.split()))
    for typed in (code.replace(" ", ""), devanagari, backwards):
        assert browser.look(typed).by_id("case-state") == "Su reporte llegó. La junta todavía no lo abre."


def test_a_message_is_sealed_to_the_case_and_acknowledged(
    world: World, browser: Browser, case: HybridIdentity
) -> None:
    code = browser.file(STORY)
    answer(world, code, case, "¿Dónde fue?")
    done = send(browser, browser.look(code), "message", text="En la caseta.\r\n<b>Km 40</b> ")
    assert done.by_id("acknowledged") == "Tenemos su mensaje."
    assert "Km 40" not in done.html
    stored, message = message_in(world, code, case)
    assert (stored.kind, message.kind, message.text) == (
        "text",
        MessageKind.TEXT,
        "En la caseta.\n<b>Km 40</b> ",
    )
    assert message.sequence == 3 << 16


def test_messages_of_one_visit_are_numbered(world: World, browser: Browser, case: HybridIdentity) -> None:
    code = browser.file(STORY)
    answer(world, code, case)
    page = browser.look(code)
    for text in ("uno", "dos"):
        page = send(browser, page, "message", text=text)
        world.clock.pass_time(seconds=10)
    keys = keys_of(world, code)
    opened = [
        open_message([case], world.drop.get_message(each).message_age, keys.verification_key, keys.thread_id)
        for each in world.drop.message_ids()
    ]
    assert {message.text: message.sequence & 0xFFFF for message in opened} == {"uno": 0, "dos": 1}


def test_before_the_board_opened_it_a_message_can_be_sent(world: World, browser: Browser) -> None:
    code = browser.file(STORY)
    assert send(browser, browser.look(code), "message", text="Olvidé algo").by_id("acknowledged") is not None
    assert len(world.drop.message_ids()) == 1


@pytest.mark.parametrize(("text", "said"), [("  ", "vacío"), ("x" * (MAX_TEXT + 1), "100 000")])
def test_an_empty_or_endless_message_comes_back(world: World, browser: Browser, text: str, said: str) -> None:
    page = send(browser, browser.look(browser.file(STORY)), "message", text=text)
    assert page.status == 422
    assert said in (page.by_id("error-summary") or "")
    assert dict(page.form_with("text").fields)["text"] == text
    assert world.drop.message_ids() == []


def test_consents_are_changed_by_what_is_ticked(world: World, browser: Browser, case: HybridIdentity) -> None:
    code = browser.file(STORY)
    answer(world, code, case)
    done = send(browser, browser.look(code), "consent", pass_on="yes")
    assert done.by_id("acknowledged") == "Tenemos su cambio."
    assert message_in(world, code, case)[1].consents == Consents(pass_on=True, consulate=False)


def test_a_request_to_stop_needs_its_box(world: World, browser: Browser, case: HybridIdentity) -> None:
    code = browser.file(STORY)
    answer(world, code, case)
    page = send(browser, browser.look(code), "withdraw")
    assert page.status == 422
    world.clock.pass_time(seconds=10)
    assert send(browser, page, "withdraw", confirm="yes").by_id("acknowledged") is not None
    assert message_in(world, code, case)[1].kind is MessageKind.WITHDRAWAL


def test_sending_under_an_unknown_code_says_the_same_as_looking(world: World, browser: Browser) -> None:
    page = browser.look(browser.file(STORY))
    form = page.form_with("text")
    answered = browser.submit(page, form, {"text": "hola", "code": str(ReceiptCode.generate())})
    assert answered.by_id("case-state") == "No hay nada con este código."
    assert world.drop.message_ids() == []


def test_a_slot_that_is_not_the_board_s_is_not_shown(
    world: World, browser: Browser, case: HybridIdentity
) -> None:
    code = browser.file(STORY)
    keys = keys_of(world, code)
    forged = replace(slot_of(world, code), state=SlotState.CLOSED, sequence=1)
    world.drop.put_slots([(keys.thread_id, seal_slot(keys.identity.recipient, forged, bytes(32)))])
    page = browser.look(code)
    assert page.status == 503
    assert page.by_id("case-state") is None


def test_a_file_added_later_is_acknowledged_alone(
    world: World, browser: Browser, case: HybridIdentity
) -> None:
    code = browser.file(STORY)
    answer(world, code, case)
    page = browser.look(code)
    data = b"%PDF-1.4 " + os.urandom(3000)
    done = browser.submit(page, page.form_with("hidden_data"), {}, file=("file", "../acta ñ.pdf", data))
    assert done.by_id("acknowledged") == (
        "Tenemos su archivo: acta ñ.pdf. No podemos limpiar este tipo de archivo: se fue como estaba."
    )
    stored, message = message_in(world, code, case)
    assert message.file is not None
    assert message.file.sha256 == hashlib.sha256(data).digest()
    assert (message.file.size, message.file.cleaned, message.file.name) == (len(data), False, "acta ñ.pdf")
    assert len(done.body) == STATUS_STEP
    assert stored.file_chunks


@pytest.mark.parametrize(
    ("file", "status", "said"),
    [
        (None, 422, "Primero elija un archivo"),
        (("file", "x.txt", b""), 422, "vacío"),
        (("file", "x.txt", bytes(1024 * 1024 + 1)), 422, "muy grande"),
        (("file", "x.jpg", b"\xff\xd8\xff\xe0cut"), 422, "No pudimos limpiar"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why_on_the_page(
    world: World, browser: Browser, file: tuple[str, str, bytes] | None, status: int, said: str
) -> None:
    page = browser.look(browser.file(STORY))
    done = browser.submit(page, page.form_with("hidden_data"), {}, file=file)
    assert done.status == status
    assert said in (done.by_id("error-summary") or "")
    assert 'href="#file"' in done.html
    assert world.drop.message_ids() == []


def test_a_cut_upload_is_not_acknowledged(make_world: MakeWorld) -> None:
    world = make_world()
    browser = world.browser()
    code = browser.file(STORY)
    head = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    token = dict(browser.look(code).form_with("hidden_data").fields)["token"]
    fields = head.format("token", token) + head.format("code", code)
    body = (fields + head.format('file"; filename="a.txt', "hello")).encode()
    done = browser.request("POST", "/es/open", body, {"Content-Type": "multipart/form-data; boundary=b"})
    assert done.status == 400
    assert "no llegó completo" in (done.by_id("error-summary") or "")
    assert world.drop.message_ids() == []
