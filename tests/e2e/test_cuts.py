"""A request cut at any byte is never acknowledged, and leaves nothing half done (T12)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from intake.drop import open_drop
from tests.e2e import cutting, reporter
from tests.e2e.client import Form, multipart
from tests.e2e.system import System, running

UPLOAD_CUTS = 500
PHOTO = Path(__file__).parent.parent / "data" / "photos" / "gps-DSCN0010.jpg"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    # Each cut upload is one of the budget; the budget is not what is tested here.
    roomy = "[budgets]\nupload = 100000\n"
    with running(tmp_path_factory.mktemp("cuts"), desk=False, extra_intake=roomy) as started:
        yield started


def stored(system: System) -> tuple[int, int]:
    """How many reports and messages the drop holds."""
    drop = open_drop(str(system.path("intake") / "drop.sqlite"))
    try:
        return len(drop.report_ids()), len(drop.message_ids())
    finally:
        drop.close()


def pairs_of(form: Form, **changes: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The fields as a browser sends them, and the end marker that comes last."""
    fields = [(name, changes.get(name, value)) for name, value in form.fields]
    fields = [pair for pair in fields if pair[0] != "step" or "step" not in changes]
    if "step" in changes:
        fields.append(("step", changes["step"]))
    return [pair for pair in fields if pair[0] != "end"], [pair for pair in fields if pair[0] == "end"]


def test_a_form_cut_at_every_byte_is_never_acknowledged(system: System) -> None:
    page = reporter.check(system, system.intake, "es", {"story": "cortado ñ", "group": "money"})
    fields, tail = pairs_of(page.form_with("code", button=("step", "send")), step="send")
    body = urlencode([*fields, *tail]).encode()
    request = cutting.post("/es/new", body, "application/x-www-form-urlencoded", host_of(system))
    answers = cutting.cut_everywhere(system.intake_port, request, range(len(request)))
    assert len(answers) == len(request)
    assert [at for at, answer in answers.items() if b'id="acknowledged"' in answer] == []
    assert stored(system) == (0, 0)
    whole = cutting.send_cut(system.intake_port, request, len(request))
    assert cutting.status(whole) == 200
    assert b'id="acknowledged"' in whole
    assert stored(system) == (1, 0)


def test_a_body_that_ends_early_but_says_so_lacks_its_end_marker(system: System) -> None:
    page = reporter.check(system, system.intake, "es", {"story": "cortado por un intermediario"})
    fields, tail = pairs_of(page.form_with("code", button=("step", "send")), step="send")
    body = urlencode([*fields, *tail]).encode()
    before = stored(system)
    for at in range(0, len(body), 7):
        request = cutting.post("/es/new", body[:at], "application/x-www-form-urlencoded", host_of(system))
        assert b'id="acknowledged"' not in cutting.send_cut(system.intake_port, request, len(request))
    assert stored(system) == before


def test_an_upload_cut_at_random_bytes_is_never_acknowledged(system: System) -> None:
    filed = reporter.file_report(system, story="con foto")
    form = filed.page.form_with("file")
    system.move_clock(seconds=reporter.READING_SECONDS)
    fields, tail = pairs_of(form, hidden_data="remove")
    body = multipart("frontera", fields, ("file", "foto.jpg", PHOTO.read_bytes()), tail)
    kind = "multipart/form-data; boundary=frontera"
    request = cutting.post(urlsplit(filed.page.url).path, body, kind, host_of(system))
    before = stored(system)
    dice = random.Random(12)
    places = sorted(
        {*dice.sample(range(len(request)), UPLOAD_CUTS - 3), *range(len(request) - 3, len(request))}
    )
    answers = cutting.cut_everywhere(system.intake_port, request, places)
    assert [at for at, answer in answers.items() if b'id="file-acknowledged"' in answer] == []
    assert stored(system) == before
    assert b'id="file-acknowledged"' in cutting.send_cut(system.intake_port, request, len(request))
    assert stored(system) == (before[0], before[1] + 1)


def host_of(system: System) -> str:
    return f"127.0.0.1:{system.intake_port}"
