"""Recipients and identities as text: which type a line is, and files of one a line as age reads them."""

from collections.abc import Iterator
from typing import TypeAlias

from crypto.errors import IdentityFileError, RecipientError
from crypto.hybrid import HybridIdentity, HybridRecipient
from crypto.x25519 import X25519Identity, X25519Recipient

NativeRecipient: TypeAlias = HybridRecipient | X25519Recipient
NativeIdentity: TypeAlias = HybridIdentity | X25519Identity


def parse_recipient(text: str) -> NativeRecipient:
    """From `age1pq1…` or `age1…`."""
    if text.startswith("age1pq1"):
        return HybridRecipient.parse(text)
    if text.startswith("age1"):
        return X25519Recipient.parse(text)
    raise RecipientError("not a recipient: it does not begin with age1")


def parse_identity(text: str) -> NativeIdentity:
    """From `AGE-SECRET-KEY-PQ-1…` or `AGE-SECRET-KEY-1…`."""
    if text.startswith("AGE-SECRET-KEY-PQ-1"):
        return HybridIdentity.parse(text)
    if text.startswith("AGE-SECRET-KEY-1"):
        return X25519Identity.parse(text)
    raise RecipientError("not an identity: it does not begin with AGE-SECRET-KEY-")


def parse_recipients(data: bytes) -> tuple[NativeRecipient, ...]:
    """The recipients of a file: one a line, empty lines and lines that begin with # aside."""
    recipients = []
    for number, line in _lines(data):
        try:
            recipients.append(parse_recipient(line))
        except RecipientError as error:
            raise RecipientError(f"line {number}: {error}") from None
    if not recipients:
        raise RecipientError("the file holds no recipient")
    return tuple(recipients)


def parse_identities(data: bytes) -> tuple[NativeIdentity, ...]:
    """The identities of a file: one a line, empty lines and lines that begin with # aside."""
    identities = []
    for number, line in _lines(data):
        try:
            identities.append(parse_identity(line))
        except RecipientError as error:
            # The line itself stays out: it may be a secret with one wrong letter.
            raise IdentityFileError(f"line {number}: {error}") from None
    if not identities:
        raise IdentityFileError("the file holds no identity")
    return tuple(identities)


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    # Latin-1 never fails; a character outside ASCII is then refused as such by bech32.
    for number, line in enumerate(data.decode("latin-1").split("\n"), start=1):
        text = line.removesuffix("\r")
        if text and not text.startswith("#"):
            yield number, text
