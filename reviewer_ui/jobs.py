"""Work that takes longer than a page: unlocking runs beside the requests and says how far it is."""

from __future__ import annotations

from threading import Thread

from triage.desk import Desk, Seat
from triage.errors import TriageError
from triage.unlock import Unlocked, unlock


class UnlockJob:
    """One unlocking. `fraction` goes from 0 to 1; then `result` or `error` stands."""

    def __init__(self, desk: Desk, seat: Seat, passphrase: str) -> None:
        self.fraction = 0.0
        self.result: Unlocked | None = None
        self.error: TriageError | None = None
        self._thread = Thread(target=self._run, args=(desk, seat, passphrase), daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the work goes on; a thread that died of a fault is not running either."""
        return self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Give a short job the time to end, so that most people never see a page of progress."""
        self._thread.join(seconds)

    def _run(self, desk: Desk, seat: Seat, passphrase: str) -> None:
        try:
            self.result = unlock(desk, seat, passphrase, self._progress)
        except TriageError as error:
            self.error = error

    def _progress(self, fraction: float) -> None:
        self.fraction = fraction
