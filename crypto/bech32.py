"""Bech32 as in BIP 173, without its length limit, as age uses it for recipients and identities."""

from base64 import b32decode, b32encode
from functools import reduce
from operator import xor

from crypto.errors import RecipientError

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
# What the five bits that leave the register put back into it: a board of five has 70 texts of 2 kB to check.
_FEEDBACK = [
    reduce(xor, (each for place, each in enumerate(_GENERATOR) if top >> place & 1), 0) for top in range(32)
]
_CHECKSUM_SYMBOLS = 6
# Symbols of five bits, from and to the standard library's spelling of them.
_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_FROM_STANDARD = bytes.maketrans(_STANDARD, bytes(range(32)))
_TO_STANDARD = bytes.maketrans(bytes(range(32)), _STANDARD)


def encode(hrp: str, data: bytes) -> str:
    """The text of `data` under the human-readable part `hrp`, in the case of `hrp`."""
    if not hrp or not _is_printable(hrp) or _is_mixed_case(hrp):
        raise RecipientError("bech32: bad human-readable part")
    symbols = _to_symbols(data)
    prefix = hrp.lower()
    checksum = _polymod([*_expand(prefix), *symbols, *[0] * _CHECKSUM_SYMBOLS]) ^ 1
    symbols += [(checksum >> 5 * (5 - place)) & 31 for place in range(_CHECKSUM_SYMBOLS)]
    text = prefix + "1" + "".join(_ALPHABET[symbol] for symbol in symbols)
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
    symbols = [_VALUES.get(character, -1) for character in tail.lower()]
    if min(symbols) < 0:
        raise RecipientError("bech32: character outside the alphabet")
    if _polymod([*_expand(hrp.lower()), *symbols]) != 1:
        raise RecipientError("bech32: wrong checksum")
    return hrp, _from_symbols(symbols[:-_CHECKSUM_SYMBOLS])


def _is_printable(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _is_mixed_case(text: str) -> bool:
    return text != text.lower() and text != text.upper()


def _expand(prefix: str) -> list[int]:
    codes = prefix.encode("ascii")
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value ^ _FEEDBACK[checksum >> 25]
    return checksum


def _to_symbols(data: bytes) -> list[int]:
    return list(b32encode(data).rstrip(b"=").translate(_FROM_STANDARD))


def _from_symbols(symbols: list[int]) -> bytes:
    # BIP 173: fewer than five bits of padding, all zero; anything else is a second spelling.
    padding = len(symbols) * 5 % 8
    if padding >= 5 or (symbols and symbols[-1] & ((1 << padding) - 1)):
        raise RecipientError("bech32: bad padding")
    return b32decode(bytes(symbols).translate(_TO_STANDARD) + b"=" * (-len(symbols) % 8))
