"""Files in rows: whatever came from outside is stored, opened or marked, and never breaks the desk (T9)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from crypto import age
from crypto.hybrid import HybridIdentity
from crypto.parts import FileMetadata
from triage import attachments, tables
from triage.errors import RegisterError
from triage.register import Register, open_register, writing

OLD, NEW = HybridIdentity.generate(), HybridIdentity.generate()
FILE = b"f" * 16


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """An empty register."""
    made = open_register(str(tmp_path / "register.db"), str(tmp_path / "keys.db"))
    yield made
    made.close()


def store(register: Register, *chunks: bytes) -> None:
    rows = tables.attachment
    with writing(register) as connection:
        connection.execute(delete(rows))
        for number, chunk in enumerate(chunks):
            connection.execute(insert(rows).values(id=FILE, number=number, sealed=chunk))


def promise(data: bytes) -> FileMetadata:
    return FileMetadata("x", "text/plain", len(data), hashlib.sha256(data).digest(), False)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200_000), cuts=st.lists(st.integers(1, 150_000), max_size=6))
def test_any_cutting_into_rows_reads_back_and_rewraps(
    register: Register, data: bytes, cuts: list[int]
) -> None:
    sealed = age.seal(data + bytes(100), [OLD.recipient])
    edges = sorted({0, *(cut for cut in cuts if cut < len(sealed)), len(sealed)})
    store(register, *(sealed[a:b] for a, b in pairwise(edges)))
    with writing(register) as connection:
        assert attachments.rewrap(connection, FILE, [OLD], NEW.recipient)
        assert attachments.is_sound(connection, FILE, NEW, promise(data))
        assert not attachments.is_sound(connection, FILE, OLD, promise(data))
        assert not attachments.is_sound(connection, FILE, NEW, promise(data + b"x"))
    assert b"".join(attachments.read_file(register, FILE, NEW, len(data))) == data


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=1, max_size=2000), max_size=3))
def test_noise_is_marked_and_refused_in_our_words(register: Register, chunks: list[bytes]) -> None:
    store(register, *chunks)
    with writing(register) as connection:
        assert not attachments.rewrap(connection, FILE, [OLD], NEW.recipient)
        assert not attachments.is_sound(connection, FILE, OLD, promise(b""))
    with pytest.raises(RegisterError):
        list(attachments.read_file(register, FILE, OLD, 10))


def test_a_cut_file_ends_in_an_error_and_not_in_silence(register: Register) -> None:
    data = os.urandom(300_000)
    sealed = age.seal(data, [OLD.recipient])
    store(register, sealed[:-1])
    with pytest.raises(RegisterError):
        list(attachments.read_file(register, FILE, OLD, len(data)))


def test_rows_stay_within_a_mebibyte_after_rewrapping(register: Register) -> None:
    sealed = age.seal(os.urandom(3_000_000), [OLD.recipient])
    store(register, sealed[:10], *(sealed[at : at + 1_000_000] for at in range(10, len(sealed), 1_000_000)))
    with writing(register) as connection:
        assert attachments.rewrap(connection, FILE, [OLD], NEW.recipient)
    assert len(b"".join(attachments.read_file(register, FILE, NEW, 3_000_000))) == 3_000_000
