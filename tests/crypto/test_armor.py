"""Armor is strict: one spelling, white space only around it."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.armor import BEGIN, END, MAX_WHITESPACE, ArmorReader, ArmorWriter, decode, encode, is_armored
from crypto.errors import ArmorError

DATA = bytes(range(100))
SOUND = encode(DATA)


@given(st.binary(max_size=300))
def test_what_is_armored_is_taken_out_again(data: bytes) -> None:
    assert decode(encode(data)) == data


@pytest.mark.parametrize("size", [0, 1, 2, 3, 47, 48, 49, 96, 20_000])
def test_lines_have_64_columns(size: int) -> None:
    lines = encode(bytes(size)).split(b"\n")
    assert (lines[0], lines[-2], lines[-1]) == (BEGIN, END, b"")
    body = lines[1:-2]
    assert all(len(line) == 64 for line in body[:-1])
    assert all(0 < len(line) <= 64 for line in body[-1:])


@given(st.lists(st.binary(max_size=120), max_size=6), st.integers(1, 70))
def test_the_sizes_of_pushes_and_reads_do_not_matter(parts: list[bytes], step: int) -> None:
    writer = ArmorWriter()
    armored = b"".join(writer.update(part) for part in parts) + writer.finish()
    assert armored == encode(b"".join(parts))
    reader = ArmorReader(BytesIO(armored))
    out = b""
    while data := reader.read(step):
        out += data
    assert out == b"".join(parts)


@pytest.mark.parametrize(
    "armored",
    [
        SOUND.replace(b"\n", b"\r\n"),
        SOUND.rstrip(b"\n"),
        b" \t\r\n" * 4 + SOUND + b" \t\r\n" * 4,
        b"\n" * MAX_WHITESPACE + SOUND + b"\n" * MAX_WHITESPACE,
    ],
)
def test_line_ends_and_surrounding_white_space_are_free(armored: bytes) -> None:
    assert decode(armored) == DATA


BODY = SOUND.split(b"\n")[1:-2]


@pytest.mark.parametrize(
    "armored",
    [
        b"",
        BEGIN + b"\n",
        SOUND[:-2],
        b"x" + SOUND,
        SOUND + b"x",
        SOUND + SOUND,
        b"\n" * (MAX_WHITESPACE + 1) + SOUND,
        SOUND + b"\n" * (MAX_WHITESPACE + 1),
        SOUND.lower(),
        SOUND.replace(b"AGE ENCRYPTED", b"PGP"),
        SOUND.replace(BODY[0], BODY[0] + b" "),
        SOUND.replace(BODY[0], BODY[0][:-4]),
        SOUND.replace(BODY[0], BODY[0] + b"AAAA"),
        SOUND.replace(BODY[0], b"\n" + BODY[0]),
        SOUND.replace(END, b"\n" + END),
        SOUND.replace(BODY[-1], BODY[-1].rstrip(b"=")),
        SOUND.replace(BODY[-1], BODY[-1] + b"\n" + BODY[0]),
        SOUND.replace(b"\n", b"\r"),
        BEGIN + b"\nAB==\n" + END,
        BEGIN + b"\nA\xff==\n" + END,
        BEGIN + b"\n" + b"A" * 62 + b"==\nAAAA\n" + END,
    ],
)
def test_another_spelling_is_refused(armored: bytes) -> None:
    with pytest.raises(ArmorError):
        decode(armored)


@given(st.binary(max_size=200))
def test_no_bytes_bring_out_another_error(data: bytes) -> None:
    for armored in (data, BEGIN + b"\n" + data, BEGIN + b"\n" + data + b"\n" + END):
        try:
            out = decode(armored)
        except ArmorError:
            continue
        assert encode(out).split() == armored.split()


@given(st.integers(0, len(SOUND) - 1), st.integers(0, 255))
def test_a_changed_byte_never_reads_as_the_same_data(place: int, byte: int) -> None:
    changed = SOUND[:place] + bytes([byte]) + SOUND[place + 1 :]
    try:
        out = decode(changed)
    except ArmorError:
        return
    assert (out == DATA) == (changed.split() == SOUND.split())


@pytest.mark.parametrize(
    ("start", "armored"),
    [
        (SOUND, True),
        (b"\n\n  " + SOUND, True),
        (b"garbage" + SOUND, True),
        (SOUND.lower(), True),
        (b"----- BEGIN AGE", True),
        (b"age-encryption.org/v1\n-> -----BEGIN\n", False),
        (b"AGE-SECRET-KEY-PQ-1", False),
        (b"", False),
    ],
)
def test_armor_is_recognised_by_its_start(start: bytes, armored: bool) -> None:
    assert is_armored(start) is armored
