"""The rules a board manifest keeps and its JSON (protocol.md §2)."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from crypto.errors import ManifestError
from crypto.hybrid import HybridRecipient
from crypto.receipt import KdfParameters
from crypto.strict_json import Fields, Json, encode_blob

if TYPE_CHECKING:
    from crypto.manifest import EpochRecipient, Manifest

# Opening tries subsets of the members' shares: 6,435 of them at the worst (protocol.md §6).
MAX_MEMBERS = 15
MAX_WATCHERS = 15
MAX_STAFF = 200
MAX_EPOCHS = 60
MAX_CODE_HASHES = 100
MAX_ADDRESSES = 20
MAX_LABEL = 60
MAX_TEXT = 200
MAX_SEQUENCE = 999_999

# `age1pq1…` has 1,959.
_RECIPIENT_CHARS = 2000
_EPOCH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_HASH = re.compile(r"[0-9a-f]{64}([0-9a-f]{32}){0,2}")
_NOT_IN_A_LABEL = set('/\\="')


def check_rules(manifest: "Manifest") -> None:
    """Raise ManifestError, saying why, unless the board that the manifest describes can work."""
    _check_threshold(manifest)
    _check_people(manifest)
    for member in manifest.members:
        if not member.epochs:
            raise ManifestError(f"member {member.label} has no epoch")
        check_epochs(member.epochs)
    if (manifest.sequence == 1) != (manifest.previous is None):
        raise ManifestError("the first manifest, and only that one, has none before it")
    if manifest.not_before >= manifest.not_after:
        raise ManifestError("the manifest ends before it begins")
    if not 1 <= len(manifest.name) <= MAX_TEXT or not manifest.name.isprintable():
        raise ManifestError("the board needs a name in visible characters")
    if not all(text and text.isprintable() for text in manifest.addresses):
        raise ManifestError("an address is empty or has invisible characters")
    if not all(name and _HASH.fullmatch(digest) for name, digest in manifest.code_hashes):
        raise ManifestError("a code hash is not a name with lower-case hexadecimal SHA-256, 384 or 512")


def check_label(label: str) -> None:
    """Raise ManifestError unless people, commands and file systems can all tell the label apart."""
    if not 1 <= len(label) <= MAX_LABEL or not label.isprintable() or label.strip() != label:
        raise ManifestError(f"a label has 1 to {MAX_LABEL} visible characters")
    if unicodedata.normalize("NFC", label) != label or label[0] in ".-" or set(label) & _NOT_IN_A_LABEL:
        raise ManifestError(
            'a label is in Unicode NFC, begins with neither . nor -, and has none of / \\ = "'
        )


def check_epoch(epoch: str) -> None:
    """Raise ManifestError unless this is a month, YYYY-MM."""
    if not _EPOCH.fullmatch(epoch):
        raise ManifestError("an epoch is a month, YYYY-MM")


def check_epochs(epochs: Sequence["EpochRecipient"]) -> None:
    """Raise ManifestError unless these are consecutive months."""
    for each in epochs:
        check_epoch(each.epoch)
    if any(epoch_after(first.epoch) != second.epoch for first, second in pairwise(epochs)):
        raise ManifestError("the epochs of a member are not consecutive months")


def epoch_after(epoch: str, months: int = 1) -> str:
    """The epoch so many months later."""
    count = int(epoch[:4]) * 12 + int(epoch[5:]) - 1 + months
    return f"{count // 12:04}-{count % 12 + 1:02}"


def to_json(manifest: "Manifest") -> dict[str, Json]:
    """The object whose canonical bytes are signed."""
    return {
        "kind": "board",
        "version": 1,
        "board_id": encode_blob(manifest.board_id),
        "name": manifest.name,
        "sequence": manifest.sequence,
        "previous": None if manifest.previous is None else encode_blob(manifest.previous),
        "threshold": manifest.threshold,
        "single": manifest.single,
        "members": [
            {
                "id": encode_blob(member.id),
                "label": member.label,
                "lasting": str(member.lasting),
                "epochs": epochs_to_json(member.epochs),
            }
            for member in manifest.members
        ],
        "staff": list(manifest.staff),
        "watchers": [{"label": each.label, "recipient": str(each.recipient)} for each in manifest.watchers],
        "not_before": manifest.not_before.isoformat(),
        "not_after": manifest.not_after.isoformat(),
        "desk_key": encode_blob(manifest.desk_key),
        "code_hashes": [{"name": name, "hash": digest} for name, digest in manifest.code_hashes],
        "addresses": list(manifest.addresses),
        "receipt_salt": encode_blob(manifest.receipt_salt),
        "kdf": {
            "memory_kib": manifest.kdf.memory_kib,
            "iterations": manifest.kdf.iterations,
            "lanes": manifest.kdf.lanes,
        },
        "root": {
            "ed25519": encode_blob(manifest.root.ed25519),
            "mldsa65": encode_blob(manifest.root.mldsa65),
        },
    }


def epochs_to_json(epochs: Sequence["EpochRecipient"]) -> list[Json]:
    """The epochs of a member or a card."""
    return [{"epoch": each.epoch, "recipient": str(each.recipient)} for each in epochs]


def parse_recipient(fields: Fields, name: str) -> HybridRecipient:
    """A recipient as `age1pq1…`, which stock age reads too; SealedPartError or RecipientError."""
    return HybridRecipient.parse(fields.text(name, _RECIPIENT_CHARS))


def parse_code_hash(fields: Fields) -> tuple[str, str]:
    """The name of a file of the browser code and its hash."""
    found = fields.text("name", MAX_TEXT), fields.text("hash", 128)
    fields.end()
    return found


def parse_kdf(fields: Fields) -> KdfParameters:
    """The cost of the receipt code's KDF, within bounds that cannot exhaust a host."""
    kdf = KdfParameters(
        memory_kib=fields.integer("memory_kib", 1024, 1024 * 1024),
        iterations=fields.integer("iterations", 1, 16),
        lanes=fields.integer("lanes", 1, 16),
    )
    fields.end()
    return kdf


def _check_threshold(manifest: "Manifest") -> None:
    if not 1 <= len(manifest.members) <= MAX_MEMBERS or len(manifest.watchers) > MAX_WATCHERS:
        raise ManifestError(f"a board has 1 to {MAX_MEMBERS} members and at most {MAX_WATCHERS} watchers")
    if not 1 <= manifest.threshold <= len(manifest.members):
        raise ManifestError("the threshold is larger than the number of members")
    if manifest.single != (manifest.threshold == 1):
        raise ManifestError("a threshold of one must be asked for by name (single), and only then")


def _check_people(manifest: "Manifest") -> None:
    everyone = [member.label for member in manifest.members]
    everyone += [*manifest.staff, *(watcher.label for watcher in manifest.watchers)]
    for label in everyone:
        check_label(label)
    # Casefolded: a reporter recuses by what a label looks like (T3).
    if len({unicodedata.normalize("NFKC", label).casefold() for label in everyone}) != len(everyone):
        raise ManifestError("two people of the board have the same label")
    if len({member.id for member in manifest.members}) != len(manifest.members):
        raise ManifestError("two members have the same id")
    recipients = [each.recipient for member in manifest.members for each in member.epochs]
    recipients += [member.lasting for member in manifest.members]
    recipients += [watcher.recipient for watcher in manifest.watchers]
    # One person behind two places would hold two shares (T4).
    if len(set(recipients)) != len(recipients):
        raise ManifestError("two places of the board have the same recipient")
