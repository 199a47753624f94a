"""Files cross between ours and the JavaScript implementation of age, both ways."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
from pathlib import Path

import pytest

from crypto.age import open_sealed, seal
from crypto.hybrid import HybridIdentity
from crypto.x25519 import X25519Identity
from tests.conftest import need
from tests.crypto.age_vectors import FOLDER

SCRIPT = Path(__file__).parent.parent / "node" / "age_file.mjs"
SIZES = [0, 1, 65_535, 65_536, 65_537, 5_000_000]


def node(*arguments: str, data: bytes = b"") -> bytes:
    need("node")
    command = ["node", str(SCRIPT), *arguments]
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=120).stdout


@pytest.mark.parametrize("size", SIZES)
def test_hybrid_files_cross_both_ways(size: int) -> None:
    identity = HybridIdentity.generate()
    plain = random.Random(size).randbytes(size)
    assert node("open", str(identity), data=seal(plain, [identity.recipient])) == plain
    assert open_sealed(node("seal", str(identity.recipient), data=plain), [identity]) == plain


def test_x25519_files_cross_both_ways() -> None:
    identity = X25519Identity.generate()
    assert node("open", str(identity), data=seal(b"text", [identity.recipient])) == b"text"
    assert open_sealed(node("seal", str(identity.recipient), data=b"text"), [identity]) == b"text"


def test_our_copy_of_the_vectors_is_the_published_one() -> None:
    ours = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.iterdir()}
    assert ours == json.loads(node("vectors"))
