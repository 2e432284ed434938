"""Lambda SnapStart: a started process is kept as a snapshot, and every copy restored from it goes on from the same state.

What no two copies may share is made anew in each: clients (their credentials and open connections are the snapshot's, hours or
weeks old) and the seed of `random`, from which the waits between retries are drawn, boto3's as well as our own. Ids need
nothing: uuid4 asks the system, which differs in every copy.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeVar

T = TypeVar("T")


def renewed(make: Callable[[], T], *, before_snapshot: Callable[[], object]) -> Callable[[], T]:
    """A function that returns what `make` made: once in this process, and once more in every copy of it.

    `before_snapshot` is called where a snapshot will be taken and nowhere else: what it loads costs time only there.
    """
    made = make()

    def renew() -> None:
        nonlocal made
        random.seed()
        made = make()

    if find_spec("snapshot_restore_py"):  # in Lambda's runtime; elsewhere nobody takes snapshots
        import snapshot_restore_py  # noqa: PLC0415  as above

        snapshot_restore_py.register_before_snapshot(before_snapshot)
        snapshot_restore_py.register_after_restore(renew)
    return lambda: made
