"""Passphrases: six words that any keyboard has, and never the same."""

import re

from crypto.passphrase import generate_passphrase


def test_a_passphrase_is_six_plain_words() -> None:
    phrases = {generate_passphrase() for _ in range(50)}
    assert len(phrases) == 50
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+){5}", phrase) for phrase in phrases)
