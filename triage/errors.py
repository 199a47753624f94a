"""Every error that leaves the triage package; no message holds content of a case (ARCHITECTURE, "Errors")."""

from collections.abc import Sequence


class TriageError(Exception):
    """Something at the desk was refused; the subclass says what."""


class IllegalTransitionError(TriageError):
    """A case cannot move that way, or not without an outcome or a reason; names the legal moves."""

    def __init__(self, reason: str, legal: Sequence[str] = ()) -> None:
        super().__init__(f"{reason}; legal moves: {', '.join(legal) or 'none'}")
        self.reason = reason
        self.legal = tuple(legal)


class UnknownCaseError(TriageError):
    """No such case for this person: the same answer whether it exists or not (T3)."""


class StaleCaseError(TriageError):
    """Somebody else changed the case meanwhile; nothing was written."""


class NotGrantedError(TriageError):
    """The person holds no grant for this case, or not the role for this act."""


class BrokenAuditError(TriageError):
    """The audit chain does not hold from this entry on."""

    def __init__(self, number: int) -> None:
        super().__init__(f"audit entry {number} is broken")
        self.number = number


class LoginError(TriageError):
    """The login was refused; it never says which part was wrong."""


class PersonError(TriageError):
    """A person cannot be added or changed as asked."""


class CollectError(TriageError):
    """The drop could not be collected; what was in it is still there."""


class ConfigError(TriageError):
    """A setting of the desk is missing, unknown or out of range; the message names it."""


class RegisterError(TriageError):
    """The register cannot be opened or used; the text says why in plain words. ``full``: room would help."""

    def __init__(self, reason: str, *, full: bool = False) -> None:
        super().__init__(reason)
        self.full = full


class DeskBusyError(TriageError):
    """Another desk has this register open: two would each have half of the truth (protocol.md §6)."""


class LockedError(TriageError):
    """Nobody who holds the needed key is at the desk."""


class RefusedError(TriageError):
    """A value cannot be taken as it stands; ``reason`` is a key, put into words where it is shown."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
