"""The main job over real HTTP: filed, opened by two of three an hour apart, answered, read by the code."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from intake.languages import registry
from tests.e2e import reporter
from tests.e2e.reviewer import Reviewer, open_all
from tests.e2e.system import System, run, running

DATA = Path(__file__).parent.parent / "data"
TEXTS = sorted(DATA.glob("texts/*.txt"))
PHOTOS = sorted(DATA.glob("photos/*"))
OFFERED = registry().keys()
CAMERA = (b"NIKON", b"COOLPIX")
GPS_TAG = 0x8825


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(tmp_path_factory.mktemp("journeys")) as started:
        yield started


@pytest.fixture(scope="module")
def filed(system: System) -> dict[str, str]:
    """Every text of 27 languages, filed; then opened by two of three members, an hour apart."""
    codes: dict[str, str] = {}
    for path in TEXTS:
        language = "es" if len(codes) % 2 else "en"
        story = path.read_bytes().decode()
        written_in = path.stem if path.stem in OFFERED else "und"
        codes[path.stem] = reporter.file_report(
            system, language, story=story, group="money", text_language=written_in
        ).code
    Reviewer(system, "vocal-1").fetch()
    open_all(system, ["vocal-1", "vocal-3"])
    return codes


def test_each_text_stands_at_the_desk_byte_for_byte(system: System, filed: dict[str, str]) -> None:
    triager = Reviewer(system, "triaje-1")
    stories = {triager.story(case_id) for case_id in triager.case_ids()}
    assert len(filed) == 27
    assert stories == {path.read_bytes().replace(b"\r\n", b"\n") for path in TEXTS}


def test_one_member_alone_opens_nothing(system: System, filed: dict[str, str]) -> None:
    later = reporter.file_report(system, story="Todavía cerrado.")
    triager = Reviewer(system, "triaje-1")
    before = set(triager.case_ids())
    member = Reviewer(system, "vocal-2")
    member.fetch()
    page = member.unlock()
    assert set(triager.case_ids()) == before
    assert "Todavía cerrado" not in page.text
    assert reporter.open_code(system, later.code).by_id("case-state") is not None
    open_all(system, ["vocal-1"])
    assert len(set(triager.case_ids()) - before) == 1


def case_with(reviewer: Reviewer, words: str) -> str:
    """The case whose story holds these words."""
    for case_id in reviewer.case_ids():
        if words.encode() in reviewer.story(case_id):
            return case_id
    raise AssertionError(f"no case with {words}")


def test_a_case_is_categorised_answered_and_the_answer_read_by_the_code(
    system: System, filed: dict[str, str]
) -> None:
    triager = Reviewer(system, "triaje-1")
    first_line = (DATA / "texts" / "ht.txt").read_text().splitlines()[1]
    case_id = case_with(triager, first_line)
    triager.act(case_id, "categories", primary="COR-01", others=["DET-02"])
    triager.act(case_id, "state", target="assessment", reason="")
    page = triager.act(case_id, "reply", text="Nou resevwa rapò ou a.\nMèsi.")
    assert page.status == 200
    assert "COR-01" in triager.case(case_id).text
    waiting = reporter.open_code(system, filed["ht"])
    assert reporter.replies(waiting) == []
    triager.send_round()
    answered = reporter.open_code(system, filed["ht"], "en")
    assert len(reporter.replies(answered)) == 1
    assert "Nou resevwa rapò ou a." in reporter.replies(answered)[0]
    assert first_line not in answered.text
    others = reporter.open_code(system, filed["ar"])
    assert reporter.replies(others) == []


def test_the_reporter_writes_back_and_the_board_reads_it(system: System, filed: dict[str, str]) -> None:
    status = reporter.open_code(system, filed["fr"])
    for _ in range(2):  # the answer got lost, and the browser sends the same again
        done = reporter.write(system, status, "Je peux ajouter une date.\r\nC'était mardi.")
        assert done.status == 200, done.text
    triager = Reviewer(system, "triaje-1")
    triager.fetch()
    first_line = (DATA / "texts" / "fr.txt").read_text().splitlines()[1]
    page = triager.case(case_with(triager, first_line))
    assert page.text.count("Je peux ajouter une date. C'était mardi.") == 1


@pytest.mark.parametrize("photo", PHOTOS, ids=lambda path: str(path.name))
def test_photos_arrive_clean_or_kept_as_the_reporter_chose(
    system: System, filed: dict[str, str], photo: Path
) -> None:
    original = photo.read_bytes()
    sent = reporter.file_report(system, story=f"Con foto {photo.name}.")
    kept = reporter.add_file(system, sent.page, photo.name, original, hidden_data="keep")
    assert reporter.file_acknowledged(kept), kept.text
    cleaned = reporter.add_file(system, kept, photo.name, original, hidden_data="remove")
    assert reporter.file_acknowledged(cleaned), cleaned.text
    Reviewer(system, "vocal-1").fetch()
    open_all(system, ["vocal-1", "vocal-2"])
    triager = Reviewer(system, "triaje-1")
    case_id = case_with(triager, f"Con foto {photo.name}.")
    files = triager.files(case_id)
    page = triager.case(case_id)
    assert len(files) == 2
    assert original in files
    assert hashlib.sha256(original).hexdigest() in page.text
    if photo.suffix == ".jpg":
        other = files[1 - files.index(original)]
        same_picture_without_place(original, other)
    else:
        assert files == [original, original]


def same_picture_without_place(original: bytes, cleaned: bytes) -> None:
    """Equal pixels; no place, no camera."""
    before, after = Image.open(io.BytesIO(original)), Image.open(io.BytesIO(cleaned))
    assert before.getexif().get_ifd(GPS_TAG)
    assert not after.getexif().get_ifd(GPS_TAG)
    assert before.tobytes() == after.tobytes()
    for word in CAMERA:
        assert word in original
        assert word not in cleaned


def test_the_audit_chain_holds_after_the_work(system: System, filed: dict[str, str]) -> None:
    assert filed
    done = run("audit", "verify", "--config", str(system.path("desk.toml")), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
