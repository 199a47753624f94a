"""Sealing a report: who can open it, who cannot, and that nothing outside tells them apart."""

from __future__ import annotations

import hashlib
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import age
from crypto.errors import ManifestError, NoMatchingIdentityError
from crypto.opening import find_case_key, open_share
from crypto.parts import parse_report
from crypto.sealing import Recusal, SealedReport, UndeliverableError, delivery, seal_report
from crypto.shares import Share
from crypto.slots import SlotState, open_slot
from crypto.strict_json import Json
from tests.crypto.boards import DAY, Board, make_board

NOBODY = Recusal(frozenset())
CONTENT: dict[str, Json] = {"language": "ht", "answers": {"story": "Yo te mande m lajan"}}


def file_report(board: Board, recusal: Recusal = NOBODY, content: dict[str, Json] = CONTENT) -> SealedReport:
    return seal_report(board.manifest, board.reporter(), content, recusal, DAY, danger=False)


def shares_of(board: Board, report: SealedReport) -> list[Share]:
    pairs = zip(board.manifest.holders, report.shares, strict=True)
    return [open_share(sealed, board.keys_of(each.label).for_day(DAY)) for each, sealed in pairs]


def opens(board: Board, shares: list[Share]) -> bool:
    manifest = board.manifest
    return find_case_key(shares, [manifest.threshold, manifest.watcher_threshold or 1]) is not None


def test_k_members_open_what_the_reporter_wrote() -> None:
    board = make_board(3, 2, 1)
    keys = board.reporter()
    recusal = Recusal(frozenset({"triage-1"}), members_only=True)
    report = seal_report(board.manifest, keys, CONTENT, recusal, DAY, danger=True)
    found = find_case_key(shares_of(board, report)[1:3], [2])
    assert found is not None
    opened = parse_report(age.open_sealed(report.report_age, [found.case_key.identity]))
    assert (opened.report_id, opened.thread_id, opened.day) == (report.report_id, keys.thread_id, DAY)
    assert opened.manifest_hash == board.manifest.hash
    assert opened.recusal == recusal
    assert opened.content.text("language", 9) == "ht"
    assert opened.content.object("answers").text("story", 99) == "Yo te mande m lajan"
    assert (report.danger, report.day) == (True, DAY)


def test_the_reporter_opens_the_first_slot_and_learns_the_case_recipient() -> None:
    board = make_board(3, 2, 1)
    keys = board.reporter()
    report = seal_report(board.manifest, keys, CONTENT, NOBODY, DAY, danger=False)
    slot = open_slot(keys.identity, report.slot, board.manifest.desk_key, keys.thread_id)
    assert (slot.state, slot.signed, report.thread_id) == (SlotState.ARRIVED, False, keys.thread_id)
    digest = hashlib.sha256(slot.case_recipient.to_bytes()).digest()
    assert {share.recipient_hash for share in shares_of(board, report)} == {digest}


def test_all_smaller_subsets_of_members_fail_and_all_of_k_open() -> None:
    board = make_board(5, 3, 1)
    members = shares_of(board, file_report(board))[:5]
    assert all(opens(board, list(each)) for each in combinations(members, 3))
    assert not any(opens(board, list(each)) for each in combinations(members, 2))


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from([f"vocal-{n}" for n in range(1, 6)]), max_size=2), st.booleans())
def test_the_excluded_hold_nothing_even_all_together(excluded: set[str], members_only: bool) -> None:
    board = make_board(5, 3, 1)
    shares = shares_of(board, file_report(board, Recusal(frozenset(excluded), members_only)))
    out = [shares[int(label[-1]) - 1] for label in excluded]
    rest = [share for share in shares[:5] if share not in out]
    # T3: an excluded member's share adds nothing to k - 1 good ones, nor does a watcher's.
    assert not opens(board, [*out, *rest[:2], shares[5]])
    assert opens(board, rest)


