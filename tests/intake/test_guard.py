"""A body is exactly as long as announced, or it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import ClientDisconnected
from werkzeug.test import EnvironBuilder, run_wsgi_app

from intake.guard import DRAIN_SECONDS, MAX_FIELDS, ExactBody, ExactInput
from tests.intake.edge import ACKNOWLEDGED, multipart, roomy, tiny_app

BODY = b"story=it+happened+at+the+gate&end=1"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def client() -> Iterator[FlaskClient]:
    with tiny_app(roomy()).test_client() as client:
        yield client


def send(client: FlaskClient, body: bytes, **environ: object) -> tuple[int, str]:
    builder = EnvironBuilder("/form", method="POST", content_type=FORM, input_stream=BytesIO(body))
    made = builder.get_environ()
    made.pop("CONTENT_LENGTH", None)
    made.update({key: value for key, value in environ.items() if value is not None})
    chunks, status, _ = run_wsgi_app(client.application, made, buffered=True)
    return int(status.split()[0]), b"".join(chunks).decode()


def test_a_whole_body_passes(client: FlaskClient) -> None:
    status, text = send(client, BODY, CONTENT_LENGTH=str(len(BODY)))
    assert status == 200
    assert text.startswith(ACKNOWLEDGED)


@given(st.integers(0, len(BODY) - 1))
def test_a_body_cut_anywhere_is_refused(at: int) -> None:
    status, text = send(tiny_app(roomy()).test_client(), BODY[:at], CONTENT_LENGTH=str(len(BODY)))
    assert status == 400
    assert ACKNOWLEDGED not in text


@pytest.mark.parametrize("flag", [True, None])
def test_a_server_that_says_where_the_input_ends_is_not_believed(client: FlaskClient, flag: object) -> None:
    environ = {"CONTENT_LENGTH": str(len(BODY)), "wsgi.input_terminated": flag}
    assert send(client, BODY[:-6], **environ)[0] == 400


@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity", "x"])
def test_any_transfer_encoding_is_refused(client: FlaskClient, coding: str) -> None:
    status, text = send(client, BODY, CONTENT_LENGTH=str(len(BODY)), HTTP_TRANSFER_ENCODING=coding)
    assert status == 411
    assert "gate" not in text


def test_a_missing_length_is_refused(client: FlaskClient) -> None:
    assert send(client, BODY)[0] == 411
    assert send(client, BODY, CONTENT_LENGTH="")[0] == 411


@pytest.mark.parametrize("length", ["-1", "+35", "3_5", "٣٥", "35.0", "0x23", "9" * 30, "a", " 35"])
def test_a_length_that_is_no_number_is_refused(client: FlaskClient, length: str) -> None:
    assert send(client, BODY, CONTENT_LENGTH=length)[0] == 400


def test_a_body_beyond_the_maximum_is_refused_unread(client: FlaskClient) -> None:
    assert send(client, BODY, CONTENT_LENGTH=str(roomy().max_body_bytes + 1))[0] == 413


def refused_for_size(stream: BytesIO, length: int, seconds_a_look: float) -> list[str]:
    """What happens around a body that is too large, in its order; the clock goes on at each look."""
    happened: list[str] = []
    now = iter(range(1_000_000))
    guard = ExactBody(tiny_app(roomy()).wsgi_app, 10, lambda: next(now) * seconds_a_look)
    environ = EnvironBuilder(method="POST", input_stream=stream).get_environ() | {
        "CONTENT_LENGTH": str(length)
    }
    for _ in guard(environ, lambda status, headers, _=None: happened.append(status)):  # type: ignore[arg-type]  # nobody uses the writer
        happened.append(f"sent with {stream.tell()} read")
    return happened


def test_a_body_that_is_too_large_is_answered_first_and_then_thrown_away() -> None:
    stream = BytesIO(bytes(200_000))
    happened = refused_for_size(stream, 150_000, 0)
    assert happened == ["413 Request Entity Too Large", "sent with 0 read"]
    assert stream.tell() == 150_000


def test_it_is_not_thrown_away_for_ever() -> None:
    stream = BytesIO(bytes(100 * 65536))
    refused_for_size(stream, 100 * 65536, DRAIN_SECONDS / 10)
    assert 0 < stream.tell() <= 10 * 65536


def test_a_page_needs_no_length(client: FlaskClient) -> None:
    assert client.get("/").status_code == 200


def test_what_follows_the_announced_length_is_not_read(client: FlaskClient) -> None:
    status, text = send(client, b"end=1&story=abc", CONTENT_LENGTH="5")
    assert status == 200
    assert text == f"{ACKNOWLEDGED}: 0"


def test_a_file_in_an_ordinary_form_is_refused_and_never_spooled(client: FlaskClient) -> None:
    body, kind = multipart({"story": "x"}, "photo.jpg", b"\xff" * 700_000)
    assert client.post("/form", data=body, content_type=kind).status_code == 415


def test_a_form_of_the_longest_story_passes(client: FlaskClient) -> None:
    # 100,000 characters of four bytes, percent-encoded.
    answer = client.post("/form", data={"story": "\U0001f9ed" * 100_000, "end": "1"})
    assert answer.get_data(as_text=True) == f"{ACKNOWLEDGED}: 100000"


@pytest.mark.parametrize(("fields", "status"), [(MAX_FIELDS - 1, 200), (MAX_FIELDS, 413), (200_000, 413)])
def test_a_form_of_more_fields_than_ours_have_is_refused(
    client: FlaskClient, fields: int, status: int
) -> None:
    body = b"a&" * (fields - 1) + BODY
    assert send(client, body, CONTENT_LENGTH=str(len(body)))[0] == status


def test_a_body_that_trickles_is_refused() -> None:
    times = iter([0.0, 50.0, 99.0, 101.0])
    body = ExactInput(BytesIO(b"x" * 30), 30, 100.0, lambda: next(times))
    assert [len(body.read(1)) for _ in range(3)] == [1, 1, 1]
    with pytest.raises(ClientDisconnected):
        body.read(1)


def test_a_long_body_on_a_slow_line_arrives() -> None:
    times = iter(range(0, 10_000, 50))
    body = ExactInput(BytesIO(bytes(6_000_000)), 6_000_000, 60.0, lambda: float(next(times)))
    # 1.2 kB a second, for more than an hour.
    assert sum(len(body.read(60_000)) for _ in range(100)) == 6_000_000


def test_a_broken_connection_is_a_refusal() -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise TimeoutError

    with pytest.raises(ClientDisconnected):
        ExactInput(Broken(), 5, 1e12).read(5)


@given(st.binary(max_size=300), st.integers(0, 20))
def test_lines_and_blocks_read_the_same_bytes(data: bytes, extra: int) -> None:
    def fresh() -> ExactInput:
        return ExactInput(BytesIO(data + bytes(extra)), len(data), 1e12)

    assert fresh().read() == data
    assert b"".join(fresh()) == data
    assert fresh().readlines() == BytesIO(data).readlines()


def test_an_app_without_a_body_reader_still_answers() -> None:
    def plain(environ: dict[str, object], start_response: object) -> list[bytes]:
        assert callable(start_response)
        start_response("200 OK", [])
        return [b"fine"]

    made = EnvironBuilder("/", method="GET").get_environ()
    chunks, status, _ = run_wsgi_app(ExactBody(plain), made, buffered=True)
    assert (status, b"".join(chunks)) == ("200 OK", b"fine")
