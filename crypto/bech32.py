"""Bech32 as in BIP 173, without its length limit, as age uses it for recipients and identities."""

from crypto.errors import RecipientError

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_SYMBOLS = 6


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
    return all("!" <= character <= "~" for character in text)


def _is_mixed_case(text: str) -> bool:
    return text != text.lower() and text != text.upper()


def _expand(prefix: str) -> list[int]:
    codes = prefix.encode("ascii")
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            if top >> place & 1:
                checksum ^= generator
    return checksum


def _to_symbols(data: bytes) -> list[int]:
    symbols: list[int] = []
    held = bits = 0
    for byte in data:
        held = (held & 31) << 8 | byte
        bits += 8
        while bits >= 5:
            bits -= 5
            symbols.append(held >> bits & 31)
    if bits:
        symbols.append(held << (5 - bits) & 31)
    return symbols


def _from_symbols(symbols: list[int]) -> bytes:
    data = bytearray()
    held = bits = 0
    for symbol in symbols:
        held = (held & 0xFF) << 5 | symbol
        bits += 5
        if bits >= 8:
            bits -= 8
            data.append(held >> bits & 0xFF)
    # BIP 173: fewer than five bits of padding, all zero; anything else is a second spelling.
    if bits >= 5 or held & ((1 << bits) - 1):
        raise RecipientError("bech32: bad padding")
    return bytes(data)
