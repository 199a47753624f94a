"""A small board with drop, register and people, all real, with cheap passphrases: for tests of the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from crypto import signing
from crypto.hybrid import HybridIdentity
from crypto.identity_file import Card, PersonKeys, make_person, seal_identity_file
from crypto.manifest import Manifest, Member, RootSeeds, SignedManifest, Watcher, sign_manifest
from crypto.opening import seal_desk_key
from crypto.parts import MessageKind, ReporterMessage, seal_message
from crypto.receipt import KdfParameters, ReceiptCode, ReporterKeys, derive
from crypto.sealing import Recusal, SealedReport, seal_report
from crypto.slots import Slot, open_slot
from intake.drop import Drop, open_drop
from intake.report import Answers, Report
from intake.waiting import DropMessage
from triage.collect import collect
from triage.config import DeskKind
from triage.desk import Desk, Seat
from triage.login import login
from triage.people import Person, Role
from triage.register import open_register
from triage.staff import add_person, make_and_add
from triage.unlock import Unlocked, unlock

MEMBERS = ("vocal-1", "vocal-2", "vocal-3")
STAFF = ("enlace-1", "enlace-2", "indaga-1")
WATCHERS = ("observa-1", "observa-2")
KDF = KdfParameters(1024, 1, 1)
WORK_FACTOR = 4
MONTHS = 3
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Forward by a timedelta's arguments."""
        self.now += timedelta(**by)


@cache
def keys_of(label: str, months: int) -> PersonKeys:
    """One set of keys a label for the whole test run; with months for members."""
    return make_person(label, f"{START:%Y-%m}" if months else None, months)


@cache
def identity_file(label: str, months: int) -> bytes:
    """The label's identity file; its passphrase is `passphrase(label)`."""
    return seal_identity_file(keys_of(label, months), passphrase(label), WORK_FACTOR)


def passphrase(label: str) -> str:
    """Everyone's passphrase in tests."""
    return f"clave de {label}"


@dataclass(frozen=True)
class Filed:
    """A report as its reporter knows it."""

    keys: ReporterKeys
    sealed: SealedReport
    report: Report


@dataclass
class World:
    """One board and everything around it; `desk` is replaced by `restart`."""

    folder: Path
    board: SignedManifest
    desk_seed: bytes
    clock: Clock
    kind: DeskKind = DeskKind.BOARD
    air_gap: bool = False
    register: str | None = None
    people: dict[str, Person] = field(default_factory=dict)
    sequence: int = 0

    def __post_init__(self) -> None:
        self.desk = self._open()

    @property
    def manifest(self) -> Manifest:
        return self.board.manifest

    @property
    def drop(self) -> Drop:
        assert self.desk.drop is not None
        return self.desk.drop

    def _open(self) -> Desk:
        path = self.register or str(self.folder / "register.db")
        register = open_register(path, str(self.folder / "keys.db"))
        drop = None if self.air_gap else open_drop(str(self.folder / "drop.db"))
        lasting = [member.lasting for member in self.manifest.members]
        desk_key = seal_desk_key(self.desk_seed, self.manifest.board_id, lasting)
        return Desk(register, drop, self.board, self.clock, kind=self.kind, desk_key_file=desk_key)

    def restart(self, board: SignedManifest | None = None) -> None:
        """Close the desk and open it again, perhaps under the next manifest."""
        self.desk.close()
        self.board = board or self.board
        self.desk = self._open()

    def add(self, label: str, *roles: Role) -> Person:
        """Add a person; who holds shares brings their keys."""
        if Role.MEMBER in roles:
            months = 0 if self.kind is DeskKind.WATCHERS else MONTHS
            card, file = Card.of(keys_of(label, months)), identity_file(label, months)
            person = add_person(self.desk, card, frozenset(roles), file)
        else:
            added = make_and_add(self.desk, label, frozenset(roles), passphrase(label), WORK_FACTOR)
            person = added.person
        self.people[label] = person
        return person

    def file(
        self,
        story: str = "Me pidieron dinero.",
        *,
        recused: Sequence[str] = (),
        members_only: bool = False,
        danger: bool = False,
        answers: Answers | None = None,
    ) -> Filed:
        """File a report and put it into the drop."""
        filed = seal(self.manifest, self.clock.now.date(), story, recused, members_only, danger, answers)
        self.drop.file_report(filed.sealed)
        return filed

    def login(self, label: str) -> Seat:
        """Take a seat."""
        return login(self.desk, label, passphrase(label))

    def seat(self, label: str) -> Seat:
        """The label's seat, taken now if it is not."""
        return next((seat for seat in self.desk.present() if seat.person.label == label), None) or self.login(
            label
        )

    def unlock(self, *labels: str) -> list[Unlocked]:
        """Let these members unlock, one after the other."""
        return [unlock(self.desk, self.seat(label), passphrase(label)) for label in labels]

    def send(
        self,
        filed: Filed,
        text: str = "Sigo aquí.",
        kind: MessageKind = MessageKind.TEXT,
        *,
        message: ReporterMessage | None = None,
        chunks: tuple[bytes, ...] = (),
    ) -> DropMessage:
        """Send a message sealed to the case key that the thread's slot names."""
        self.sequence += 1
        message = message or ReporterMessage(
            kind=kind,
            thread_id=filed.keys.thread_id,
            message_id=self.sequence.to_bytes(16),
            sequence=self.sequence,
            day=self.clock.now.date(),
            text=text,
        )
        sealed = seal_message(self.slot(filed).case_recipient, filed.keys, message)
        in_drop = DropMessage(
            message.message_id, message.day, message.thread_id, message.kind.value, sealed, chunks
        )
        self.drop.add_message(in_drop)
        return in_drop

    def slot(self, filed: Filed) -> Slot:
        """What the reporter sees."""
        sealed = self.drop.read_slot(filed.keys.thread_id)
        assert sealed is not None
        return open_slot(filed.keys.identity, sealed, self.manifest.desk_key, filed.keys.thread_id)

    def files(self) -> list[bytes]:
        """The bytes of every file of the desk, as a thief finds them."""
        return [path.read_bytes() for path in sorted(self.folder.iterdir()) if path.is_file()]


