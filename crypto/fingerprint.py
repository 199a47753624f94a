"""Fingerprints that people compare: 128 bits of SHA-256 in base32 (RFC 4648 §6; protocol.md §2)."""

import hashlib
import re
from base64 import b32encode

from crypto.errors import ManifestError

# Of the 130 bits that 26 characters could hold the last two are zero.
_FINGERPRINT = re.compile(r"[A-Z2-7]{25}[AEIMQUY4]")


def fingerprint_of(data: bytes) -> str:
    """26 characters for `data`."""
    return b32encode(hashlib.sha256(data).digest()[:16]).decode("ascii").rstrip("=")


def parse_fingerprint(text: str) -> str:
    """A fingerprint as typed from a poster, in any case, with spaces or dashes."""
    found = re.sub(r"[\s-]", "", text).upper()
    if not _FINGERPRINT.fullmatch(found):
        raise ManifestError("a fingerprint has 26 characters: letters and the digits 2 to 7")
    return found
