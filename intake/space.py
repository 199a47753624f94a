"""Room on the disk: refuse before it ends, and keep a ballast, as a full SQLite cannot even delete."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

# Room that files leave to reports and messages, at most as much as is kept free anyway: a flood of files
# fills a disk in an hour, one of words in days; by then the desk has collected.
FOR_WORDS_PERCENT = 15


@dataclass(frozen=True, slots=True)
class Space:
    """The file system below one database: how much of it may be used, how much is kept back."""

    database: Path
    refuse_percent: int
    ballast_bytes: int

    @property
    def ballast(self) -> Path:
        return self.database.with_name(self.database.name + ".ballast")

    def is_scarce(self, *, for_files: bool = False) -> bool:
        """Whether so much is used that reports and messages are refused (T8), or already files."""
        kept = min(FOR_WORDS_PERCENT, 100 - self.refuse_percent) if for_files else 0
        return self._percent_used(0) >= self.refuse_percent - kept

    def keep_ballast(self) -> None:
        """Make the ballast file if it is missing and there is room for it."""
        if not self.ballast_bytes or self.ballast.exists():
            return
        if self._percent_used(self.ballast_bytes) >= self.refuse_percent:
            return
        try:
            file = os.open(self.ballast, os.O_CREAT | os.O_WRONLY, 0o600)
        except OSError:
            return
        try:
            os.posix_fallocate(file, 0, self.ballast_bytes)
        except OSError:
            self.ballast.unlink()
        finally:
            os.close(file)

    def release_ballast(self) -> bool:
        """Give the ballast's room to the database; whether there was any."""
        try:
            self.ballast.unlink()
        except FileNotFoundError:
            return False
        return True

    def _percent_used(self, more: int) -> float:
        # As df counts: what is reserved for root is neither used nor free.
        usage = shutil.disk_usage(self.database.parent)
        return 100 * (usage.used + more) / max(1, usage.used + usage.free)
