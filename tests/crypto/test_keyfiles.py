"""Files of recipients and identities: one a line, mistakes named by line and never quoted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import IdentityFileError, RecipientError
from crypto.hybrid import HybridIdentity
from crypto.keyfiles import parse_identities, parse_identity, parse_recipient, parse_recipients
from crypto.x25519 import X25519Identity

HYBRID = HybridIdentity.from_seed(bytes(32))
OLD = X25519Identity.generate()


def test_the_type_of_a_key_is_read_from_its_start() -> None:
    assert [parse_identity(str(key)) for key in (HYBRID, OLD)] == [HYBRID, OLD]
    assert [parse_recipient(str(key.recipient)) for key in (HYBRID, OLD)] == [HYBRID.recipient, OLD.recipient]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n# between\n"])
def test_comments_and_empty_lines_are_passed_over(end: str) -> None:
    identities = end.join(["# resguardo member vocal-1", str(HYBRID), str(OLD), ""])
    assert parse_identities(identities.encode()) == (HYBRID, OLD)
    recipients = end.join(["# año 2026", str(OLD.recipient), str(HYBRID.recipient)])
    assert parse_recipients(recipients.encode()) == (OLD.recipient, HYBRID.recipient)


@pytest.mark.parametrize("data", [b"", b"\n", b"# only words\n"])
def test_a_file_without_keys_is_refused(data: bytes) -> None:
    with pytest.raises(IdentityFileError, match="no identity"):
        parse_identities(data)
    with pytest.raises(RecipientError, match="no recipient"):
        parse_recipients(data)


def test_a_mistyped_identity_is_named_by_its_line_and_not_quoted() -> None:
    mistyped = str(HYBRID)[:-1] + ("Q" if str(HYBRID)[-1] != "Q" else "P")
    with pytest.raises(IdentityFileError, match=r"^line 3: ") as caught:
        parse_identities(f"# first\n{OLD}\n{mistyped}\n".encode())
    assert mistyped[19:] not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_identity_among_recipients_is_refused_and_not_quoted() -> None:
    with pytest.raises(RecipientError, match=r"^line 1: ") as caught:
        parse_recipients(f"{HYBRID}\n".encode())
    assert str(HYBRID)[19:] not in str(caught.value)


@given(st.binary(max_size=200))
def test_no_bytes_bring_out_another_error(data: bytes) -> None:
    for start in (b"", b"age1pq1", b"age1", b"AGE-SECRET-KEY-PQ-1", b"AGE-SECRET-KEY-1"):
        with pytest.raises(IdentityFileError):
            parse_identities(start + data)
        with pytest.raises(RecipientError):
            parse_recipients(start + data)
