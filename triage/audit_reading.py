"""Reading the audit chain: for auditors, with their passphrase, because a seat holds no identity (T15)."""

from triage.audit import AuditLine, read_lines
from triage.desk import Desk, Seat
from triage.errors import NotGrantedError
from triage.login import unlock_keys
from triage.people import Role
from triage.register import reading


def entries(desk: Desk, seat: Seat, passphrase: str, first: int = 1, count: int = 200) -> list[AuditLine]:
    """Entries from `first` on. NotGrantedError if not an auditor, LoginError on a wrong passphrase."""
    if not seat.person.has(Role.AUDITOR):
        raise NotGrantedError("only auditors read the audit trail")
    keys = unlock_keys(desk, seat, passphrase)
    with reading(desk.register) as connection:
        return read_lines(connection, [keys.lasting], first, count)
