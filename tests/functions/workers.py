"""Work that stops before every AWS call until a test lets it go on: two workers interleaved at will, and a crash anywhere."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Crash(BaseException):
    """The process ends here: no `except Exception` may see it."""


class Worker(threading.Thread):
    """`job` in a thread that only ever runs inside `step`; the test's own thread waits meanwhile."""

    def __init__(self, job: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._job = job
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._raise: BaseException | None = None
        self.done = False
        self.error: BaseException | None = None
        """What ended the job, once it is done; None where it came to its end."""
        self.start()

    def run(self) -> None:
        self._go.acquire()
        try:
            self._job()
        except BaseException as error:  # a crash too: it is the test that judges it
            self.error = error
        self.done = True
        self._stopped.release()

    def step(self, error: BaseException | None = None) -> None:
        """Up to the next gate, or to the end; with `error` the call at which it stands fails."""
        self._raise = error
        self._go.release()
        self._stopped.acquire()

    def finish(self) -> None:
        while not self.done:
            self.step()

    def stop(self) -> None:
        self._stopped.release()
        self._go.acquire()
        error, self._raise = self._raise, None
        if error:
            raise error


def gate(_: str) -> None:
    """To be called before everything that AWS does. Outside of workers it is open."""
    current = threading.current_thread()
    if isinstance(current, Worker):
        current.stop()
