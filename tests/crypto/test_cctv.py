"""Every C2SP/CCTV vector for age ends as it says, in the layer it says."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest

from crypto.age import open_stream, payload_key
from crypto.armor import decode, encode
from crypto.errors import AgeError
from crypto.header import Header
from crypto.payload import PayloadWriter, open_payload
from tests.crypto.age_vectors import LAYERS, VECTORS, Vector


def outcome(vector: Vector) -> tuple[str, bytes]:
    """How opening a vector ends, and all plaintext that was released before the end."""
    sink = BytesIO()
    try:
        open_stream(vector.source(), sink, vector.keys())
    except AgeError as error:
        return next(layer for layer, types in LAYERS.items() if type(error) in types), sink.getvalue()
    return "success", sink.getvalue()


def test_all_143_vectors_are_here() -> None:
    assert len(VECTORS) == 143
    assert {vector.expect for vector in VECTORS} == {"success", *LAYERS}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_vector_ends_as_it_says(vector: Vector) -> None:
    expect, released = outcome(vector)
    assert expect == vector.expect
    if vector.payload_hash is not None:
        assert hashlib.sha256(released).hexdigest() == vector.payload_hash
    else:
        assert released == b""


@pytest.mark.parametrize(
    "vector",
    [v for v in VECTORS if v.expect not in {"header failure", "armor failure"}],
    ids=lambda vector: vector.name,
)
def test_a_parsed_header_is_written_back_byte_for_byte(vector: Vector) -> None:
    whole = vector.source().read()
    source = BytesIO(whole)
    header = Header.from_stream(source)
    assert header.to_bytes() == whole[: source.tell()]


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v.armored and v.expect == "success"], ids=lambda vector: vector.name
)
def test_armor_is_written_back_but_for_white_space(vector: Vector) -> None:
    assert encode(decode(vector.sealed)).split() == vector.sealed.split()


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v.expect == "success"], ids=lambda vector: vector.name
)
def test_a_payload_is_sealed_again_to_the_same_bytes(vector: Vector) -> None:
    source = vector.source()
    Header.from_stream(source)
    key = payload_key(vector.file_key, source.read(16))
    sealed = source.read()
    plain = b"".join(open_payload(key, BytesIO(sealed)))
    writer = PayloadWriter(key)
    assert writer.update(plain) + writer.finish() == sealed
