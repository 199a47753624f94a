"""What waits in the drop for the desk, as values: sealed bytes, days and random ids (protocol.md §5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class DropReport:
    """A report as it waits: one sealed share for every holder, in manifest order."""

    report_id: bytes
    day: date
    danger: bool
    report_age: bytes = field(repr=False)
    shares: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DropMessage:
    """A message as it waits; a file comes as pieces of one age file, each at most 1 MiB."""

    message_id: bytes
    day: date
    thread_id: bytes = field(repr=False)
    kind: str
    message_age: bytes = field(repr=False)
    file_chunks: tuple[bytes, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many reports wait for the desk, and the oldest day among them."""

    count: int
    oldest_day: date | None
