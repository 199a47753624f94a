"""Slots: one size, signed by the desk, and an unsigned one says nothing for the board."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import age, labels, signing
from crypto.errors import AgeError, NoMatchingIdentityError, SealedPartError
from crypto.hybrid import HybridIdentity
from crypto.padding import SLOT_PLAINTEXT, pad_json
from crypto.slots import (
    Reply,
    Slot,
    SlotDeadline,
    SlotState,
    first_slot,
    fit_replies,
    open_slot,
    seal_slot,
)
from crypto.strict_json import Json, canonical, encode_blob, parse_object
from tests.crypto.boards import DAY

READER = HybridIdentity.generate()
CASE = HybridIdentity.generate().recipient
DESK_SEED = bytes(range(32))
DESK_KEY = signing.verification_key(DESK_SEED)
THREAD = b"\x07" * 32
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
DAYS = st.dates()
SLOTS = st.builds(
    Slot,
    st.just(THREAD),
    st.integers(0, 2**31 - 1),
    DAYS,
    st.sampled_from(SlotState),
    st.lists(st.builds(SlotDeadline, st.text("abc", max_size=40), DAYS), max_size=8).map(tuple),
    st.lists(st.builds(Reply, st.binary(min_size=16, max_size=16), DAYS, TEXT), max_size=4).map(tuple),
    st.just(CASE),
)
PLAIN = Slot(THREAD, 3, DAY, SlotState.RECEIVED, (SlotDeadline("acknowledge", DAY),), (), CASE)


def reply(text: str, number: int = 0) -> Reply:
    return Reply(number.to_bytes(16), DAY, text)


@settings(max_examples=40, deadline=None)
@given(SLOTS)
def test_a_slot_survives_both_ways_and_always_has_one_size(slot: Slot) -> None:
    sealed = seal_slot(READER.recipient, slot, DESK_SEED)
    assert len(sealed) == 32768
    assert open_slot(READER, sealed, DESK_KEY, THREAD) == slot


def test_a_first_slot_is_the_same_size_and_unsigned() -> None:
    sealed = seal_slot(READER.recipient, first_slot(THREAD, CASE, DAY), None)
    slot = open_slot(READER, sealed, DESK_KEY, THREAD)
    assert len(sealed) == 32768
    assert (slot.signed, slot.state, slot.sequence, slot.case_recipient) == (
        False,
        SlotState.ARRIVED,
        0,
        CASE,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"state": SlotState.CLOSED},
        {"sequence": 1},
        {"replies": (Reply(bytes(16), DAY, "no es del consejo"),)},
        {"deadlines": (SlotDeadline("feedback", DAY),)},
    ],
)
def test_an_unsigned_slot_cannot_speak_for_the_board(change: dict[str, object]) -> None:
    slot = first_slot(THREAD, CASE, DAY)
    for name, value in change.items():
        object.__setattr__(slot, name, value)
    with pytest.raises(SealedPartError, match="signature"):
        seal_slot(READER.recipient, slot, None)
    # Sealed by somebody with other software, it is refused by the reader.
    part = parse_object(age.open_sealed(seal_slot(READER.recipient, slot, DESK_SEED), [READER]))
    part["signature"] = None
    sealed = age.seal(pad_json(canonical(part), SLOT_PLAINTEXT), [READER.recipient])
    with pytest.raises(SealedPartError, match="signature"):
        open_slot(READER, sealed, DESK_KEY, THREAD)


def resealed(change: dict[str, Json], *, sign: bool) -> bytes:
    part = parse_object(age.open_sealed(seal_slot(READER.recipient, PLAIN, DESK_SEED), [READER]))
    assert isinstance(part["body"], str)
    body = canonical(parse_object(part["body"].encode()) | change)
    part["body"] = body.decode()
    if sign:
        part["signature"] = encode_blob(signing.sign(DESK_SEED, labels.SIGNED_SLOT + body))
    return age.seal(canonical(part), [READER.recipient])


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(SealedPartError, match="not the board's"):
        open_slot(READER, resealed({"state": "closed"}, sign=False), DESK_KEY, THREAD)


def test_a_signature_made_for_something_else_is_refused() -> None:
    part = parse_object(age.open_sealed(seal_slot(READER.recipient, PLAIN, DESK_SEED), [READER]))
    assert isinstance(part["body"], str)
    part["signature"] = encode_blob(signing.sign(DESK_SEED, labels.SIGNED_MESSAGE + part["body"].encode()))
    with pytest.raises(SealedPartError, match="not the board's"):
        open_slot(READER, age.seal(canonical(part), [READER.recipient]), DESK_KEY, THREAD)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"state": "open"}, "state"),
        ({"sequence": -1}, "sequence"),
        ({"case_recipient": encode_blob(bytes(1216))}, "case_recipient"),
        ({"replies": [{"id": encode_blob(bytes(16)), "day": "2026-11-20", "text": "ñ" * 2001}]}, "text"),
        ({"more": 1}, "json"),
        ({"day": "hoy"}, "day"),
    ],
)
def test_a_malformed_slot_is_refused_though_well_signed(change: dict[str, Json], field: str) -> None:
    with pytest.raises(SealedPartError) as caught:
        open_slot(READER, resealed(change, sign=True), DESK_KEY, THREAD)
    assert caught.value.field == field


def test_another_threads_slot_is_refused() -> None:
    sealed = seal_slot(READER.recipient, PLAIN, DESK_SEED)
    with pytest.raises(SealedPartError, match="another thread"):
        open_slot(READER, sealed, DESK_KEY, bytes(32))


def test_another_readers_slot_and_another_kind_are_refused() -> None:
    with pytest.raises(NoMatchingIdentityError):
        open_slot(HybridIdentity.generate(), seal_slot(READER.recipient, PLAIN, DESK_SEED), DESK_KEY, THREAD)
    with pytest.raises(SealedPartError, match="kind"):
        open_slot(READER, age.seal(b'{"kind":"share","version":1}', [READER.recipient]), DESK_KEY, THREAD)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_plaintext_gives_our_error(data: bytes) -> None:
    with pytest.raises(SealedPartError):
        open_slot(READER, age.seal(data, [READER.recipient]), DESK_KEY, THREAD)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 32767), st.integers(1, 255))
def test_a_flipped_byte_is_refused(place: int, difference: int) -> None:
    sealed = bytearray(seal_slot(READER.recipient, PLAIN, DESK_SEED))
    sealed[place] ^= difference
    with pytest.raises(AgeError):
        open_slot(READER, bytes(sealed), DESK_KEY, THREAD)


def test_the_newest_replies_that_fit_are_kept() -> None:
    replies = tuple(reply("a" * 4000, number) for number in range(20))
    slot = replace(PLAIN, replies=replies)
    with pytest.raises(SealedPartError, match="fit"):
        seal_slot(READER.recipient, slot, DESK_SEED)
    fitting = fit_replies(slot)
    assert fitting.replies == replies[-7:]
    assert len(seal_slot(READER.recipient, fitting, DESK_SEED)) == 32768


@pytest.mark.parametrize("text", ["\x01" * 4000, '"' * 4000, "\\" * 4000, "ñ" * 2000, "\U0001f6c2" * 1000])
def test_the_longest_reply_always_fits_alone_with_all_deadlines(text: str) -> None:
    deadlines = tuple(SlotDeadline("x" * 40, date(9999, 12, 31)) for _ in range(8))
    slot = replace(PLAIN, sequence=2**31 - 1, state=SlotState.WAITING_FOR_YOU, deadlines=deadlines)
    fitting = fit_replies(replace(slot, replies=(reply("old" * 1000), reply(text))))
    assert fitting.replies[-1].text == text
    assert open_slot(READER, seal_slot(READER.recipient, fitting, DESK_SEED), DESK_KEY, THREAD) == fitting


def test_a_reply_over_4000_bytes_cannot_be_made() -> None:
    with pytest.raises(SealedPartError, match="4000 bytes"):
        reply("ñ" * 2001)


def test_more_deadlines_than_a_reader_takes_are_not_sealed() -> None:
    slot = replace(PLAIN, deadlines=PLAIN.deadlines * 9)
    with pytest.raises(SealedPartError, match="deadlines"):
        seal_slot(READER.recipient, slot, DESK_SEED)


def test_a_slot_does_not_show_its_thread_or_text() -> None:
    shown = repr(replace(PLAIN, replies=(reply("canario"),)))
    assert "canario" not in shown
    assert "x07" not in shown
