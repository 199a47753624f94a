"""Whole files: sealed, opened, pushed, streamed, rewrapped, and refused in the layer that failed."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.age import (
    Recipient,
    SealingWriter,
    inspect,
    open_sealed,
    open_stream,
    read_header,
    rewrap,
    seal,
    seal_stream,
)
from crypto.errors import (
    AgeError,
    HeaderMacError,
    MalformedHeaderError,
    NoMatchingIdentityError,
    PayloadError,
    RecipientError,
)
from crypto.hybrid import HybridIdentity
from crypto.scrypt import ScryptIdentity, ScryptRecipient
from crypto.x25519 import X25519Identity

IDENTITY = HybridIdentity.from_seed(bytes(32))
OTHER = HybridIdentity.from_seed(b"\x01" * 32)
OLD = X25519Identity.generate()
SEALED = seal(b"plaintext", [IDENTITY.recipient])
HEADER_SIZE = inspect(BytesIO(SEALED)).header_size


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=500))
def test_what_is_sealed_is_opened(plain: bytes) -> None:
    assert open_sealed(seal(plain, [IDENTITY.recipient]), [IDENTITY]) == plain


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3_000_001])
def test_pushed_streamed_and_whole_are_the_same_format(size: int) -> None:
    plain = bytes(size)
    writer = SealingWriter([IDENTITY.recipient])
    pushed = (
        b"".join(writer.update(plain[at : at + 100_000]) for at in range(0, size, 100_000)) + writer.finish()
    )
    streamed = BytesIO()
    seal_stream(BytesIO(plain), streamed, [IDENTITY.recipient])
    for sealed in (pushed, streamed.getvalue(), seal(plain, [IDENTITY.recipient])):
        sink = BytesIO()
        open_stream(BytesIO(sealed), sink, [IDENTITY])
        assert sink.getvalue() == plain
        assert inspect(BytesIO(sealed)).plaintext_size == size


def test_each_of_several_recipients_opens_and_nobody_else() -> None:
    sealed = seal(b"text", [IDENTITY.recipient, OTHER.recipient])
    assert open_sealed(sealed, [IDENTITY]) == open_sealed(sealed, [OTHER]) == b"text"
    assert open_sealed(sealed, [HybridIdentity.generate(), OLD, OTHER]) == b"text"
    with pytest.raises(NoMatchingIdentityError):
        open_sealed(sealed, [HybridIdentity.generate(), OLD])
    with pytest.raises(NoMatchingIdentityError):
        open_sealed(sealed, [])


def test_two_files_of_one_text_share_no_key() -> None:
    first, second = (seal(bytes(100), [IDENTITY.recipient]) for _ in range(2))
    assert first[HEADER_SIZE + 16 :] != second[HEADER_SIZE + 16 :]
    assert first[HEADER_SIZE : HEADER_SIZE + 16] != second[HEADER_SIZE : HEADER_SIZE + 16]


PASSPHRASE = ScryptRecipient("palabra", 2)


@pytest.mark.parametrize(
    "recipients",
    [
        [],
        [IDENTITY.recipient, OLD.recipient],
        [PASSPHRASE, PASSPHRASE],
        [PASSPHRASE, OLD.recipient],
        [IDENTITY.recipient, PASSPHRASE],
    ],
)
def test_recipients_that_weaken_a_file_together_are_refused(recipients: list[Recipient]) -> None:
    with pytest.raises(RecipientError):
        seal(b"", recipients)
    with pytest.raises(RecipientError):
        rewrap(SEALED, [IDENTITY], recipients)


def test_a_passphrase_file_opens_with_its_passphrase() -> None:
    sealed = seal(b"text", [PASSPHRASE])
    assert open_sealed(sealed, [IDENTITY, ScryptIdentity("palabra")]) == b"text"
    with pytest.raises(NoMatchingIdentityError, match="passphrase"):
        open_sealed(sealed, [ScryptIdentity("otra")])


def test_rewrapping_changes_the_header_and_not_the_payload() -> None:
    again = rewrap(SEALED, [IDENTITY], [OTHER.recipient])
    assert open_sealed(again, [OTHER]) == b"plaintext"
    assert again[-len(SEALED[HEADER_SIZE:]) :] == SEALED[HEADER_SIZE:]
    with pytest.raises(NoMatchingIdentityError):
        open_sealed(again, [IDENTITY])


def test_rewrapping_needs_the_identity_and_a_sound_header() -> None:
    with pytest.raises(NoMatchingIdentityError):
        rewrap(SEALED, [OTHER], [OTHER.recipient])
    with pytest.raises(HeaderMacError):
        rewrap(with_another_stanza(), [IDENTITY], [OTHER.recipient])


def with_another_stanza() -> bytes:
    """The file with a stanza added after sealing."""
    return SEALED.replace(b"\n--- ", b"\n-> added\n\n--- ", 1)


def test_an_added_stanza_is_refused() -> None:
    with pytest.raises(HeaderMacError):
        open_sealed(with_another_stanza(), [IDENTITY])


def test_a_scrypt_stanza_among_others_is_refused_whoever_opens() -> None:
    with pytest.raises(MalformedHeaderError):
        open_sealed(SEALED.replace(b"\n--- ", b"\n-> scrypt\n\n--- ", 1), [IDENTITY])


@pytest.mark.parametrize("end", [HEADER_SIZE, HEADER_SIZE + 15])
def test_a_file_without_a_whole_nonce_is_a_header_failure(end: int) -> None:
    with pytest.raises(MalformedHeaderError):
        open_sealed(SEALED[:end], [IDENTITY])


@pytest.mark.parametrize("end", [HEADER_SIZE + 16, HEADER_SIZE + 17, len(SEALED) - 1])
def test_a_file_without_a_whole_payload_is_a_payload_failure(end: int) -> None:
    with pytest.raises(PayloadError):
        open_sealed(SEALED[:end], [IDENTITY])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_our_error(place: int, change: int) -> None:
    changed = SEALED[:place] + bytes([SEALED[place] ^ change]) + SEALED[place + 1 :]
    with pytest.raises(AgeError):
        open_sealed(changed, [IDENTITY, ScryptIdentity("x", max_work_factor=4)])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(SEALED)), st.integers(0, 60), st.binary(max_size=60))
def test_a_spliced_file_is_our_error_or_the_same_file(place: int, removed: int, added: bytes) -> None:
    changed = SEALED[:place] + added + SEALED[place + removed :]
    try:
        opened = open_sealed(changed, [IDENTITY, OLD])
    except AgeError:
        return
    assert (changed, opened) == (SEALED, b"plaintext")


@given(st.binary(max_size=300))
def test_no_bytes_bring_out_another_error(data: bytes) -> None:
    for sealed in (data, b"age-encryption.org/v1\n" + data, b"age-encryption.org/v1\n-> X25519 " + data):
        with pytest.raises(AgeError):
            open_sealed(sealed, [IDENTITY, OLD])
        with pytest.raises(AgeError):
            inspect(BytesIO(sealed[:200]))


def test_a_false_header_is_refused_before_anything_is_written() -> None:
    sink = BytesIO()
    with pytest.raises(HeaderMacError):
        open_stream(BytesIO(with_another_stanza()), sink, [IDENTITY])
    assert sink.getvalue() == b""


def test_inspection_needs_no_key() -> None:
    seen = inspect(BytesIO(SEALED))
    assert seen.stanza_types == ("mlkem768x25519",)
    assert seen.header_size + seen.payload_size == len(SEALED)
    assert seen.plaintext_size == len(b"plaintext")
    assert read_header(BytesIO(SEALED)).to_bytes() == SEALED[: seen.header_size]


def test_a_finished_writer_takes_nothing_more() -> None:
    writer = SealingWriter([IDENTITY.recipient])
    writer.finish()
    with pytest.raises(PayloadError):
        writer.update(b"more")
