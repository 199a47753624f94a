"""Files, standard streams and passphrases for the age commands."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click

from crypto.age import Recipient, SealingWriter, open_sealed
from crypto.armor import MAX_WHITESPACE, ArmorReader, ArmorWriter, is_armored
from crypto.errors import IdentityFileError, RecipientError
from crypto.header import Stanza
from crypto.keyfiles import NativeIdentity, parse_identities
from crypto.scrypt import STANZA_TYPE as SCRYPT
from crypto.scrypt import ScryptIdentity
from crypto.streams import peek

STANDARD = "-"

_READ_SIZE = 1024 * 1024
# Room for thousands of keys; such files are read whole.
_MAX_KEY_FILE = 16 * 1024 * 1024
_PEEK = MAX_WHITESPACE + 64
_AGE_FILE = b"age-encryption.org/"


@contextmanager
def open_input(path: str) -> Iterator[BinaryIO]:
    """The file, or standard input for `-`."""
    if path == STANDARD:
        yield sys.stdin.buffer
        return
    with Path(path).open("rb") as source:
        yield source


@contextmanager
def open_output(path: str) -> Iterator[BinaryIO]:
    """The file, or standard output for `-`; a regular file appears whole, mode 0600, or not at all."""
    target = Path(path)
    if path == STANDARD:
        yield sys.stdout.buffer
    elif target.exists() and not target.is_file():
        # A pipe or device is written to; replacing it would be a surprise.
        with target.open("wb") as sink:
            yield sink
    else:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as sink:
                yield sink
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)


def without_armor(source: BinaryIO) -> tuple[BinaryIO, bool]:
    """The age file in `source`, and whether it was armored."""
    start, rejoined = peek(source, _PEEK)
    return (ArmorReader(rejoined), True) if is_armored(start) else (rejoined, False)


def sealed_parts(source: BinaryIO, recipients: Sequence[Recipient], *, armor: bool) -> Iterator[bytes]:
    """All of `source` as an age file, in parts and in constant memory."""
    writer = SealingWriter(recipients)
    shell = ArmorWriter() if armor else None
    while data := source.read(_READ_SIZE):
        sealed = writer.update(data)
        yield shell.update(sealed) if shell else sealed
    sealed = writer.finish()
    yield shell.update(sealed) + shell.finish() if shell else sealed


def read_key_file(path: str) -> bytes:
    """A small file of keys, whole."""
    with open_input(path) as source:
        data = source.read(_MAX_KEY_FILE + 1)
    if len(data) > _MAX_KEY_FILE:
        raise RecipientError("the file of keys is too large")
    return data


def read_identities(path: str, passphrase_file: str | None) -> tuple[NativeIdentity, ...]:
    """The identities of a file, which may itself be an age file under a passphrase."""
    with open_input(path) as source:
        start, rejoined = peek(source, _PEEK)
        data = without_armor(rejoined)[0].read(_MAX_KEY_FILE + 1)
    if len(data) > _MAX_KEY_FILE:
        raise IdentityFileError("the file is too large")
    if start.startswith(_AGE_FILE) or is_armored(start):
        data = open_sealed(data, [AskedPassphrase(passphrase_file, f"Passphrase of {path}")])
    return parse_identities(data)


@dataclass(frozen=True, slots=True)
class AskedPassphrase:
    """A passphrase identity that reads or asks for its passphrase only when a stanza needs it."""

    file: str | None
    prompt: str = "Passphrase"

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key of a scrypt stanza; see `crypto.scrypt`."""
        if stanza.type != SCRYPT:
            return None
        passphrase = _read_passphrase(self.file) if self.file else _ask(self.prompt)
        return ScryptIdentity(passphrase).unwrap(stanza)


def new_passphrase(file: str | None) -> str:
    """The passphrase to seal with: the content of `file`, or typed twice."""
    return _read_passphrase(file) if file else _ask("New passphrase", twice=True)


def _ask(prompt: str, *, twice: bool = False) -> str:
    answer: str = click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
    return answer


def _read_passphrase(file: str) -> str:
    # One final line feed belongs to the editor, not to the passphrase.
    data = read_key_file(file).removesuffix(b"\n").removesuffix(b"\r")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise RecipientError("the passphrase file is not UTF-8 text") from None
