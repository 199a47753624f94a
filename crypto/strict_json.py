"""JSON with one spelling out and few ways in: canonical bytes, and fields checked as they are read."""

import binascii
import json
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from crypto.errors import SealedPartError

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | bool | None"

# Exact in every JSON implementation, the browser's included (RFC 8259 §6).
MAX_INTEGER = 2**53
MAX_DEPTH = 16

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value: Json) -> bytes:
    """UTF-8 without spaces, keys sorted by code point, integers only: equal values, equal bytes."""
    _check(value, 0)
    return _ENCODER.encode(value).encode("utf-8")


def parse_object(data: bytes) -> dict[str, Json]:
    """The JSON object that `data` is; spaces around it are padding, everything ambiguous is refused."""
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except SealedPartError:
        raise
    except (ValueError, RecursionError):
        # Not chained: a decoding error carries the text.
        raise SealedPartError("json", "is malformed") from None
    _check(value, 0)
    if not isinstance(value, dict):
        raise SealedPartError("json", "is not an object")
    return value


def encode_blob(data: bytes) -> str:
    """Bytes as they stand in JSON: base64url without padding (RFC 4648 §5)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_blob(text: str) -> bytes | None:
    """The bytes of `encode_blob`, or None: another spelling of the same bytes is refused."""
    try:
        data = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if encode_blob(data) == text else None


class Fields:
    """An object read key by key; each method raises SealedPartError(field, reason) unless the value fits.

    The `maybe_` methods give None for a key that is null or absent. `end` refuses keys nobody asked for.
    """

    __slots__ = ("_left", "_path", "_values")

    def __init__(self, values: Mapping[str, Json], path: str = "") -> None:
        self._values = values
        self._left = set(values)
        self._path = path

    @classmethod
    def from_bytes(cls, data: bytes, kind: str, version: int = 1) -> "Fields":
        """The fields of a part after its `kind` and `version` were found right (protocol.md §1)."""
        fields = cls(parse_object(data))
        fields.choice("kind", (kind,))
        fields.integer("version", version, version)
        return fields

    def text(self, name: str, max_chars: int, *, min_chars: int = 0) -> str:
        value = self._take(name)
        if not isinstance(value, str):
            raise self.refusal(name, "is not text")
        if not min_chars <= len(value) <= max_chars:
            raise self.refusal(name, f"must have {min_chars} to {max_chars} characters")
        return value

    def maybe_text(self, name: str, max_chars: int) -> str | None:
        return None if self._missing(name) else self.text(name, max_chars)

    def integer(self, name: str, low: int, high: int) -> int:
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refusal(name, "is not an integer")
        if not low <= value <= high:
            raise self.refusal(name, f"must be from {low} to {high}")
        return value

    def flag(self, name: str) -> bool:
        value = self._take(name)
        if not isinstance(value, bool):
            raise self.refusal(name, "is neither true nor false")
        return value

    def blob(self, name: str, size: int | None = None) -> bytes:
        value = self._take(name)
        data = decode_blob(value) if isinstance(value, str) else None
        if data is None:
            raise self.refusal(name, "is not base64url")
        if size is not None and len(data) != size:
            raise self.refusal(name, f"must have {size} bytes")
        return data

    def maybe_blob(self, name: str, size: int | None = None) -> bytes | None:
        return None if self._missing(name) else self.blob(name, size)

    def choice(self, name: str, options: Iterable[str]) -> str:
        value = self._take(name)
        for option in options:
            if value == option:
                return option
        raise self.refusal(name, "is not one of the choices")

    def maybe_choice(self, name: str, options: Iterable[str]) -> str | None:
        return None if self._missing(name) else self.choice(name, options)

    def day(self, name: str) -> date:
        value = self._take(name)
        if isinstance(value, str) and len(value) == len("YYYY-MM-DD"):
            try:
                found = date.fromisoformat(value)
            except ValueError:
                raise self.refusal(name, "is not a day") from None
            # fromisoformat reads week dates and other digits too.
            if found.isoformat() == value:
                return found
        raise self.refusal(name, "is not a day")

    def maybe_day(self, name: str) -> date | None:
        return None if self._missing(name) else self.day(name)

    def texts(self, name: str, max_items: int, max_chars: int) -> list[str]:
        found = []
        for value in self._list(name, max_items):
            if not isinstance(value, str) or len(value) > max_chars:
                raise self.refusal(name, f"must hold texts of at most {max_chars} characters")
            found.append(value)
        return found

    def object(self, name: str) -> "Fields":
        value = self._take(name)
        if not isinstance(value, Mapping):
            raise self.refusal(name, "is not an object")
        return Fields(value, f"{self._path}{name}.")

    def maybe_object(self, name: str) -> "Fields | None":
        return None if self._missing(name) else self.object(name)

    def objects(self, name: str, max_items: int) -> "list[Fields]":
        found = []
        for number, value in enumerate(self._list(name, max_items)):
            if not isinstance(value, Mapping):
                raise self.refusal(name, "must hold objects")
            found.append(Fields(value, f"{self._path}{name}[{number}]."))
        return found

    def names(self) -> Collection[str]:
        """The keys of the object, read or not."""
        return self._values.keys()

    def end(self) -> None:
        """Refuse what was not read: a field that one side knows and the other ignores is a way to hide."""
        if self._left:
            # The name itself is not repeated: it is the sender's text.
            raise SealedPartError(self._path.rstrip(".") or "json", "has unknown fields")

    def refusal(self, name: str, reason: str) -> SealedPartError:
        """The error for a value of this object, for callers with rules of their own."""
        return SealedPartError(f"{self._path}{name}", reason)

    def _take(self, name: str) -> Json:
        if name not in self._values:
            raise self.refusal(name, "is missing")
        self._left.discard(name)
        return self._values[name]

    def _missing(self, name: str) -> bool:
        self._left.discard(name)
        return self._values.get(name) is None

    def _list(self, name: str, max_items: int) -> Sequence[Json]:
        value = self._take(name)
        if not isinstance(value, list):
            raise self.refusal(name, "is not a list")
        if len(value) > max_items:
            raise self.refusal(name, f"must have at most {max_items} items")
        return value


def _check(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise SealedPartError("json", "is nested too deeply")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key)
            _check(inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check(inner, depth + 1)
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise SealedPartError("json", "has an integer that is too large")
    elif value is not None:
        raise SealedPartError("json", "has a value of a type that has no place here")


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise SealedPartError("json", "has a key that is not text")
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Not chained: that error holds the text.
        raise SealedPartError("json", "has half a character") from None


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise SealedPartError("json", "has a key twice")
    return found


def _refuse_number(_: str) -> Json:
    raise SealedPartError("json", "has a number that is not an integer")
