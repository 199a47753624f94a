"""The few sizes that sealed parts come in, so that a size says little about its part (protocol.md §3, §5)."""

# Nearly every report fits the first.
JSON_SIZES = (16 * 1024, 64 * 1024, 256 * 1024)
SMALLEST_FILE = 1024
SEALED_SLOT = 32 * 1024
# What an age file for one hybrid recipient adds: header, payload nonce, and the tag of the only chunk.
_ONE_STANZA_HEADER = 1627
_NONCE_AND_TAG = 16 + 16
SLOT_PLAINTEXT = SEALED_SLOT - _ONE_STANZA_HEADER - _NONCE_AND_TAG


def json_size(size: int) -> int:
    """The padded size, in bytes, of `size` bytes of JSON."""
    for bucket in JSON_SIZES:
        if size <= bucket:
            return bucket
    return padme(size)


def pad_json(data: bytes, size: int | None = None) -> bytes:
    """JSON with spaces after it, which parsers skip: to `size` bytes, or to its bucket."""
    return data.ljust(json_size(len(data)) if size is None else size, b" ")


def file_size(size: int) -> int:
    """The padded size, in bytes, of a file of `size` bytes; the padding is zeros."""
    return max(SMALLEST_FILE, padme(size))


def padme(size: int) -> int:
    """The next size whose low bits are zero: at most 12 % more, and O(log log size) bits are told.

    PURBs (Nikitin et al., PETS 2019), §4.
    """
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    zeros = exponent - exponent.bit_length()
    mask = (1 << zeros) - 1
    return (size + mask) & ~mask
