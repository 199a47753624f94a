"""Passphrases that a person can write down and type."""

import secrets
import unicodedata
from functools import cache

from mnemonic import Mnemonic

PASSPHRASE_WORDS = 6


def generate_passphrase() -> str:
    """Six Spanish words without accents: 66 bits, to be written down once."""
    words = _words()
    return "-".join(secrets.choice(words) for _ in range(PASSPHRASE_WORDS))


@cache
def _words() -> tuple[str, ...]:
    # Accents go wrong on a foreign keyboard; without them all 2,048 words stay different.
    words = (unicodedata.normalize("NFD", word) for word in Mnemonic("spanish").wordlist)
    return tuple("".join(char for char in word if not unicodedata.combining(char)) for word in words)
