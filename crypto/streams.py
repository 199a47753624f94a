"""Reading from binary streams that may hand out less than was asked for."""

from typing import BinaryIO


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