def seal(
    manifest: Manifest,
    day: date,
    story: str = "Me pidieron dinero.",
    recused: Sequence[str] = (),
    members_only: bool = False,
    danger: bool = False,
    answers: Answers | None = None,
) -> Filed:
    """Seal a report without filing it."""
    keys = derive(ReceiptCode.generate(), manifest.receipt_salt, manifest.kdf)
    report = Report(answers or Answers(story=story), "es")
    recusal = Recusal(frozenset(recused), members_only)
    return Filed(keys, seal_report(manifest, keys, report.to_json(), recusal, day, danger=danger), report)


def make_board(
    threshold: int = 2,
    members: Sequence[str] = MEMBERS,
    staff: Sequence[str] = STAFF,
    watchers: Sequence[str] = (),
    *,
    root: RootSeeds | None = None,
) -> tuple[SignedManifest, bytes]:
    """A signed manifest and the desk's seed."""
    root, seed = root or RootSeeds.generate(), signing.generate_seed()
    manifest = Manifest(
        board_id=HybridIdentity.generate().seed[:16],
        name="Junta de prueba",
        sequence=1,
        previous=None,
        threshold=threshold,
        single=threshold == 1,
        members=tuple(_member(label) for label in members),
        staff=tuple(staff),
        watchers=tuple(Watcher(label, keys_of(label, 0).lasting.recipient) for label in watchers),
        not_before=date(2026, 1, 1),
        not_after=date(2028, 1, 1),
        desk_key=signing.verification_key(seed),
        code_hashes=(),
        addresses=(),
        receipt_salt=bytes(16),
        kdf=KDF,
        root=root.public,
    )
    return sign_manifest(manifest, root.ed25519, root.mldsa65), seed


def next_board(
    board: SignedManifest, root: RootSeeds, members: Sequence[str], staff: Sequence[str]
) -> SignedManifest:
    """The board's next manifest with other people."""
    old = board.manifest
    manifest = replace(
        old,
        sequence=old.sequence + 1,
        previous=old.hash,
        members=tuple(_member(label) for label in members),
        staff=tuple(staff),
    )
    return sign_manifest(manifest, root.ed25519, root.mldsa65)


def _member(label: str) -> Member:
    card = Card.of(keys_of(label, MONTHS))
    return Member(label.encode().ljust(8, b"-")[:8], label, card.lasting, card.epochs)


def make_world(
    folder: Path,
    threshold: int = 2,
    members: Sequence[str] = MEMBERS,
    watchers: Sequence[str] = (),
    *,
    people: bool = True,
    root: RootSeeds | None = None,
    register: str | None = None,
) -> World:
    """A board with its people: members, two triagers, an investigator, and an auditor who reads no case."""
    board, seed = make_board(threshold, members, STAFF, watchers, root=root)
    world = World(folder, board, seed, Clock(), register=register)
    if people:
        for label in members:
            world.add(label, Role.MEMBER)
        world.add("enlace-1", Role.TRIAGER)
        world.add("enlace-2", Role.TRIAGER)
        world.add("indaga-1", Role.INVESTIGATOR)
        world.add("control-1", Role.AUDITOR)
    return world


def open_waiting(world: World) -> None:
    """Collect, and let as many members unlock as are needed; then they leave."""
    collect(world.desk)
    for label in [member.label for member in world.manifest.members][: world.manifest.threshold]:
        world.unlock(label)
    for seat in world.desk.present():
        world.desk.leave(seat)
