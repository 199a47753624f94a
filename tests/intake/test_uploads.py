"""A form with a file: whole or refused, and never on disk."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import ClientDisconnected

from crypto.age import open_sealed
from intake.guard import ExactInput
from intake.uploads import FilePlan, Received, UploadError, UploadLimits, UploadReason, clean_name, receive
from tests.intake.edge import IDENTITY, multipart
from tests.intake.metadata.pictures import CANARY, clean, jpeg

LIMITS = UploadLimits(max_file_bytes=100_000, max_fields_bytes=5000, max_fields=5)
PLAN = FilePlan(IDENTITY.recipient, keep_hidden=False)
FIELDS = {"code": "123", "keep": "0"}
BODY, KIND = multipart(FIELDS, "note.txt", b"the gate is green")


class RefusedError(Exception):
    """What a view may raise when the code is not known."""


class Stream(BytesIO):
    """Hands out a few bytes at a time, as a network does."""

    step = 1 << 30

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.step if size is None or size < 0 else min(size, self.step))


def take(
    body: bytes,
    kind: str = KIND,
    *,
    limits: UploadLimits = LIMITS,
    step: int = 1 << 30,
    length: int | None = None,
) -> Received:
    stream = Stream(body)
    stream.step = step
    return receive(stream, kind, len(body) if length is None else length, limits, lambda fields: PLAN)


def opened(got: Received) -> bytes:
    assert got.file is not None
    return open_sealed(b"".join(got.file.chunks), (IDENTITY,))[: got.file.size]


def refusal(body: bytes, kind: str = KIND, limits: UploadLimits = LIMITS) -> UploadError:
    stream = BytesIO(body)
    with pytest.raises(UploadError) as caught:
        receive(stream, kind, len(body), limits, lambda fields: PLAN)
    assert stream.read() == b"", "the rest must be read, or the connection is reset before the answer is seen"
    return caught.value


def test_fields_and_file_arrive() -> None:
    got = take(BODY)
    assert got.complete
    assert got.fields == {**FIELDS, "end": "1"}
    assert got.file is not None
    assert got.file.name == "note.txt"
    assert opened(got) == b"the gate is green"


@given(st.integers(1, 50))
def test_pieces_do_not_matter(step: int) -> None:
    assert opened(take(BODY, step=step)) == b"the gate is green"


@settings(deadline=None, max_examples=50)
@given(
    st.binary(min_size=1, max_size=3000),
    st.sampled_from(["x", "bOuNdArY", "-" * 27 + "123"]),
    st.integers(1, 999),
)
def test_any_bytes_arrive_as_they_were(data: bytes, boundary: str, step: int) -> None:
    data = data.replace(b"\xff\xd8\xff", b"") or b"."
    body, kind = multipart(FIELDS, "a", data + b"\r\n--", boundary)
    got = take(body, kind, step=step)
    assert got.file is not None
    assert got.file.sha256 == hashlib.sha256(data + b"\r\n--").digest()


def test_a_photo_is_cleaned_unless_its_hidden_data_is_wanted() -> None:
    body, kind = multipart(FIELDS, "photo.jpg", jpeg(6))
    assert opened(take(body, kind)) == clean(jpeg(6))
    kept = receive(
        BytesIO(body), kind, len(body), LIMITS, lambda fields: FilePlan(IDENTITY.recipient, keep_hidden=True)
    )
    assert opened(kept) == jpeg(6)


def test_the_plan_is_made_once_with_the_fields_before_the_file() -> None:
    seen: list[dict[str, str]] = []

    def open_file(fields: dict[str, str]) -> FilePlan:
        seen.append(fields)
        return PLAN

    receive(BytesIO(BODY), KIND, len(BODY), LIMITS, open_file)
    assert seen == [FIELDS]


@given(st.integers(0, len(BODY) - 1))
def test_a_body_cut_anywhere_is_incomplete(at: int) -> None:
    # Behind the guard a cut raises; this is the case where the length agrees with the cut.
    try:
        got = take(BODY[:at])
    except UploadError as error:
        assert error.reason in {UploadReason.MALFORMED, UploadReason.EMPTY}
        return
    # The line break after the last boundary carries nothing.
    assert got.complete == (at == len(BODY) - 2 or at == len(BODY) - 1)
    assert got.complete or got.file is None


@given(st.integers(0, len(BODY) - 1))
def test_a_connection_cut_anywhere_is_incomplete(at: int) -> None:
    got = receive(
        ExactInput(BytesIO(BODY[:at]), len(BODY), 1e12), KIND, len(BODY), LIMITS, lambda fields: PLAN
    )
    assert not got.complete
    assert got.file is None


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(b'name="end"', b'name="fin"'),
        BODY.replace(b"--bOuNdArY--", b"--bOuNdArYxx"),
        b'--bOuNdArY\r\nContent-Disposition: form-data; name="end"\r\n\r\n1\r\n'
        + BODY.rpartition(b"--bOuNdArY\r\n")[0]
        + b"--bOuNdArY--",
    ],
)
def test_without_the_end_marker_in_the_last_place_it_is_incomplete(body: bytes) -> None:
    got = take(body)
    assert not got.complete
    assert got.file is None


def test_a_length_that_is_not_the_bodys_is_incomplete() -> None:
    assert not take(BODY, length=len(BODY) + 1).complete


def test_no_file_chosen_is_a_form_without_a_file() -> None:
    body, kind = multipart(FIELDS, "", b"")
    got = take(body, kind)
    assert got.complete
    assert got.file is None


def test_a_file_beyond_the_limit_is_refused_with_the_fields_before_it() -> None:
    body, kind = multipart(FIELDS, "long.bin", bytes(LIMITS.max_file_bytes + 1))
    error = refusal(body, kind)
    assert (error.reason, error.fields) == (UploadReason.TOO_LARGE, FIELDS)
    largest, kind = multipart(FIELDS, "long.bin", bytes(LIMITS.max_file_bytes))
    assert take(largest, kind).complete


def test_an_empty_file_is_refused() -> None:
    assert refusal(*multipart(FIELDS, "empty.bin", b"")).reason is UploadReason.EMPTY


def test_a_damaged_photo_is_refused_not_passed_as_clean() -> None:
    error = refusal(*multipart(FIELDS, "photo.jpg", jpeg(6)[:-20]))
    assert (error.reason, error.fields) == (UploadReason.UNCLEANABLE, FIELDS)


def test_a_second_file_is_refused() -> None:
    second = b'--bOuNdArY\r\nContent-Disposition: form-data; name="file"; filename="b"\r\n\r\nx\r\n'
    at = BODY.rindex(b"--bOuNdArY\r\n")
    assert refusal(BODY[:at] + second + BODY[at:]).reason is UploadReason.TOO_MANY_FILES


def test_fields_beyond_their_limit_are_refused() -> None:
    assert refusal(*multipart({"note": "x" * 5001}, "a", b"x")).reason is UploadReason.FIELDS_TOO_LARGE
    assert refusal(*multipart({str(n): "" for n in range(6)}, "a", b"x")).reason is UploadReason.MALFORMED


@pytest.mark.parametrize(
    "body",
    [
        BODY.replace(b'name="keep"', b'name="code"'),
        BODY.replace(b'name="file"', b'name="other"'),
        BODY.replace(b'name="code"', b""),
        BODY.replace(b"Content-Disposition: form-data", b"X: y", 1),
        BODY.replace(b"note.txt", b"\xff\xfe"),
        b"x" * 300_000,
        b"--bOuNdArY\r\nA: " + b"x" * 300_000,
    ],
)
def test_what_is_no_form_is_refused(body: bytes) -> None:
    assert refusal(body).reason is UploadReason.MALFORMED


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "multipart/form-data",
        "multipart/mixed; boundary=x",
        "multipart/form-data; boundary=é",
        f"multipart/form-data; boundary={'x' * 201}",
    ],
)
def test_another_content_type_is_refused(kind: str) -> None:
    assert refusal(BODY, kind).reason is UploadReason.MALFORMED


def test_what_the_view_raises_comes_out_after_the_rest_was_read() -> None:
    def refuse(fields: dict[str, str]) -> FilePlan:
        raise RefusedError

    body, kind = multipart(FIELDS, "a", bytes(90_000))
    stream = Stream(body)
    stream.step = 1000
    with pytest.raises(RefusedError):
        receive(stream, kind, len(body), LIMITS, refuse)
    assert stream.read() == b""


def test_a_connection_that_ends_during_a_refusal_still_gives_the_refusal() -> None:
    class Cut(Stream):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 150_000:
                raise ClientDisconnected
            return super().read(size)

    body, kind = multipart(FIELDS, "a", bytes(300_000))
    with pytest.raises(UploadError) as caught:
        receive(Cut(body), kind, len(body), LIMITS, lambda fields: PLAN)
    assert caught.value.reason is UploadReason.TOO_LARGE


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(BODY)), st.integers(0, len(BODY)))
def test_any_body_is_received_or_refused(junk: bytes, start: int, stop: int) -> None:
    body = BODY[:start] + junk + BODY[stop:]
    try:
        got = take(body)
    except UploadError as error:
        assert str(error) == error.reason.value
        return
    assert got.complete or got.file is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("C:\\fakepath\\foto.jpg", "foto.jpg"),
        ("/sdcard/DCIM/foto 1.jpg", "foto 1.jpg"),
        ("صورة.jpg", "صورة.jpg"),
        ("../../etc/passwd", "passwd"),
        ("folder/", "file"),
        ("x" * 300, "x" * 200),
        ("..", ".."),
    ],
)
def test_a_name_is_kept_as_typed_without_its_folders(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


def test_nothing_typed_is_shown() -> None:
    body, kind = multipart({"code": CANARY}, f"{CANARY}.txt", CANARY.encode())
    assert CANARY not in repr(take(body, kind))
    error = refusal(*multipart({"code": CANARY}, CANARY, b""))
    assert CANARY not in f"{error} {error!r} {error.args}"
