"""Writes the vectors of our own formats anew: `python -m tests.vectors.make`.

Seeds, codes and days are fixed; what sealing draws at random is fixed only by having been stored.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

from crypto import age, labels, signing
from crypto.hybrid import HybridIdentity
from crypto.manifest import (
    EpochRecipient,
    Manifest,
    Member,
    RootSeeds,
    SignedManifest,
    Watcher,
    sign_manifest,
)
from crypto.padding import file_size, json_size
from crypto.parts import Consents, FileMetadata, MessageKind, ReporterMessage, seal_message
from crypto.receipt import KdfParameters, ReceiptCode, ReporterKeys, derive
from crypto.sealing import Recusal, seal_report
from crypto.shares import Share, split
from crypto.slots import Reply, Slot, SlotDeadline, SlotState, first_slot, seal_slot
from crypto.strict_json import Json, canonical, encode_blob, parse_object

HERE = Path(__file__).parent
DAY = date(2026, 11, 20)
KDF = KdfParameters(memory_kib=4096, iterations=1, lanes=1)
CODE = ReceiptCode.parse("71721 85166 72109 15697 01817 81798")


def seed(name: str) -> bytes:
    return hashlib.sha256(f"resguardo vector: {name}".encode()).digest()


def identity(name: str) -> HybridIdentity:
    return HybridIdentity.from_seed(seed(name))


ROOT = RootSeeds(seed("root ed25519"), seed("root mldsa65"))
DESK_SEED = seed("desk")
SALT = seed("receipt salt")[:16]
CASE = identity("case")
KEYS: ReporterKeys = derive(CODE, SALT, KDF)


def manifest() -> Manifest:
    def member(label: str) -> Member:
        epochs = tuple(
            EpochRecipient(epoch, identity(f"{label} {epoch}").recipient) for epoch in ("2026-11", "2026-12")
        )
        return Member(seed(label)[:8], label, identity(label).recipient, epochs)

    return Manifest(
        board_id=seed("board")[:16],
        name="Consejo de los vectores",
        sequence=1,
        previous=None,
        threshold=2,
        single=False,
        members=tuple(member(f"vocal-{number}") for number in (1, 2, 3)),
        staff=("triaje-1",),
        watchers=(Watcher("observatorio-1", identity("observatorio-1").recipient),),
        not_before=date(2026, 11, 1),
        not_after=date(2027, 11, 1),
        desk_key=signing.verification_key(DESK_SEED),
        code_hashes=(("seal.js", hashlib.sha256(b"").hexdigest()),),
        addresses=("https://consejo.example",),
        receipt_salt=SALT,
        kdf=KDF,
        root=ROOT.public,
    )


def signed(board: Manifest) -> str:
    return sign_manifest(board, ROOT.ed25519, ROOT.mldsa65).to_bytes().decode()


def signed_anew(change: dict[str, Json]) -> str:
    """A manifest that breaks a rule but whose signatures are good."""
    value = parse_object(manifest().to_bytes()) | change
    body = canonical(value)
    mldsa65 = MLDSA65PrivateKey.from_seed_bytes(ROOT.mldsa65).sign(body, labels.SIGNED_BOARD)
    ed25519 = signing.sign(ROOT.ed25519, labels.SIGNED_BOARD + body)
    whole: Json = {
        "ed25519_signature": encode_blob(ed25519),
        "manifest": value,
        "mldsa65_signature": encode_blob(mldsa65),
    }
    return canonical(whole).decode()


def receipt_cases() -> list[Json]:
    answers: dict[str, Json] = {
        "thread_id": encode_blob(KEYS.thread_id),
        "identity": str(KEYS.identity),
        "recipient_sha256": encode_blob(hashlib.sha256(KEYS.identity.recipient.to_bytes()).digest()),
        "filing_salt": encode_blob(KEYS.filing_salt),
        "verification_key": encode_blob(KEYS.verification_key),
        "signature_of_x": encode_blob(KEYS.sign(b"x")),
    }
    given: dict[str, Json] = {
        "salt": encode_blob(SALT),
        "kdf": {"memory_kib": KDF.memory_kib, "iterations": KDF.iterations, "lanes": KDF.lanes},
    }
    groups = CODE.groups
    arabic = str(CODE).translate({48 + digit: 0x660 + digit for digit in range(10)})
    typed = {
        "as shown": str(CODE),
        "without spaces": "".join(groups),
        "with dashes": "-".join(groups),
        "from the last group to the first": " ".join(reversed(groups)),
        "in Arabic-Indic digits": arabic,
        "in full-width digits": str(CODE).translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
        "with invisible direction marks": "\u2066" + str(CODE) + "\u2069",
    }
    wrong = {
        "one digit missing": ("".join(groups)[:-1], "length"),
        "one digit too many": ("".join(groups) + "0", "length"),
        "one digit changed": ("8" + "".join(groups)[1:], "check"),
        "two digits swapped": ("17" + "".join(groups)[2:], "check"),
        "a letter": ("O" + "".join(groups)[1:], "digits"),
        "the alias 01 of 98": (f"{next(n for n in range(999) if n * 100 % 97 == 0):028}01", "check"),
    }
    found: list[Json] = [
        {"name": name, "expect": "success", "typed": text, **given, **answers} for name, text in typed.items()
    ]
    found += [{"name": name, "expect": expect, "typed": text} for name, (text, expect) in wrong.items()]
    return found


def padding_cases() -> list[Json]:
    sizes = [0, 1, 1023, 1024, 1025, 16384, 16385, 65536, 65537, 262144, 262145, 1_000_000, 123_456_789]
    return [
        {"name": f"{size} bytes", "size": size, "json": json_size(size), "file": file_size(size)}
        for size in sizes
    ]


def shares_cases() -> list[Json]:
    digest = hashlib.sha256(CASE.recipient.to_bytes()).digest()
    report = seed("report")[:16]
    real = [Share(report, x, y, digest) for x, y in enumerate(split(CASE.seed, 3, 5), 1)]
    blank = replace(real[1], y=seed("blank"))

    def case(name: str, expect: str, shares: list[Share], wrong: list[Json]) -> Json:
        texts: list[Json] = [share.to_bytes().decode() for share in shares]
        key = encode_blob(CASE.seed) if expect == "success" else None
        return {"name": name, "expect": expect, "threshold": 3, "shares": texts, "seed": key, "wrong": wrong}

    return [
        case("three of five", "success", real[:3], []),
        case("three others", "success", real[2:], []),
        case("all five", "success", real, []),
        case("a blank one among five", "success", [real[0], blank, *real[2:]], [2]),
        case(
            "another report's among four", "success", [replace(real[0], report_id=bytes(16)), *real[1:4]], [1]
        ),
        case("two of five", "no key", real[:2], []),
        case("two and a blank one", "no key", [real[0], blank, real[2]], []),
        case("one of them twice", "no key", [real[0], real[0], real[1]], []),
    ]


def manifest_cases() -> list[Json]:
    first = manifest()
    good = signed(first)
    ed25519 = encode_blob(SignedManifest.from_bytes(good.encode()).ed25519_signature)
    base = "a board of three"
    replaced: list[tuple[str, str, str, str]] = [
        ("the Ed25519 signature is another's", "signature", ed25519, "A" * len(ed25519)),
        ("a word of it was changed", "signature", "de los", "de las"),
        ("a space was added", "canonical", '"kdf":', '"kdf": '),
        ("a key stands twice", "malformed", '"kind":', '"kind":"board","kind":'),
    ]
    broken: list[tuple[str, dict[str, Json]]] = [
        ("k is larger than n", {"threshold": 4}),
        ("two people have one label", {"staff": ["Vocal-1"]}),
        ("k is 1 without single", {"threshold": 1}),
    ]
    next_one = signed(replace(first, sequence=2, previous=first.hash, name="Consejo, segundo"))
    stray = signed(replace(first, sequence=3, previous=first.hash))
    found: list[Json] = [
        {
            "name": base,
            "expect": "success",
            "board": good,
            "fingerprint": first.root.fingerprint,
            "hash": encode_blob(first.hash),
        },
        {"name": "the next one", "expect": "success", "board": next_one, "follows": base},
        {"name": "one was left out", "expect": "chain", "board": stray, "follows": base},
    ]
    found += [
        {"name": name, "expect": expect, "of": base, "replace": [old, new]}
        for name, expect, old, new in replaced
    ]
    found += [{"name": name, "expect": "rule", "board": signed_anew(change)} for name, change in broken]
    return found


def slot_cases() -> list[Json]:
    replies = (Reply(seed("reply")[:16], DAY, "Recibimos su reporte.\nVuelva el lunes."),)
    deadlines = (SlotDeadline("acknowledge", date(2026, 11, 27)),)
    slot = Slot(KEYS.thread_id, 3, DAY, SlotState.IN_REVIEW, deadlines, replies, CASE.recipient)
    sealed = seal_slot(KEYS.identity.recipient, slot, DESK_SEED)
    first = seal_slot(KEYS.identity.recipient, first_slot(KEYS.thread_id, CASE.recipient, DAY), None)
    part = parse_object(age.open_sealed(sealed, [KEYS.identity]))
    body = part["body"]
    assert isinstance(body, str)

    def plain(change: dict[str, Json]) -> str:
        return canonical(part | change).decode()

    return [
        {
            "name": "signed by the desk",
            "expect": "success",
            "sealed": encode_blob(sealed),
            "signed": True,
            "body": body,
        },
        {"name": "the first one", "expect": "success", "sealed": encode_blob(first), "signed": False},
        {"name": "a flipped byte of the stanza", "expect": "no match", "flip": 900},
        {"name": "a flipped byte of the MAC", "expect": "HMAC failure", "flip": 1600},
        {"name": "a flipped byte of the payload", "expect": "payload failure", "flip": 32000},
        {"name": "the last byte is missing", "expect": "payload failure", "cut": 32767},
        {"name": "no signature", "expect": "signature", "plaintext": plain({"signature": None})},
        {
            "name": "a changed reply",
            "expect": "signature",
            "plaintext": plain({"body": body.replace("lunes", "martes")}),
        },
        {"name": "another kind", "expect": "kind", "plaintext": plain({"kind": "message"})},
        {"name": "another version", "expect": "version", "plaintext": plain({"version": 2})},
        {"name": "an unknown field", "expect": "json", "plaintext": plain({"more": True})},
    ]


def report_cases() -> list[Json]:
    board = manifest()
    content: dict[str, Json] = {"language": "ht", "story": "Yo te pran papye m yo. ñ \U0001f6c2"}
    recusals = {
        "nobody is recused": (Recusal(frozenset()), [[1, 2], [1, 3], [2, 3]], [[1], [1, 4]]),
        "one member is recused": (
            Recusal(frozenset({"vocal-2"}), members_only=True),
            [[1, 3]],
            [[1, 2], [2, 3], [2, 3, 4]],
        ),
        "too many are recused for the members": (
            Recusal(frozenset({"vocal-1", "vocal-2"})),
            [[4]],
            [[1, 2, 3]],
        ),
    }
    found: list[Json] = []
    for name, (recusal, opening, failing) in recusals.items():
        report = seal_report(board, KEYS, content, recusal, DAY, danger=False)
        sealed: list[Json] = [encode_blob(share) for share in report.shares]
        found.append(
            {
                "name": name,
                "expect": "success",
                "report": encode_blob(report.report_age),
                "report_id": encode_blob(report.report_id),
                "shares": sealed,
                "open": opening,
                "fail": failing,
                "recusals": recusal.to_json(),
                "content": content,
            }
        )
    return found


def message_cases() -> list[Json]:
    text = ReporterMessage(
        MessageKind.TEXT, KEYS.thread_id, seed("message")[:16], 3 << 16, DAY, "Sigo adentro."
    )
    file = FileMetadata("foto.jpg", "image/jpeg", 123456, seed("file"), cleaned=True)
    kinds = [
        text,
        replace(text, kind=MessageKind.FILE, text="", file=file),
        replace(text, kind=MessageKind.CONSENT, text="", consents=Consents(pass_on=True, consulate=False)),
        replace(text, kind=MessageKind.WITHDRAWAL, text="Ya no quiero seguir."),
    ]
    found: list[Json] = []
    for message in kinds:
        sealed = seal_message(CASE.recipient, KEYS, message)
        body = parse_object(age.open_sealed(sealed, [CASE]))["body"]
        found.append({"name": message.kind, "expect": "success", "sealed": encode_blob(sealed), "body": body})
    part = parse_object(age.open_sealed(seal_message(CASE.recipient, KEYS, text), [CASE]))
    body = part["body"]
    assert isinstance(body, str)
    slot_signature = encode_blob(KEYS.sign(labels.SIGNED_SLOT + body.encode()))
    elsewhere = canonical(parse_object(body.encode()) | {"thread_id": encode_blob(bytes(32))})
    other = {
        "body": elsewhere.decode(),
        "signature": encode_blob(KEYS.sign(labels.SIGNED_MESSAGE + elsewhere)),
    }
    changes: list[tuple[str, str, dict[str, Json]]] = [
        ("a changed text", "signature", {"body": body.replace("adentro", "afuera")}),
        ("a signature for another purpose", "signature", {"signature": slot_signature}),
        ("another thread's", "thread_id", dict(other)),
        ("another kind of part", "kind", {"kind": "slot"}),
    ]
    found += [
        {"name": name, "expect": expect, "plaintext": canonical(part | change).decode()}
        for name, expect, change in changes
    ]
    return found


def keys_of_all() -> dict[str, Json]:
    """What an implementation needs to open the stored parts."""
    holders: list[Json] = [str(identity(f"vocal-{number} 2026-11")) for number in (1, 2, 3)]
    return {
        "code": str(CODE),
        "salt": encode_blob(SALT),
        "reporter": str(KEYS.identity),
        "verification_key": encode_blob(KEYS.verification_key),
        "thread_id": encode_blob(KEYS.thread_id),
        "case": str(CASE),
        "desk_key": encode_blob(signing.verification_key(DESK_SEED)),
        "holders": [*holders, str(identity("observatorio-1"))],
        "threshold": 2,
        "watcher_threshold": 1,
    }


def main() -> None:
    files = {
        "receipt": receipt_cases(),
        "padding": padding_cases(),
        "shares": shares_cases(),
        "manifest": manifest_cases(),
        "slot": slot_cases(),
        "report": report_cases(),
        "message": message_cases(),
    }
    for name, cases in files.items():
        whole = (
            {"keys": keys_of_all(), "cases": cases}
            if name in {"slot", "report", "message"}
            else {"cases": cases}
        )
        text = json.dumps(whole, ensure_ascii=False, indent=1)
        (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
