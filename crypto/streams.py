"""Reading from binary streams that may hand out less than was asked for."""

import io
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def read_up_to(source: BinaryIO, size: int) -> bytes:
    """Exactly `size` bytes, fewer only at the end of `source`: a pipe may hand out less at a time."""
    data = source.read(size)
    if len(data) == size or not data:
        return data
    parts = [data]
    left = size - len(data)
    while left and (data := source.read(left)):
        parts.append(data)
        left -= len(data)
    return b"".join(parts)


def peek(source: BinaryIO, size: int) -> tuple[bytes, BinaryIO]:
    """The first `size` bytes of `source`, and a stream that still begins with them."""
    start = read_up_to(source, size)
    return start, io.BufferedReader(_Rejoined(start, source))


class _Rejoined(io.RawIOBase):
    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer).cast("B")
        if self._start:
            data, self._start = self._start[: len(view)], self._start[len(view) :]
        else:
            data = self._rest.read(len(view))
        view[: len(data)] = data
        return len(data)
