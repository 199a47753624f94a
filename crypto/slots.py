"""The one sealed answer of a thread, always of the same size: state, deadlines, replies (protocol.md §5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from crypto import age, labels, signing
from crypto.errors import RecipientError, SealedPartError
from crypto.hybrid import RECIPIENT_SIZE, HybridIdentity, HybridRecipient
from crypto.padding import SLOT_PLAINTEXT, pad_json
from crypto.receipt import THREAD_ID_SIZE
from crypto.strict_json import Fields, Json, canonical, encode_blob, parse_object

REPLY_BYTES = 4000
REPLY_ID_SIZE = 16
MAX_SEQUENCE = 2**31 - 1
# A message's sequence is the slot's, shifted, plus its number within the visit (protocol.md §5).
SEQUENCE_SHIFT = 16

_MAX_DEADLINES = 8
_MAX_REPLIES = 1000
_MAX_NAME = 40


class SlotState(StrEnum):
    """What a reporter is told of the case."""

    ARRIVED = "arrived"
    RECEIVED = "received"
    IN_REVIEW = "in_review"
    WAITING_FOR_YOU = "waiting_for_you"
    ACTING = "acting"
    REFERRED = "referred"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SlotDeadline:
    """A day by which the board owes something; `name` is a word of the desk's deadlines."""

    name: str
    day: date


@dataclass(frozen=True, slots=True)
class Reply:
    """One text of the board, at most 4,000 bytes of UTF-8; random id of 16 bytes."""

    id: bytes
    day: date
    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.text.encode("utf-8", "replace")) > REPLY_BYTES:
            raise SealedPartError("text", f"must have at most {REPLY_BYTES} bytes")


@dataclass(frozen=True, slots=True)
class Slot:
    """What the holder of a code sees; replies from the oldest to the newest.

    `signed` is set by `open_slot`: False means that no board has seen the thread yet.
    """

    thread_id: bytes = field(repr=False)
    sequence: int
    day: date
    state: SlotState
    deadlines: tuple[SlotDeadline, ...]
    replies: tuple[Reply, ...]
    case_recipient: HybridRecipient = field(repr=False)
    signed: bool = True


def first_slot(thread_id: bytes, case_recipient: HybridRecipient, day: date) -> Slot:
    """The slot made where a report is sealed: it says that it arrived, and lets messages be sealed."""
    return Slot(thread_id, 0, day, SlotState.ARRIVED, (), (), case_recipient, signed=False)


def seal_slot(recipient: HybridRecipient, slot: Slot, desk_seed: bytes | None) -> bytes:
    """32,768 bytes, signed by the desk's Ed25519 seed; without it only a first slot can be sealed."""
    if desk_seed is None:
        _check_unsigned(slot)
    _check_limits(slot)
    plaintext = _to_bytes(slot, desk_seed)
    if len(plaintext) > SLOT_PLAINTEXT:
        raise SealedPartError("replies", "do not fit into a slot")
    return age.seal(pad_json(plaintext, SLOT_PLAINTEXT), [recipient])


def fit_replies(slot: Slot) -> Slot:
    """The slot with its newest replies that fit; one always does."""
    while slot.replies and len(_to_bytes(slot, bytes(signing.SEED_SIZE))) > SLOT_PLAINTEXT:
        slot = replace(slot, replies=slot.replies[1:])
    return slot


def open_slot(identity: HybridIdentity, sealed: bytes, desk_key: bytes, thread_id: bytes) -> Slot:
    """Open and check the slot of a thread; AgeError or SealedPartError.

    An unsigned slot is returned with `signed` False, and only if it says nothing in the board's name.
    """
    fields = Fields.from_bytes(age.open_sealed(sealed, [identity]), "slot")
    body = fields.text("body", SLOT_PLAINTEXT)
    signature = fields.maybe_blob("signature", signing.SIGNATURE_SIZE)
    fields.end()
    if signature is not None:
        _verify(desk_key, body, signature)
    slot = _parse(Fields(parse_object(body.encode("utf-8"))), signed=signature is not None)
    if slot.thread_id != thread_id:
        raise SealedPartError("thread_id", "is another thread's")
    if signature is None:
        _check_unsigned(slot)
    return slot