@settings(max_examples=15, deadline=None)
@given(st.sets(st.sampled_from([f"vocal-{n}" for n in range(1, 6)]), min_size=3))
def test_what_too_few_members_may_see_goes_to_the_watchers_alone(excluded: set[str]) -> None:
    board = make_board(5, 3, 2)
    recusal = Recusal(frozenset(excluded))
    assert delivery(board.manifest, recusal) == "watchers"
    shares = shares_of(board, file_report(board, recusal))
    members, watchers = shares[:5], shares[5:]
    assert opens(board, watchers)
    assert not opens(board, [*members, watchers[0]])
    assert not opens(board, [*members, watchers[1]])


def test_what_nobody_could_open_is_not_sealed() -> None:
    board = make_board(3, 2)
    recusal = Recusal(frozenset({"vocal-1", "vocal-3"}))
    assert delivery(board.manifest, recusal) == "none"
    with pytest.raises(UndeliverableError):
        file_report(board, recusal)


def test_excluding_staff_changes_no_share() -> None:
    board = make_board(3, 2)
    for recusal in (Recusal(frozenset({"triage-1", "triage-2"})), Recusal(frozenset(), members_only=True)):
        assert delivery(board.manifest, recusal) == "members"
        found = find_case_key(shares_of(board, file_report(board, recusal)), [2])
        assert found is not None
        assert found.wrong == ()


@pytest.mark.parametrize("label", ["nadie", "Vocal-1", "vocal-1 ", "watcher-1"])
def test_a_recusal_that_would_exclude_nobody_is_not_sealed(label: str) -> None:
    with pytest.raises(ManifestError, match="neither a member nor staff"):
        file_report(make_board(3, 2, 1), Recusal(frozenset({label})))


SIZES_BOARD = make_board(5, 3, 2)
PEOPLE = [f"vocal-{n}" for n in range(1, 6)] + ["triage-1", "triage-2"]


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(PEOPLE)), st.booleans(), st.integers(0, 12_000))
def test_no_size_depends_on_the_recusals_or_on_a_usual_text(
    excluded: set[str], members_only: bool, length: int
) -> None:
    board = SIZES_BOARD
    plain = file_report(board)
    report = file_report(board, Recusal(frozenset(excluded), members_only), {"story": "a" * length})
    assert len(report.report_age) == len(plain.report_age)
    assert [len(share) for share in report.shares] == [len(share) for share in plain.shares]
    assert len(report.slot) == len(plain.slot)


def test_a_report_for_three_of_five_weighs_what_the_protocol_says() -> None:
    board = make_board(5, 3)
    report = file_report(board)
    assert 26_500 <= len(report.report_age) + sum(map(len, report.shares)) <= 27_500


def test_every_report_has_an_id_and_a_case_key_of_its_own() -> None:
    board = make_board(3, 2)
    keys = board.reporter()
    one, two = (seal_report(board.manifest, keys, CONTENT, NOBODY, DAY, danger=False) for _ in range(2))
    assert one.report_id != two.report_id
    hashes = {share.recipient_hash for report in (one, two) for share in shares_of(board, report)}
    assert len(hashes) == 2


def test_a_share_is_sealed_to_its_holders_key_of_the_month_only() -> None:
    board = make_board(2, 2, 0, 2)
    report = file_report(board)
    keys = board.keys_of("vocal-1")
    assert open_share(report.shares[0], [keys.epochs["2026-11"]]).x == 1
    for identity in (keys.epochs["2026-12"], keys.lasting, board.keys_of("vocal-2").epochs["2026-11"]):
        with pytest.raises(NoMatchingIdentityError):
            open_share(report.shares[0], [identity])


def test_a_board_of_one_works_if_it_asked_for_it() -> None:
    board = make_board(1, 1)
    found = find_case_key(shares_of(board, file_report(board)), [1])
    assert found is not None


def test_a_sealed_report_shows_neither_thread_nor_recusal() -> None:
    board = make_board(3, 2)
    recusal = Recusal(frozenset({"vocal-1"}))
    report = file_report(board, recusal)
    assert "vocal" not in repr(recusal)
    assert repr(report.thread_id)[2:20] not in repr(report)
