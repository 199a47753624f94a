"""Reports and messages once opened: hostile until parsed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import age, labels
from crypto.errors import AgeError, NoMatchingIdentityError, SealedPartError
from crypto.hybrid import HybridIdentity
from crypto.padding import pad_json
from crypto.parts import (
    MAX_TEXT,
    Consents,
    FileMetadata,
    MessageKind,
    ReporterMessage,
    open_message,
    parse_report,
    seal_message,
    with_repeatable_id,
)
from crypto.sealing import Recusal
from crypto.strict_json import Json, canonical, encode_blob, parse_object
from tests.crypto.boards import DAY, make_board

BOARD = make_board(3, 2)
KEYS = BOARD.reporter()
CASE = HybridIdentity.generate()
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
PLAIN = ReporterMessage(MessageKind.TEXT, KEYS.thread_id, b"m" * 16, 65537, DAY, "sigo aquí")
FILE = FileMetadata("foto 1.jpg", "image/jpeg", 123456, b"h" * 32, cleaned=True)

FILES = st.builds(
    FileMetadata,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    st.text("abc/", max_size=100),
    st.integers(0, 2**53),
    st.binary(min_size=32, max_size=32),
    st.booleans(),
)
COMMON = (
    st.just(KEYS.thread_id),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 2**53),
    st.dates(),
    TEXT,
)
MESSAGES = (
    st.builds(ReporterMessage, st.sampled_from([MessageKind.TEXT, MessageKind.WITHDRAWAL]), *COMMON)
    | st.builds(ReporterMessage, st.just(MessageKind.FILE), *COMMON, FILES)
    | st.builds(
        ReporterMessage,
        st.just(MessageKind.CONSENT),
        *COMMON,
        st.none(),
        st.builds(Consents, st.booleans(), st.booleans()),
    )
)


def opened(sealed: bytes, thread_id: bytes = KEYS.thread_id) -> ReporterMessage:
    return open_message([CASE], sealed, KEYS.verification_key, thread_id)


def resealed(change: dict[str, Json], *, sign: bool = True) -> bytes:
    part = parse_object(age.open_sealed(seal_message(CASE.recipient, KEYS, PLAIN), [CASE]))
    assert isinstance(part["body"], str)
    body = canonical(parse_object(part["body"].encode()) | change)
    part["body"] = body.decode()
    if sign:
        part["signature"] = encode_blob(KEYS.sign(labels.SIGNED_MESSAGE + body))
    return age.seal(canonical(part), [CASE.recipient])


@settings(max_examples=60, deadline=None)
@given(MESSAGES)
def test_a_message_survives_both_ways(message: ReporterMessage) -> None:
    assert opened(seal_message(CASE.recipient, KEYS, message)) == message


def test_messages_of_any_kind_have_the_same_size() -> None:
    kinds = [
        PLAIN,
        replace(PLAIN, text="x" * 5000),
        replace(PLAIN, kind=MessageKind.WITHDRAWAL),
        replace(PLAIN, kind=MessageKind.FILE, file=FILE),
        replace(PLAIN, kind=MessageKind.CONSENT, consents=Consents(True, False)),
    ]
    assert len({len(seal_message(CASE.recipient, KEYS, message)) for message in kinds}) == 1


def test_the_same_message_said_again_has_the_same_id() -> None:
    first, again = (
        with_repeatable_id(PLAIN, KEYS),
        with_repeatable_id(replace(PLAIN, message_id=b"x" * 16), KEYS),
    )
    assert first.message_id == again.message_id
    others = [replace(PLAIN, text="otra cosa"), replace(PLAIN, sequence=PLAIN.sequence + 1)]
    ids = {with_repeatable_id(message, KEYS).message_id for message in [PLAIN, *others]}
    assert len(ids) == 3
    assert with_repeatable_id(PLAIN, BOARD.reporter()).message_id not in ids


def test_a_forged_message_is_refused() -> None:
    with pytest.raises(SealedPartError, match="not the reporter's"):
        opened(resealed({"text": "retiro todo"}, sign=False))
    other = BOARD.reporter()
    forged = replace(PLAIN, thread_id=other.thread_id)
    with pytest.raises(SealedPartError, match="not the reporter's"):
        opened(seal_message(CASE.recipient, other, forged))


def test_a_signature_made_for_something_else_is_refused() -> None:
    part = parse_object(age.open_sealed(seal_message(CASE.recipient, KEYS, PLAIN), [CASE]))
    assert isinstance(part["body"], str)
    part["signature"] = encode_blob(KEYS.sign(labels.SIGNED_SLOT + part["body"].encode()))
    with pytest.raises(SealedPartError, match="not the reporter's"):
        opened(age.seal(canonical(part), [CASE.recipient]))


def test_another_threads_message_is_neither_sealed_nor_opened() -> None:
    with pytest.raises(SealedPartError, match="another thread"):
        seal_message(CASE.recipient, KEYS, replace(PLAIN, thread_id=bytes(32)))
    with pytest.raises(SealedPartError, match="another thread"):
        opened(resealed({"thread_id": encode_blob(bytes(32))}))


def test_an_earlier_generation_of_the_case_key_still_opens() -> None:
    sealed = seal_message(CASE.recipient, KEYS, PLAIN)
    newer = HybridIdentity.generate()
    found = open_message([newer, CASE], sealed, KEYS.verification_key, KEYS.thread_id)
    assert found == PLAIN
    with pytest.raises(NoMatchingIdentityError):
        open_message([newer], sealed, KEYS.verification_key, KEYS.thread_id)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "file"}, "file"),
        ({"kind": "order"}, "kind"),
        ({"file": {"name": "a"}}, "file.media_type"),
        ({"consents": {"pass_on": True, "consulate": True}}, "consents"),
        ({"text": "x" * (MAX_TEXT + 1)}, "text"),
        ({"sequence": -1}, "sequence"),
        ({"message_id": "AAAA"}, "message_id"),
        ({"more": 1}, "json"),
    ],
)
def test_a_malformed_message_is_refused_though_well_signed(change: dict[str, Json], field: str) -> None:
    with pytest.raises(SealedPartError) as caught:
        opened(resealed(change))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "change",
    [
        {"kind": MessageKind.FILE},
        {"file": FILE},
        {"consents": Consents(True, True)},
        {"kind": MessageKind.CONSENT},
        {"text": "x" * (MAX_TEXT + 1)},
    ],
)
def test_a_message_that_contradicts_itself_cannot_be_made(change: dict[str, object]) -> None:
    fields = {name: getattr(PLAIN, name) for name in ReporterMessage.__slots__} | change
    with pytest.raises(SealedPartError):
        ReporterMessage(**fields)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_plaintext_gives_our_error(data: bytes) -> None:
    with pytest.raises(SealedPartError):
        opened(age.seal(data, [CASE.recipient]))
    with pytest.raises(SealedPartError):
        parse_report(data)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_flipped_byte_of_the_age_file_is_refused(data: st.DataObject) -> None:
    sealed = bytearray(seal_message(CASE.recipient, KEYS, PLAIN))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(AgeError):
        opened(bytes(sealed))


def envelope() -> dict[str, Json]:
    return {
        "kind": "report",
        "version": 1,
        "report_id": encode_blob(b"r" * 16),
        "thread_id": encode_blob(KEYS.thread_id),
        "manifest": encode_blob(b"m" * 32),
        "day": "2026-11-20",
        "recipient": encode_blob(KEYS.identity.recipient.to_bytes()),
        "verification_key": encode_blob(KEYS.verification_key),
        "filing_salt": encode_blob(KEYS.filing_salt),
        "recusals": {"labels": ["vocal-1"], "members_only": True},
        "content": {"story": "canario"},
    }


def test_a_report_is_read_with_its_padding() -> None:
    report = parse_report(pad_json(canonical(envelope())))
    assert report.report_id == b"r" * 16
    assert report.thread_id == KEYS.thread_id
    assert report.manifest_hash == b"m" * 32
    assert report.day == DAY
    assert report.reporter_recipient == KEYS.identity.recipient
    assert report.verification_key == KEYS.verification_key
    assert report.filing_salt == KEYS.filing_salt
    assert report.recusal == Recusal(frozenset({"vocal-1"}), members_only=True)
    assert report.content.text("story", 10) == "canario"


@pytest.mark.parametrize("name", ["thread_id", "recipient", "verification_key"])
def test_a_report_with_the_thread_of_other_keys_is_refused(name: str) -> None:
    other = BOARD.reporter()
    theirs = {
        "thread_id": other.thread_id,
        "recipient": other.identity.recipient.to_bytes(),
        "verification_key": other.verification_key,
    }
    with pytest.raises(SealedPartError, match="not the thread of these keys"):
        parse_report(canonical(envelope() | {name: encode_blob(theirs[name])}))


@pytest.mark.parametrize("name", sorted(envelope()))
def test_a_report_without_any_one_field_is_refused(name: str) -> None:
    value = envelope()
    del value[name]
    with pytest.raises(SealedPartError, match=f"{name} is missing"):
        parse_report(canonical(value))


@given(st.sampled_from(sorted(envelope())), st.none() | st.integers() | TEXT | st.lists(TEXT, max_size=2))
def test_a_report_with_a_wrong_value_gives_our_error_or_a_report(name: str, value: Json) -> None:
    try:
        report = parse_report(canonical(envelope() | {name: value}))
    except SealedPartError:
        return
    assert report.day.isoformat() == (value if name == "day" else "2026-11-20")


def test_an_enormous_report_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(SealedPartError, match="too large"):
        parse_report(b"[" * (4 * 1024 * 1024 + 1))


def test_neither_report_nor_message_show_themselves() -> None:
    assert "canario" not in repr(parse_report(canonical(envelope())))
    shown = repr(replace(PLAIN, kind=MessageKind.FILE, file=FILE))
    assert "sigo" not in shown
    assert "foto" not in shown