def _to_bytes(slot: Slot, desk_seed: bytes | None) -> bytes:
    body = canonical(_body(slot))
    signature = None if desk_seed is None else signing.sign(desk_seed, labels.SIGNED_SLOT + body)
    return canonical(
        {
            "kind": "slot",
            "version": 1,
            "body": body.decode("utf-8"),
            "signature": None if signature is None else encode_blob(signature),
        }
    )


def _body(slot: Slot) -> Mapping[str, Json]:
    return {
        "thread_id": encode_blob(slot.thread_id),
        "sequence": slot.sequence,
        "day": slot.day.isoformat(),
        "state": slot.state,
        "deadlines": [{"name": each.name, "day": each.day.isoformat()} for each in slot.deadlines],
        "replies": [
            {"id": encode_blob(each.id), "day": each.day.isoformat(), "text": each.text}
            for each in slot.replies
        ],
        "case_recipient": encode_blob(slot.case_recipient.to_bytes()),
    }


def _parse(fields: Fields, *, signed: bool) -> Slot:
    slot = Slot(
        thread_id=fields.blob("thread_id", THREAD_ID_SIZE),
        sequence=fields.integer("sequence", 0, MAX_SEQUENCE),
        day=fields.day("day"),
        state=SlotState(fields.choice("state", SlotState)),
        deadlines=tuple(_parse_deadline(each) for each in fields.objects("deadlines", _MAX_DEADLINES)),
        replies=tuple(_parse_reply(each) for each in fields.objects("replies", _MAX_REPLIES)),
        case_recipient=parse_raw_recipient(fields, "case_recipient"),
        signed=signed,
    )
    fields.end()
    return slot


def parse_raw_recipient(fields: Fields, name: str) -> HybridRecipient:
    """A recipient that stands in a sealed part as its 1,216 bytes."""
    try:
        return HybridRecipient.from_bytes(fields.blob(name, RECIPIENT_SIZE))
    except RecipientError:
        raise fields.refusal(name, "is not a valid recipient") from None


def _parse_deadline(fields: Fields) -> SlotDeadline:
    deadline = SlotDeadline(fields.text("name", _MAX_NAME), fields.day("day"))
    fields.end()
    return deadline


def _parse_reply(fields: Fields) -> Reply:
    reply = Reply(fields.blob("id", REPLY_ID_SIZE), fields.day("day"), fields.text("text", REPLY_BYTES))
    fields.end()
    return reply


def _verify(desk_key: bytes, body: str, signature: bytes) -> None:
    try:
        signing.verify(desk_key, labels.SIGNED_SLOT + body.encode("utf-8"), signature)
    except signing.SignatureError:
        raise SealedPartError("signature", "is not the board's") from None


def _check_limits(slot: Slot) -> None:
    # What could not be read again is not sealed; a reply checks itself.
    if not 0 <= slot.sequence <= MAX_SEQUENCE:
        raise SealedPartError("sequence", f"must be from 0 to {MAX_SEQUENCE}")
    if len(slot.deadlines) > _MAX_DEADLINES or any(len(each.name) > _MAX_NAME for each in slot.deadlines):
        raise SealedPartError("deadlines", f"must be at most {_MAX_DEADLINES}, of short names")
    if len(slot.replies) > _MAX_REPLIES:
        raise SealedPartError("replies", "do not fit into a slot")


def _check_unsigned(slot: Slot) -> None:
    # Anyone can seal to a reporter they know; only the board speaks in a slot (protocol.md §5).
    if slot.state is not SlotState.ARRIVED or slot.sequence or slot.replies or slot.deadlines:
        raise SealedPartError("signature", "is missing though the slot speaks for the board")
