"""A request that is cut off is never acknowledged, wherever the cut falls (T12), over the real server."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.e2e.cutting import cut_everywhere, post, send_cut, status
from tests.intake.edge import ACKNOWLEDGED, multipart
from tests.intake.metadata.pictures import jpeg
from tests.intake.tiny_server import Running, running

FORM = post(
    "/form",
    b"reporter=migrant&story=they+took+my+papers+at+the+gate&end=1",
    "application/x-www-form-urlencoded",
)
UPLOAD = post("/upload", *multipart({"code": "12345", "keep": "0"}, "photo.jpg", jpeg(6) + bytes(200_000)))
THANKS = ACKNOWLEDGED.encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("cuts")) as found:
        yield found


def test_a_form_cut_at_any_byte_is_not_acknowledged(server: Running) -> None:
    answers = cut_everywhere(server.port, FORM, range(len(FORM)))
    assert [at for at, answer in answers.items() if THANKS in answer] == []
    assert {status(answer) for answer in answers.values()} <= {None, 400}
    assert THANKS in send_cut(server.port, FORM, len(FORM))


def test_an_upload_cut_at_any_of_500_bytes_is_not_acknowledged(server: Running) -> None:
    # The seed makes a failure repeatable; the last bytes, where boundary and end marker stand, are all tried.
    places = random.Random(20261121).sample(range(len(UPLOAD) - 200), 500)
    answers = cut_everywhere(server.port, UPLOAD, [*places, *range(len(UPLOAD) - 200, len(UPLOAD))])
    assert [at for at, answer in answers.items() if THANKS in answer] == []
    assert THANKS in send_cut(server.port, UPLOAD, len(UPLOAD))


def test_lines_that_vanish_leave_the_server_well(server: Running) -> None:
    for at in range(0, len(UPLOAD), len(UPLOAD) // 50):
        send_cut(server.port, UPLOAD, at, reset=True)
    assert THANKS in send_cut(server.port, UPLOAD, len(UPLOAD))
    assert "Traceback" not in server.log.read_text()
