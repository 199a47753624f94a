"""Strict JSON: one spelling out, few ways in, and only our error."""

from __future__ import annotations

import json
import pickle
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crypto.errors import ReceiptError, SealedPartError
from crypto.strict_json import (
    MAX_DEPTH,
    MAX_INTEGER,
    Fields,
    Json,
    canonical,
    decode_blob,
    encode_blob,
    parse_object,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LEAVES = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXT
VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
OBJECTS: st.SearchStrategy[dict[str, Json]] = st.dictionaries(TEXT, VALUES, max_size=5)


@given(OBJECTS)
def test_an_object_survives_both_ways(value: dict[str, Json]) -> None:
    assert parse_object(canonical(value)) == value


@given(OBJECTS)
def test_canonical_bytes_do_not_depend_on_the_order_of_keys(value: dict[str, Json]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@given(OBJECTS, st.integers(0, 50))
def test_padding_with_spaces_changes_nothing(value: dict[str, Json], spaces: int) -> None:
    assert parse_object(canonical(value) + b" " * spaces) == value


def test_canonical_json_is_what_the_protocol_says() -> None:
    value: Json = {"b": [1, True, None], "a": 'ñ"\\\n\x01\u2028', "A": {}}
    assert canonical(value) == '{"A":{},"a":"ñ\\"\\\\\\n\\u0001\u2028","b":[1,true,null]}'.encode()


@given(st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b"1" * 5000)
def test_any_bytes_give_an_object_or_our_error(data: bytes) -> None:
    try:
        value = parse_object(data)
    except SealedPartError:
        return
    assert isinstance(value, dict)


@given(st.recursive(st.floats() | LEAVES | st.binary(max_size=3), lambda inner: st.lists(inner, max_size=3)))
def test_a_value_of_another_type_is_refused_by_our_error(value: Json) -> None:
    try:
        data = canonical(value)
    except SealedPartError:
        return
    assert json.loads(data) == value


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"b":{"a":1,"a":2}}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":9007199254740993}',
        b'{"a":-9007199254740993}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1}{',
        b'{"a":1}\x00',
        b"[1]",
        b"null",
        b"",
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(data: bytes) -> None:
    with pytest.raises(SealedPartError):
        parse_object(data)


def test_nesting_is_limited() -> None:
    nested: Json = 1
    for _ in range(MAX_DEPTH):
        nested = {"a": nested}
    assert parse_object(canonical(nested)) == nested
    with pytest.raises(SealedPartError, match="too deeply"):
        canonical({"a": nested})
    with pytest.raises(SealedPartError, match="too deeply"):
        parse_object(b'{"a":' + canonical(nested) + b"}")


@given(st.binary(max_size=50))
def test_a_blob_survives_both_ways(data: bytes) -> None:
    assert decode_blob(encode_blob(data)) == data


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "AA\n", "+/8", "Ä", "AAAA AAAA"])
def test_a_second_spelling_of_a_blob_is_refused(text: str) -> None:
    assert decode_blob(text) is None


def test_fields_give_checked_values() -> None:
    fields = Fields(
        {
            "t": "hola",
            "i": 3,
            "f": True,
            "b": "AAE",
            "c": "x",
            "d": "2026-11-20",
            "l": ["a"],
            "o": {"i": 1},
            "os": [{"i": 2}],
            "n": None,
        }
    )
    assert fields.text("t", 4) == "hola"
    assert fields.integer("i", 0, 3) == 3
    assert fields.flag("f") is True
    assert fields.blob("b", 2) == b"\x00\x01"
    assert fields.choice("c", ("x", "y")) == "x"
    assert fields.day("d") == date(2026, 11, 20)
    assert fields.texts("l", 1, 1) == ["a"]
    assert fields.object("o").integer("i", 0, 1) == 1
    assert fields.objects("os", 1)[0].integer("i", 0, 2) == 2
    assert fields.maybe_text("n", 1) is None
    assert fields.maybe_blob("absent") is None
    fields.end()


@pytest.mark.parametrize(
    ("value", "read", "reason"),
    [
        (5, lambda fields: fields.text("a", 4), "is not text"),
        ("holas", lambda fields: fields.text("a", 4), "0 to 4"),
        ("", lambda fields: fields.text("a", 4, min_chars=1), "1 to 4"),
        ("5", lambda fields: fields.integer("a", 0, 9), "is not an integer"),
        (True, lambda fields: fields.integer("a", 0, 9), "is not an integer"),
        (10, lambda fields: fields.integer("a", 0, 9), "from 0 to 9"),
        (1, lambda fields: fields.flag("a"), "neither"),
        ("AA", lambda fields: fields.blob("a", 2), "2 bytes"),
        ("A", lambda fields: fields.blob("a"), "base64url"),
        (None, lambda fields: fields.blob("a"), "base64url"),
        ("z", lambda fields: fields.choice("a", ("x", "y")), "choices"),
        ("2026-02-30", lambda fields: fields.day("a"), "not a day"),
        ("2026-W05-1", lambda fields: fields.day("a"), "not a day"),
        ("20260101", lambda fields: fields.day("a"), "not a day"),
        ("２０２６-01-01", lambda fields: fields.day("a"), "not a day"),
        ("text", lambda fields: fields.texts("a", 9, 9), "is not a list"),
        ([1], lambda fields: fields.texts("a", 9, 9), "texts"),
        (["", ""], lambda fields: fields.texts("a", 1, 9), "at most 1"),
        ([], lambda fields: fields.object("a"), "is not an object"),
        ([[]], lambda fields: fields.objects("a", 9), "objects"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_field_and_reason(
    value: Json, read: object, reason: str
) -> None:
    assert callable(read)
    with pytest.raises(SealedPartError, match=reason) as caught:
        read(Fields({"a": value}))
    assert caught.value.field == "a"


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(SealedPartError, match="a is missing"):
        Fields({}).text("a", 1)


def test_an_unknown_field_is_refused_without_repeating_it() -> None:
    fields = Fields({"o": {"canary": 1}}).object("o")
    with pytest.raises(SealedPartError, match=r"^o has unknown fields$"):
        fields.end()


def test_the_error_names_the_path_of_a_nested_field() -> None:
    with pytest.raises(SealedPartError) as caught:
        Fields({"a": [{"b": {"c": 1}}]}).objects("a", 1)[0].object("b").text("c", 1)
    assert caught.value.field == "a[0].b.c"


def test_a_part_of_another_kind_or_version_is_refused() -> None:
    assert Fields.from_bytes(b'{"kind":"share","version":1}', "share").names() == {"kind", "version"}
    with pytest.raises(SealedPartError, match="kind"):
        Fields.from_bytes(b'{"kind":"report","version":1}', "share")
    with pytest.raises(SealedPartError, match="version"):
        Fields.from_bytes(b'{"kind":"share","version":2}', "share")


def test_our_errors_cross_between_processes_with_their_words() -> None:
    part = pickle.loads(pickle.dumps(SealedPartError("file.name", "is not text")))  # noqa: S301
    assert (part.field, part.reason, str(part)) == ("file.name", "is not text", "file.name is not text")
    receipt = pickle.loads(pickle.dumps(ReceiptError("check")))  # noqa: S301
    assert (receipt.reason, str(receipt)) == ("check", "a digit of the receipt code is wrong")
