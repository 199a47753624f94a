"""Bech32 as in BIP 173, without its length limit, as age uses it for recipients and identities."""

from base64 import b32decode, b32encode
from functools import reduce
from operator import xor

from crypto.errors import RecipientError

_ALPHABET = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
# What the five bits that leave the register put back into it: a board of five has 70 texts of 2 kB to check.
_FEEDBACK = [
    reduce(xor, (each for place, each in enumerate(_GENERATOR) if top >> place & 1), 0) for top in range(32)
]
_CHECKSUM_SYMBOLS = 6
# Symbols are bytes of five bits; the standard library's base32 has another alphabet for them.
_SYMBOLS = bytes(range(32))
_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_FROM_STANDARD = bytes.maketrans(_STANDARD, _SYMBOLS)
_TO_STANDARD = bytes.maketrans(_SYMBOLS, _STANDARD)
_FROM_ALPHABET = bytes.maketrans(_ALPHABET, _SYMBOLS)
_TO_ALPHABET = bytes.maketrans(_SYMBOLS, _ALPHABET)


def encode(hrp: str, data: bytes) -> str:
    """The text of `data` under the human-readable part `hrp`, in the case of `hrp`."""
    if not hrp or not _is_printable(hrp) or _is_mixed_case(hrp):
        raise RecipientError("bech32: bad human-readable part")
    symbols = _to_symbols(data)
    prefix = hrp.lower()
    checksum = _polymod(_expand(prefix) + symbols + bytes(_CHECKSUM_SYMBOLS)) ^ 1
    symbols += bytes((checksum >> 5 * (5 - place)) & 31 for place in range(_CHECKSUM_SYMBOLS))
    text = prefix + "1" + symbols.translate(_TO_ALPHABET).decode("ascii")
    return text.upper() if hrp != prefix else text


def decode(text: str) -> tuple[str, bytes]:
    """The human-readable part, in the case it was written, and the data of `text`."""
    if not _is_printable(text):
        raise RecipientError("bech32: character outside printable ASCII")
    if _is_mixed_case(text):
        raise RecipientError("bech32: upper and lower case are mixed")
    hrp, separator, tail = text.rpartition("1")
    if not separator or not hrp or len(tail) < _CHECKSUM_SYMBOLS:
        raise RecipientError("bech32: too short, or without separator")
    written = tail.lower().encode("ascii")
    if written.translate(None, _ALPHABET):
        raise RecipientError("bech32: character outside the alphabet")
    symbols = written.translate(_FROM_ALPHABET)
    if _polymod(_expand(hrp.lower()) + symbols) != 1:
        raise RecipientError("bech32: wrong checksum")
    return hrp, _from_symbols(symbols[:-_CHECKSUM_SYMBOLS])


def _is_printable(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _is_mixed_case(text: str) -> bool:
    return text != text.lower() and text != text.upper()


def _expand(prefix: str) -> bytes:
    codes = prefix.encode("ascii")
    return bytes([*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)])


def _polymod(values: bytes) -> int:
    checksum = 1
    for value in values:
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value ^ _FEEDBACK[checksum >> 25]
    return checksum


def _to_symbols(data: bytes) -> bytes:
    return b32encode(data).rstrip(b"=").translate(_FROM_STANDARD)


def _from_symbols(symbols: bytes) -> bytes:
    # BIP 173: fewer than five bits of padding, all zero; anything else is a second spelling.
    padding = len(symbols) * 5 % 8
    if padding >= 5 or (symbols and symbols[-1] & ((1 << padding) - 1)):
        raise RecipientError("bech32: bad padding")
    return b32decode(symbols.translate(_TO_STANDARD) + b"=" * (-len(symbols) % 8))
