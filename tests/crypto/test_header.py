"""A header has exactly one spelling; anything else is malformed."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import AgeError, MalformedHeaderError, UnsupportedVersionError
from crypto.header import MAX_HEADER_SIZE, Header, Stanza, decode_base64, encode_base64

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80)
STANZAS = st.builds(Stanza, WORDS, st.lists(WORDS, max_size=4).map(tuple), st.binary(max_size=200))
HEADERS = st.builds(
    Header, st.lists(STANZAS, min_size=1, max_size=5).map(tuple), st.binary(min_size=32, max_size=32)
)
SOUND = Header((Stanza("X25519", ("arg",), bytes(32)),), bytes(32)).to_bytes()


def parse(data: bytes) -> Header:
    return Header.from_stream(BytesIO(data))


@given(HEADERS, st.binary(max_size=100))
def test_what_is_written_is_read_back_and_the_rest_is_left(header: Header, rest: bytes) -> None:
    source = BytesIO(header.to_bytes() + rest)
    assert Header.from_stream(source) == header
    assert source.read() == rest


@pytest.mark.parametrize("size", [0, 1, 47, 48, 49, 95, 96, 97])
def test_a_body_ends_with_a_short_line(size: int) -> None:
    lines = Stanza("a", (), bytes(size)).to_bytes().split(b"\n")[1:-1]
    assert [len(line) for line in lines[:-1]] == [64] * (size // 48)
    assert len(lines[-1]) < 64


@given(st.binary(max_size=400))
def test_no_bytes_bring_out_another_error(data: bytes) -> None:
    try:
        header = parse(data)
    except AgeError:
        return
    assert data.startswith(header.to_bytes())


@given(st.integers(0, len(SOUND) - 1), st.integers(0, 255))
def test_a_changed_byte_gives_another_header_or_our_error(place: int, byte: int) -> None:
    changed = SOUND[:place] + bytes([byte]) + SOUND[place + 1 :]
    try:
        header = parse(changed)
    except AgeError:
        return
    assert header.to_bytes() == changed


@pytest.mark.parametrize("end", range(len(SOUND)))
def test_a_header_that_is_cut_off_is_refused(end: int) -> None:
    with pytest.raises(AgeError):
        parse(SOUND[:end])


@pytest.mark.parametrize(
    "line", [b"age-encryption.org/v2\n", b"age-encryption.org/v1.1\n", b"age-encryption.org/next\n"]
)
def test_another_version_is_named_as_such(line: bytes) -> None:
    with pytest.raises(UnsupportedVersionError):
        parse(line + SOUND.partition(b"\n")[2])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"age-encryption.org/v1\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\r\n-> a\n\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> a\n\n" + b"-> a\n" + b"A" * 65 + b"\n\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n->\n\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> a \n\n--- " + b"A" * 43 + b"\n",
        b"age-encryption.org/v1\n-> a\n\n--- " + b"A" * 42 + b"\n",
        b"age-encryption.org/v1\n-> a\n\n--- " + b"A" * 42 + b"B\n",
        b"age-encryption.org/v1\n-> a\n\n--- " + b"A" * 43 + b"=\n",
    ],
)
def test_what_the_grammar_excludes_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedHeaderError):
        parse(data)


def test_a_header_without_end_is_refused_at_the_limit() -> None:
    class Endless(BytesIO):
        taken = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size) or (b"-> a\n" if self.taken % 2 else b"\n")[:size]
            self.taken += len(line)
            return line

    source = Endless(b"age-encryption.org/v1\n-> a\n")
    with pytest.raises(MalformedHeaderError):
        Header.from_stream(source)
    assert source.taken <= MAX_HEADER_SIZE


@pytest.mark.parametrize("words", [("",), ("a", ""), ("a b",), ("a", "b\n"), ("ñ",)])
def test_a_stanza_that_could_not_be_read_is_not_written(words: tuple[str, ...]) -> None:
    with pytest.raises(MalformedHeaderError):
        Stanza(words[0], words[1:], b"").to_bytes()


@given(st.binary(max_size=100))
def test_base64_round_trips_without_padding(data: bytes) -> None:
    text = encode_base64(data)
    assert b"=" not in text
    assert decode_base64(text) == data


@given(st.binary(max_size=60))
def test_base64_has_one_spelling(text: bytes) -> None:
    try:
        data = decode_base64(text)
    except MalformedHeaderError:
        return
    assert encode_base64(data) == text
