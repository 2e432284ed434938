"""What becomes of messages that were sent back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from functions.shared.deadletters import DeadLetter, DeadLetters, Depth
from functions.shared.diagnosis import Diagnostician

LOOKED_AT = 1000  # messages that are kept in view, and asked about, at a time
_QUIET = 3  # SQS's counts lag by up to a minute: as many looks in a row must find the queue empty


@dataclass(frozen=True, slots=True)
class Progress:
    """`settled` were dealt with, `back` are dead letters again, `open` are neither yet. `over`: no more is to be seen."""

    queue: Depth
    settled: tuple[DeadLetter, ...]
    back: tuple[DeadLetter, ...]
    open: tuple[DeadLetter, ...]
    over: bool


def follow(
    dead: DeadLetters,
    sent: Sequence[DeadLetter],
    diagnostician: Diagnostician | None,
    *,
    every: float,
    limit: float,
) -> Iterator[Progress]:
    """Every few seconds until each message is settled or back, the source queue is empty, or the time limit is over.

    A message that was sent again has a new id, so its body is compared. While other articles keep coming, the queue is never empty:
    the table says what was settled. Without a `diagnostician`, only an empty queue does.
    """
    unsure = {letter.digest: letter for letter in sent}
    settled: list[DeadLetter] = []
    back: list[DeadLetter] = []
    quiet, waited = 0, 0.0
    while True:
        back += (unsure.pop(letter.digest) for letter in dead.look(limit=LOOKED_AT) if letter.digest in unsure)
        if diagnostician:
            done = [letter for letter in list(unsure.values())[:LOOKED_AT] if all(d.settled for d in diagnostician.explain(letter.body))]
            settled += (unsure.pop(letter.digest) for letter in done)
        queue = dead.source_depth()
        quiet = 0 if queue.total else quiet + 1
        if quiet == _QUIET and not diagnostician:
            settled += unsure.values()
            unsure = {}
        over = not unsure or quiet == _QUIET or waited >= limit
        yield Progress(queue, tuple(settled), tuple(back), tuple(unsure.values()), over)
        if over:
            return
        time.sleep(every)
        waited += every
