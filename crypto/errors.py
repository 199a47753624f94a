"""Every error that leaves the crypto package; no message holds a secret (ARCHITECTURE, "Errors")."""


class AgeError(ValueError):
    """An age file, recipient or identity was refused; the subclass names the layer."""


class MalformedHeaderError(AgeError):
    """The header, a stanza addressed to us, or the payload nonce breaks the rules of the format."""


class UnsupportedVersionError(AgeError):
    """The file says that it is age, but of a version other than v1."""


class NoMatchingIdentityError(AgeError):
    """The header is sound, but none of the identities unwraps any of its stanzas."""


class HeaderMacError(AgeError):
    """A file key was unwrapped, but the header is not the one that was sealed with it."""


class PayloadError(AgeError):
    """The payload is cut, altered, reordered or followed by something else."""


class ArmorError(AgeError):
    """The ASCII armor is not strict PEM with the label of age."""


class RecipientError(AgeError):
    """The text or bytes of a recipient or an identity are wrong, or recipients cannot be mixed."""


class ReceiptError(ValueError):
    """Not a receipt code; `reason` is "digits", "length" or "check" (protocol.md §4)."""

    @property
    def reason(self) -> str:
        """Which rule was broken: something else than digits, their number, or the check digits."""
        return str(self.args[0])

    def __str__(self) -> str:
        return _RECEIPT_REASONS[self.reason]


class ManifestError(ValueError):
    """The board manifest is malformed, unsigned, replayed, or changes what is fixed (protocol.md §2)."""


class ShareError(ValueError):
    """Shares are malformed, of different reports, or do not combine to the case key (protocol.md §3)."""


class IdentityFileError(ValueError):
    """An identity file cannot be read as one."""


class SealedPartError(ValueError):
    """An opened part is of the wrong kind, version, shape, report or thread; made of a field and a reason."""

    @property
    def field(self) -> str:
        """The path of the field, such as `file.name`."""
        return str(self.args[0])

    @property
    def reason(self) -> str:
        """What is wrong with it, without its value."""
        return str(self.args[1])

    def __str__(self) -> str:
        return f"{self.field} {self.reason}"


_RECEIPT_REASONS = {
    "digits": "a receipt code has only digits",
    "length": "a receipt code has 30 digits",
    "check": "a digit of the receipt code is wrong",
}
