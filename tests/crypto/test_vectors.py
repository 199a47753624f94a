"""Our formats against stored vectors: another implementation passes the same ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from crypto import age
from crypto.errors import (
    HeaderMacError,
    ManifestError,
    NoMatchingIdentityError,
    PayloadError,
    ReceiptError,
    SealedPartError,
)
from crypto.hybrid import HybridIdentity
from crypto.manifest import SignedManifest, check_successor
from crypto.opening import find_case_key, open_share
from crypto.padding import file_size, json_size
from crypto.parts import MessageKind, open_message, parse_report
from crypto.receipt import KdfParameters, ReceiptCode, derive
from crypto.sealing import Recusal
from crypto.shares import Share
from crypto.slots import open_slot
from crypto.strict_json import Fields, Json, decode_blob, parse_object
from tests.vectors import make

FOLDER = Path(make.__file__).parent
BIG = 2**31
LAYERS = {
    "no match": NoMatchingIdentityError,
    "HMAC failure": HeaderMacError,
    "payload failure": PayloadError,
}
MANIFEST_REASONS = {
    "malformed": "key twice",
    "canonical": "not canonical",
    "signature": "not signed by its root keys",
    "rule": "larger than|same label|single",
    "chain": "does not follow",
}


def load(name: str) -> Fields:
    # Not our strict parser: some vectors are about what it refuses.
    return Fields(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def cases(name: str) -> list[Fields]:
    return load(name).objects("cases", 100)


def places(file: str, case: Fields, name: str) -> list[Json]:
    """A list of x, or of lists of x, of a case."""
    for other in json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8"))["cases"]:
        if other["name"] == case.text("name", 99):
            found: list[Json] = other[name]
            return found
    raise KeyError(name)


def each(name: str) -> Callable[[Callable[[Fields], None]], Callable[[Fields], None]]:
    """Run a test once for every case of a file."""
    mark = pytest.mark.parametrize("case", cases(name), ids=lambda case: case.text("name", 99))

    def decorate(function: Callable[[Fields], None]) -> Callable[[Fields], None]:
        return mark(function)

    return decorate


def blob(text: str) -> bytes:
    data = decode_blob(text)
    assert data is not None
    return data


KEYS = load("slot").object("keys")
REPORTER = HybridIdentity.parse(KEYS.text("reporter", 99))
CASE = HybridIdentity.parse(KEYS.text("case", 99))
THREAD = KEYS.blob("thread_id", 32)
DESK_KEY = KEYS.blob("desk_key", 32)
HOLDERS = [HybridIdentity.parse(text) for text in KEYS.texts("holders", 9, 99)]


@each("receipt")
def test_receipt(case: Fields) -> None:
    expect, typed = case.text("expect", 99), case.text("typed", 99)
    if expect != "success":
        with pytest.raises(ReceiptError) as caught:
            ReceiptCode.parse(typed)
        assert caught.value.reason == expect
        return
    kdf = case.object("kdf")
    cost = KdfParameters(*(kdf.integer(name, 1, BIG) for name in ("memory_kib", "iterations", "lanes")))
    keys = derive(ReceiptCode.parse(typed), case.blob("salt", 16), cost)
    assert keys.thread_id == case.blob("thread_id") == THREAD
    assert str(keys.identity) == case.text("identity", 99)
    assert hashlib.sha256(keys.identity.recipient.to_bytes()).digest() == case.blob("recipient_sha256")
    assert keys.filing_salt == case.blob("filing_salt")
    assert keys.verification_key == case.blob("verification_key")
    assert keys.sign(b"x") == case.blob("signature_of_x")


@each("padding")
def test_padding(case: Fields) -> None:
    size = case.integer("size", 0, BIG)
    assert json_size(size) == case.integer("json", 0, BIG)
    assert file_size(size) == case.integer("file", 0, BIG)


@each("shares")
def test_shares(case: Fields) -> None:
    shares = [Share.from_bytes(text.encode()) for text in case.texts("shares", 9, 999)]
    found = find_case_key(shares, [case.integer("threshold", 1, 9)])
    if case.text("expect", 99) == "no key":
        assert found is None
        return
    assert found is not None
    assert found.case_key.seed == case.blob("seed", 32)
    assert list(found.wrong) == places("shares", case, "wrong")


def board_of(case: Fields) -> bytes:
    if "board" in case.names():
        return case.text("board", 10**6).encode()
    old, new = case.texts("replace", 2, 999)
    base = next(each for each in cases("manifest") if each.text("name", 99) == case.text("of", 99))
    text = base.text("board", 10**6)
    assert text.count(old) == 1
    return text.replace(old, new).encode()


@each("manifest")
def test_manifest(case: Fields) -> None:
    expect = case.text("expect", 99)

    def read() -> SignedManifest:
        signed = SignedManifest.from_bytes(board_of(case))
        if "follows" in case.names():
            before = next(
                each for each in cases("manifest") if each.text("name", 99) == case.text("follows", 99)
            )
            check_successor(SignedManifest.from_bytes(board_of(before)).manifest, signed.manifest)
        return signed

    if expect != "success":
        with pytest.raises(ManifestError, match=MANIFEST_REASONS[expect]):
            read()
        return
    manifest = read().manifest
    if "hash" in case.names():
        assert manifest.hash == case.blob("hash", 32)
        assert manifest.root.fingerprint == case.text("fingerprint", 26)
        assert manifest == make.manifest()


def sealed_of(case: Fields) -> bytes:
    """A stored part, or the first one with a flipped or missing end, or a plaintext sealed now."""
    names = case.names()
    if "sealed" in names:
        return case.blob("sealed")
    if "plaintext" in names:
        recipients = [REPORTER.recipient, CASE.recipient]
        return age.seal(case.text("plaintext", 10**6).encode(), recipients)
    sealed = bytearray(cases("slot")[0].blob("sealed"))
    if "cut" in names:
        return bytes(sealed[: case.integer("cut", 0, BIG)])
    sealed[case.integer("flip", 0, BIG)] ^= 1
    return bytes(sealed)


@each("slot")
def test_slot(case: Fields) -> None:
    expect, sealed = case.text("expect", 99), sealed_of(case)
    if expect in LAYERS:
        with pytest.raises(LAYERS[expect]):
            open_slot(REPORTER, sealed, DESK_KEY, THREAD)
    elif expect != "success":
        with pytest.raises(SealedPartError) as caught:
            open_slot(REPORTER, sealed, DESK_KEY, THREAD)
        assert caught.value.field == expect
    else:
        slot = open_slot(REPORTER, sealed, DESK_KEY, THREAD)
        assert len(sealed) == 32768
        assert slot.signed is case.flag("signed")
        assert slot.case_recipient == CASE.recipient
        assert len(slot.replies) == slot.signed


@each("message")
def test_message(case: Fields) -> None:
    expect, sealed = case.text("expect", 99), sealed_of(case)
    verification_key = KEYS.blob("verification_key", 32)
    if expect != "success":
        with pytest.raises(SealedPartError) as caught:
            open_message([CASE], sealed, verification_key, THREAD)
        assert caught.value.field == expect
        return
    message = open_message([CASE], sealed, verification_key, THREAD)
    body = Fields(parse_object(case.text("body", 10**6).encode()))
    assert message.kind is MessageKind(body.text("kind", 99))
    assert message.text == body.text("text", 10**5)
    assert message.sequence == body.integer("sequence", 0, 2**53) == 3 << 16
    assert (message.file is None) == (body.maybe_object("file") is None)
    assert (message.consents is None) == (body.maybe_object("consents") is None)


@each("report")
def test_report(case: Fields) -> None:
    shares = {
        x: open_share(blob(text), [identity])
        for x, (text, identity) in enumerate(zip(case.texts("shares", 9, 10**5), HOLDERS, strict=True), 1)
    }
    thresholds = [KEYS.integer(name, 1, 9) for name in ("threshold", "watcher_threshold")]
    for subset in places("report", case, "open"):
        assert isinstance(subset, list)
        found = find_case_key([shares[x] for x in subset], thresholds)
        assert found is not None
        opened = parse_report(age.open_sealed(case.blob("report"), [found.case_key.identity]))
        assert opened.report_id == case.blob("report_id", 16)
        assert opened.thread_id == THREAD
        assert opened.recusal == Recusal.from_json(case.object("recusals"))
        assert opened.content.text("story", 99) == case.object("content").text("story", 99)
    for subset in places("report", case, "fail"):
        assert isinstance(subset, list)
        assert find_case_key([shares[x] for x in subset], thresholds) is None


def test_what_does_not_depend_on_chance_is_what_the_script_writes() -> None:
    for name, made in (("receipt", make.receipt_cases()), ("padding", make.padding_cases())):
        stored = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        assert stored["cases"] == made


def test_every_vector_says_what_is_expected_of_it() -> None:
    files = ("receipt", "padding", "shares", "manifest", "slot", "report", "message")
    everything = list(chain.from_iterable(cases(name) for name in files if name != "padding"))
    assert len(everything) > 40
    assert {"success", "no key", "signature", "rule", "check"} <= {
        case.text("expect", 99) for case in everything
    }
