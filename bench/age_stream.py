"""age streaming against bare ChaCha20-Poly1305, and the memory that sealing 1 GiB takes."""

from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from bench.measure import interleaved, report
from crypto.age import open_stream, seal, seal_stream
from crypto.hybrid import HybridIdentity

SIZE = 25 * 1024 * 1024
ROUNDS = 7
STREAMED = 1024 * 1024 * 1024
MEMORY_LIMIT_MIB = 64
IDENTITY = HybridIdentity.from_seed(bytes(32))


class Sink:
    """Takes everything and keeps nothing."""

    def write(self, data: bytes) -> int:
        return len(data)


class Zeros:
    """A stream of so many zero bytes, made as they are read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


def throughput() -> bool:
    """Sealing and opening 25 MiB, as a share of the speed of the bare cipher in one call."""
    plain = os.urandom(SIZE)
    cipher, nonce, sink = ChaCha20Poly1305(bytes(32)), bytes(12), cast(BinaryIO, Sink())
    bare, sealed = cipher.encrypt(nonce, plain, None), seal(plain, [IDENTITY.recipient])
    median = interleaved(
        ROUNDS,
        encrypt=lambda: cipher.encrypt(nonce, plain, None),
        seal=lambda: seal_stream(BytesIO(plain), sink, [IDENTITY.recipient]),
        decrypt=lambda: cipher.decrypt(nonce, bare, None),
        open=lambda: open_stream(BytesIO(sealed), sink, [IDENTITY]),
    )
    sealing = report("age sealing / ChaCha20-Poly1305, 25 MiB", median["encrypt"] / median["seal"], 0.70)
    opening = report("age opening / ChaCha20-Poly1305, 25 MiB", median["decrypt"] / median["open"], 0.70)
    return sealing and opening


def memory() -> bool:
    """Peak memory, in MiB, of a process that does nothing but seal 1 GiB."""
    child = [sys.executable, "-m", "bench.age_stream", "seal-only"]
    peak = int(subprocess.run(child, check=True, capture_output=True).stdout)
    return report("peak MiB of sealing 1 GiB from a stream", peak / 1024, MEMORY_LIMIT_MIB, at_most=True)


def seal_only() -> None:
    """The child's part: seal, then print its own peak in KiB.

    From /proc, because `getrusage` counts the parent's memory too: its peak outlives fork and exec.
    """
    seal_stream(cast(BinaryIO, Zeros(STREAMED)), cast(BinaryIO, Sink()), [IDENTITY.recipient])
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def main() -> bool:
    """Both figures."""
    return all([throughput(), memory()])


if __name__ == "__main__":
    if sys.argv[1:] == ["seal-only"]:
        seal_only()
    else:
        sys.exit(not main())
