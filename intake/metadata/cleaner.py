"""The pump under every cleaner: a format is a generator that says what to do with the next bytes.

So a format reads like its specification, and cannot depend on how the network cut the file into pieces.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

MAX_TAKEN = 128 * 1024
# Each step costs a microsecond or two of Python. The noisiest pictures take one for 34 bytes; ten megabytes
# of nothing but steps would take half a minute, and everybody else's reports with it (T8).
BYTES_PER_STEP = 16
FREE_STEPS = 20_000


class CleaningError(Exception):
    """The file is not what its first bytes promise; `reason` says why in plain words, without its content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Take:
    """Hand the next `size` bytes, at most MAX_TAKEN, to the program; nothing of them goes out."""

    size: int


@dataclass(frozen=True, slots=True)
class Copy:
    """Let the next `size` bytes through."""

    size: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Swallow the next `size` bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Blank:
    """Let zeros through instead of the next `size` bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Put:
    """Send these bytes out."""

    data: bytes


@dataclass(frozen=True, slots=True)
class CopyUntil:
    """Let bytes through up to, and not including, the next one of this value; it may come at once."""

    value: int


Step = Take | Copy | Drop | Blank | Put | CopyUntil
# What one part of a program returns goes to the part that called it, not out.
Result = TypeVar("Result")
Part: TypeAlias = Generator[Step, bytes, Result]
Program: TypeAlias = Generator[Step, bytes, None]


class Cleaner:
    """Push a file in with `feed` and `finish`; what they return, in order, is the cleaned file.

    Holds at most one taken part. What follows the file's own end is dropped.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._taken = bytearray()
        self._done = False
        self._step: Step = Put(b"")
        # How many bytes the current step has yet to see.
        self._left = 0
        self._fed = self._steps = 0
        self._next(first=True)

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the file; return cleaned bytes, perhaps none. Raises CleaningError."""
        self._fed += len(data)
        out = bytearray()
        at = 0
        # A step of no size passes without data, hence the second condition.
        while not self._done and (at < len(data) or self._ready()):
            at += self._advance(data, at, out)
        return bytes(out)

    def finish(self) -> bytes:
        """End the file; CleaningError if it was cut off."""
        rest = self.feed(b"")
        if not self._done:
            raise CleaningError("the file is cut off")
        return rest

    def _ready(self) -> bool:
        return isinstance(self._step, Put) or (not isinstance(self._step, CopyUntil) and not self._left)

    def _advance(self, data: bytes, at: int, out: bytearray) -> int:
        """Do what the current step can with `data` from `at` on; return how many bytes it used."""
        step = self._step
        if isinstance(step, Put):
            out += step.data
            self._next()
            return 0
        if isinstance(step, CopyUntil):
            end = data.find(step.value, at)
            out += data[at:] if end < 0 else data[at:end]
            if end < 0:
                return len(data) - at
            self._next()
            return end - at
        used = min(self._left, len(data) - at)
        if isinstance(step, Take):
            self._taken += data[at : at + used]
        elif isinstance(step, Copy):
            out += data[at : at + used]
        elif isinstance(step, Blank):
            out += bytes(used)
        self._left -= used
        if not self._left:
            self._next()
        return used

    def _next(self, *, first: bool = False) -> None:
        self._steps += 1
        if self._steps > FREE_STEPS + self._fed // BYTES_PER_STEP:
            raise CleaningError("the file is cut into too many small parts")
        taken = bytes(self._taken)
        self._taken.clear()
        try:
            self._step = next(self._program) if first else self._program.send(taken)
        except StopIteration:
            self._done = True
            return
        if isinstance(self._step, Put | CopyUntil):
            self._left = 0
            return
        self._left = self._step.size
        if isinstance(self._step, Take) and self._left > MAX_TAKEN:
            raise CleaningError("a part of the file is too long")
