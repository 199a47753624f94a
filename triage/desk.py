"""One desk: its register and drop, the board it serves, and the people who are at it now (protocol.md §6)."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock, RLock

from sqlalchemy import insert, select

from crypto.errors import ManifestError
from crypto.fingerprint import parse_fingerprint
from crypto.manifest import SignedManifest
from intake.database import StorageError
from intake.drop import Drop, DropError, open_drop
from triage import tables
from triage.case_file import OpenCase
from triage.config import DeskConfig, DeskKind
from triage.errors import ConfigError, LockedError
from triage.people import Person, named
from triage.register import Register, open_register, reading, writing

SEAT_ID_SIZE = 16


class Seat:
    """One person at the desk, unlocked. It holds no identity: those leave memory after each use (T15)."""

    __slots__ = ("cases", "damaged", "last_seen", "person", "seat_id", "signing_seed", "vault_key", "viewed")

    def __init__(self, person: Person, signing_seed: bytes, vault_key: bytes, now: datetime) -> None:
        self.seat_id = os.urandom(SEAT_ID_SIZE)
        self.person = person
        self.signing_seed = signing_seed
        self.vault_key = vault_key
        self.cases: dict[bytes, OpenCase] = {}
        # Cases that a grant of this person should open and does not: their rows or keys are damaged.
        self.damaged = 0
        self.viewed: dict[bytes, int] = {}
        self.last_seen = now

    def __repr__(self) -> str:
        return f"Seat({self.person.label!r})"


class Desk:
    """What the functions of this package work on; ``lock`` makes each of them whole among threads."""

    def __init__(
        self,
        register: Register,
        drop: Drop | None,
        board: SignedManifest,
        clock: Callable[[], datetime],
        *,
        kind: DeskKind = DeskKind.BOARD,
        desk_key_file: bytes | None = None,
    ) -> None:
        self.register = register
        self.drop = drop
        self.board = board
        self.clock = clock
        self.kind = kind
        self.desk_key_file = desk_key_file
        self.desk_seed: bytes | None = None
        self.lock = RLock()
        self.unlocking = Lock()
        self._seats: dict[bytes, Seat] = {}
        _remember(register, board, kind)

    def __repr__(self) -> str:
        return f"Desk({self.board.manifest.name!r})"

    def now(self) -> datetime:
        """The moment in UTC and whole seconds, as records keep it."""
        return self.clock().astimezone(UTC).replace(microsecond=0)

    def today(self) -> date:
        """The day in UTC: the only kind of date that leaves a desk."""
        return self.now().date()

    def close(self) -> None:
        """Forget everyone and give the files back."""
        for seat in self.present():
            self.leave(seat)
        if self.drop is not None:
            self.drop.close()
        self.register.close()

    def present(self) -> tuple[Seat, ...]:
        """Everyone at the desk."""
        with self.lock:
            return tuple(self._seats.values())

    def is_present(self, seat: Seat) -> bool:
        """Whether the seat is still taken."""
        return self._seats.get(seat.seat_id) is seat

    @property
    def sealed(self) -> bool:
        """Whether nobody who reads cases is at the desk."""
        return not any(seat.person.reads for seat in self.present())

    def seats_of(self, person_id: bytes) -> tuple[Seat, ...]:
        """The seats of one person: nobody has to log out at one place to log in at another."""
        return tuple(seat for seat in self.present() if seat.person.person_id == person_id)

    def publish(self, case: OpenCase) -> None:
        """Let the seats know a case as it was just stored, and take it from those without access."""
        readers = {access.person_id for access in case.record.access}
        for seat in self.present():
            if seat.person.person_id in readers:
                seat.cases[case.case_id] = case
            else:
                seat.cases.pop(case.case_id, None)

    def sit(self, seat: Seat) -> None:
        """Take a seat after a login."""
        with self.lock:
            self._seats[seat.seat_id] = seat

    def touch(self, seat: Seat) -> None:
        """The person did something: idle time begins again; who was removed meanwhile has to leave."""
        with reading(self.register) as connection:
            rows = tables.person.c
            active = connection.execute(select(rows.active).where(rows.id == seat.person.person_id)).scalar()
        if active == 1:
            seat.last_seen = self.clock()
        else:
            self.leave(seat)

    def leave(self, seat: Seat) -> None:
        """Forget what the seat holds; with the last reader goes the key that signs slots."""
        with self.lock:
            self._seats.pop(seat.seat_id, None)
            seat.cases.clear()
            seat.viewed.clear()
            seat.signing_seed = seat.vault_key = b""
            if self.sealed:
                self.desk_seed = None

    def expire(self, idle: timedelta) -> tuple[Seat, ...]:
        """Make everyone leave who did nothing for so long; returns them."""
        limit = self.clock() - idle
        gone = tuple(seat for seat in self.present() if seat.last_seen <= limit)
        for seat in gone:
            self.leave(seat)
        return gone

    def require(self, seat: Seat) -> None:
        """LockedError unless the seat is taken: whoever left holds no keys to act with."""
        if not self.is_present(seat):
            raise LockedError("this seat is locked: log in again")


def utc_now() -> datetime:
    """The clock of a real desk."""
    return datetime.now(UTC)


def open_desk(config: DeskConfig, clock: Callable[[], datetime] = utc_now, *, exclusive: bool = True) -> Desk:
    """A desk from its settings; ConfigError, RegisterError or DeskBusyError say why not.

    `exclusive` keeps a second desk out; commands that only add rows beside a running desk go without.
    """
    board = read_board(config.board, config.fingerprint)
    desk_key = config.desk_key.read_bytes() if config.desk_key.is_file() else None
    register = open_register(config.register, config.keys, exclusive=exclusive)
    try:
        drop = None if config.drop is None else open_drop(config.drop)
        return Desk(register, drop, board, clock, kind=config.kind, desk_key_file=desk_key)
    except (StorageError, DropError) as error:
        register.close()
        raise ConfigError(f"drop: {error}") from None
    except ConfigError:
        register.close()
        raise


def read_board(path: Path, fingerprint: str) -> SignedManifest:
    """The verified manifest at `path`, of the board with that fingerprint."""
    try:
        board = SignedManifest.from_bytes(path.read_bytes())
        wanted = parse_fingerprint(fingerprint)
    except OSError as error:
        raise ConfigError(f"board: {path} cannot be read: {error.strerror}") from None
    except ManifestError as error:
        raise ConfigError(f"board: {error}") from None
    if board.manifest.root.fingerprint != wanted:
        raise ConfigError("board: the manifest is of a board with another fingerprint")
    return board


def _remember(register: Register, board: SignedManifest, kind: DeskKind) -> None:
    manifest, known = board.manifest, tables.known_manifest
    with reading(register) as connection:
        rows = connection.execute(select(known.c.hash, known.c.sequence)).all()
    newest = max((row.sequence for row in rows), default=0)
    if newest > manifest.sequence:
        raise ConfigError(f"board: manifest {newest} was in use at this desk: {manifest.sequence} is older")
    if any(bytes(row.hash) == manifest.hash for row in rows):
        return
    if newest == manifest.sequence:
        raise ConfigError(f"board: there is another manifest {newest}, which was in use at this desk")
    last = next((bytes(row.hash) for row in rows if row.sequence == manifest.sequence - 1), None)
    if last is not None and manifest.previous != last:
        raise ConfigError(f"board: manifest {manifest.sequence} does not follow the one in use at this desk")
    threshold = manifest.threshold if kind is DeskKind.BOARD else manifest.watcher_threshold
    with writing(register) as connection:
        connection.execute(
            insert(known).values(
                hash=manifest.hash,
                sequence=manifest.sequence,
                threshold=max(threshold, 1),
                named="\n".join(sorted(named(manifest, kind))),
            )
        )
