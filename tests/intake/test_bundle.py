"""Bundles and lists across an air gap: whole and unaltered, or refused with plain words."""

from __future__ import annotations

import dataclasses
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.signing import generate_seed, verification_key
from intake.bundle import (
    FIRST_LINE,
    BundleError,
    Counts,
    ImportedList,
    export,
    imported_list,
    prune,
    read_bundle,
    read_list,
)
from intake.drop import Drop, open_drop
from intake.waiting import DropMessage, DropReport
from tests.intake.samples import drop_message, sealed_report

SEED = generate_seed()
KEY = verification_key(SEED)
IDS = st.lists(st.binary(min_size=16, max_size=16), max_size=6, unique=True)


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    opened = open_drop(str(tmp_path / "drop.sqlite"))
    yield opened
    opened.close()


def fill(drop: Drop, size: int = 300) -> list[DropReport | DropMessage]:
    """Two reports and two messages; what is waiting in the order of a bundle."""
    for number in range(2):
        drop.file_report(sealed_report(size=size, shares=2, danger=number == 1))
    drop.add_message(drop_message())
    drop.add_message(drop_message(b"first piece", b"second piece", kind="file"))
    return [*map(drop.get_report, drop.report_ids()), *map(drop.get_message, drop.message_ids())]


def test_a_bundle_holds_what_waited_and_the_drop_keeps_it(drop: Drop, tmp_path: Path) -> None:
    waiting = fill(drop)
    bundle = tmp_path / "bundle"
    assert export(drop, bundle) == Counts(2, 2)
    assert list(read_bundle(bundle)) == waiting
    assert drop.waiting().count == 2
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    assert not (tmp_path / "bundle.partial").exists()


def test_an_empty_drop_makes_an_empty_bundle(drop: Drop, tmp_path: Path) -> None:
    assert export(drop, tmp_path / "bundle") == Counts(0, 0)
    assert list(read_bundle(tmp_path / "bundle")) == []


def test_the_bundle_is_in_the_order_of_ids_not_of_arrival(drop: Drop, tmp_path: Path) -> None:
    filed = [sealed_report(size=10, shares=1) for _ in range(30)]
    for report in filed:
        drop.file_report(report)
    export(drop, tmp_path / "bundle")
    ids = [record.report_id for record in read_bundle(tmp_path / "bundle") if isinstance(record, DropReport)]
    assert ids == sorted(report.report_id for report in filed)


def test_a_bundle_cut_anywhere_is_refused_before_anything_is_given(drop: Drop, tmp_path: Path) -> None:
    fill(drop, size=20)
    export(drop, tmp_path / "whole")
    data = (tmp_path / "whole").read_bytes()
    cut = tmp_path / "cut"
    for length in (*range(700), *range(700, len(data), 97), len(data) - 33, len(data) - 32, len(data) - 1):
        cut.write_bytes(data[:length])
        given_records = read_bundle(cut)
        with pytest.raises(BundleError):
            next(given_records)


def test_a_bundle_with_one_bit_flipped_or_one_byte_more_is_refused(drop: Drop, tmp_path: Path) -> None:
    fill(drop, size=20)
    export(drop, tmp_path / "whole")
    data = (tmp_path / "whole").read_bytes()
    other = tmp_path / "other"
    for position in (*range(300), *range(300, len(data), 61), len(data) - 1):
        flipped = bytearray(data)
        flipped[position] ^= 1
        other.write_bytes(flipped)
        with pytest.raises(BundleError):
            next(read_bundle(other))
    other.write_bytes(data + b"\n")
    with pytest.raises(BundleError):
        next(read_bundle(other))


def test_records_left_out_are_missed(drop: Drop, tmp_path: Path) -> None:
    waiting = fill(drop)
    export(drop, tmp_path / "whole")
    drop.delete([], [record.message_id for record in waiting if isinstance(record, DropMessage)])
    export(drop, tmp_path / "less")
    whole, less = (tmp_path / "whole").read_bytes(), (tmp_path / "less").read_bytes()
    end = len(b'....{"kind":"end","messages":0,"reports":2}') + 32
    (tmp_path / "mixed").write_bytes(less[:-end] + whole[-end:])
    with pytest.raises(BundleError, match="altered"):
        next(read_bundle(tmp_path / "mixed"))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda data: FIRST_LINE + b"\0\0\0" + data))
def test_no_bytes_raise_anything_but_ours(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "fuzz").write_bytes(data)
    with pytest.raises(BundleError):
        list(read_bundle(tmp_path / "fuzz"))


def test_a_length_of_gigabytes_is_refused_without_reading_it(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_bytes(FIRST_LINE + b"\xff\xff\xff\xff{}")
    with pytest.raises(BundleError, match="too long"):
        next(read_bundle(tmp_path / "bundle"))


def test_files_that_cannot_be_read_or_written_are_told(drop: Drop, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="could not be read"):
        next(read_bundle(tmp_path / "missing"))
    with pytest.raises(BundleError, match="could not be written"):
        export(drop, tmp_path / "no folder" / "bundle")


def test_a_bundle_that_fails_half_way_leaves_no_file(
    drop: Drop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(drop)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BundleError, match="No space left"):
        export(drop, tmp_path / "bundle")
    assert not list(tmp_path.glob("bundle*"))


@given(IDS, IDS)
def test_a_list_comes_back_as_it_was_signed(reports: list[bytes], messages: list[bytes]) -> None:
    data = imported_list(ImportedList(tuple(reports), tuple(messages)), SEED)
    assert read_list(data, KEY) == ImportedList(tuple(sorted(reports)), tuple(sorted(messages)))


def test_a_list_cut_or_altered_anywhere_is_refused() -> None:
    data = imported_list(ImportedList((b"r" * 16, b"s" * 16), (b"m" * 16,)), SEED)
    for length in range(len(data)):
        with pytest.raises(BundleError):
            read_list(data[:length], KEY)
    for position in range(len(data)):
        flipped = bytearray(data)
        flipped[position] ^= 1
        with pytest.raises(BundleError):
            read_list(bytes(flipped), KEY)
    with pytest.raises(BundleError):
        read_list(data + b"\n", KEY)


def test_a_list_of_another_desk_is_refused() -> None:
    data = imported_list(ImportedList((b"r" * 16,), ()), generate_seed())
    with pytest.raises(BundleError, match="not signed by the desk"):
        read_list(data, KEY)


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"resguardo-imported/1\n{text}".encode())
)
def test_no_text_raises_anything_but_ours(data: bytes) -> None:
    with pytest.raises(BundleError):
        read_list(data, KEY)


def test_pruning_deletes_exactly_what_the_list_names(drop: Drop) -> None:
    fill(drop)
    reports, messages = drop.report_ids(), drop.message_ids()
    imported = ImportedList((reports[0], os.urandom(16)), (messages[1], reports[1]))
    assert prune(drop, imported) == Counts(1, 1)
    assert drop.report_ids() == reports[1:]
    assert drop.message_ids() == messages[:1]
    assert prune(drop, imported) == Counts(0, 0)


def test_values_in_a_bundle_hide_what_is_sealed(drop: Drop, tmp_path: Path) -> None:
    drop.add_message(dataclasses.replace(drop_message(), message_age=b"canary"))
    export(drop, tmp_path / "bundle")
    assert "canary" not in repr(list(read_bundle(tmp_path / "bundle")))
