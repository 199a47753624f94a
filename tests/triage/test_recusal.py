"""Many worlds at the level of shares: what a recused member can come by never opens a report (T3, T4)."""

from __future__ import annotations

import hashlib
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.hybrid import HybridIdentity
from crypto.opening import find_case_key
from crypto.shares import Share, blank_share, split

IDENTITY = HybridIdentity.generate()
HASH = hashlib.sha256(IDENTITY.recipient.to_bytes()).digest()
REPORT = os.urandom(16)


@st.composite
def boards(draw: st.DrawFn) -> tuple[int, int, frozenset[int], list[int]]:
    """Threshold, members, the x of the recused ones (so that k are left), an order of unlocking."""
    members = draw(st.integers(2, 6))
    threshold = draw(st.integers(2, members))
    recused = draw(st.frozensets(st.integers(1, members), max_size=members - threshold))
    return threshold, members, recused, draw(st.permutations(range(1, members + 1)))


@settings(max_examples=1000, deadline=None)
@given(boards())
def test_a_recused_member_never_opens_and_k_others_always_do(
    board: tuple[int, int, frozenset[int], list[int]],
) -> None:
    threshold, members, recused, order = board
    points = split(IDENTITY.seed, threshold, members)
    shares = {
        x: blank_share(REPORT, x, HASH) if x in recused else Share(REPORT, x, points[x - 1], HASH)
        for x in range(1, members + 1)
    }
    released: list[Share] = []
    opener = 0
    for x in order:
        if find_case_key([shares[x], *released], [threshold]) is not None:
            opener = x
            break
        released.append(shares[x])
    assert opener not in recused
    assert opener != 0
    assert sum(share.x not in recused for share in released) == threshold - 1
