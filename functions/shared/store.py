"""What is written about an object. How a reading becomes visible, whoever else is at work on the same object:

1. Look: the head, and after it every generation that is there.
2. Judge. A duplicate or stale state ends here. Where no sequencers tell the order, the state that S3 has now is the later one.
3. Write the new generation's items. Nobody sees them.
4. Flip: one put of the head, on condition that it is still the head of step 1. Generations are unique, so no head comes back.
5. Sweep: delete the generations of step 1. Whoever wrote one of them looked at a head that is no longer there, so cannot flip:
   they are the replaced reading, or what a crash left. The new head lists them, so that a repeat finishes an interrupted sweep.

A crash before 4 leaves the old reading whole; a crash after it leaves the new one whole. What a crash leaves behind is never
visible, and goes with the next flip.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from functions.shared import items
from functions.shared.items import Findings, Item
from functions.shared.order import Head, Published, Source, Verdict, judge
from functions.shared.tables import Table

_FLIPS = 5


class HeadContended(RuntimeError):  # noqa: N818
    """Other workers flipped this object's head again and again: the message goes back to the queue."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An object's head, and then the sort keys of all its other items, read consistently."""

    head: Head | None
    keys: tuple[str, ...]

    @property
    def generations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_generation(key) for key in self.keys))


class Store:
    """Writes one object at a time."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def verdict(self, object_id: str, source: Source, revision: str, is_present: Callable[[], bool]) -> Verdict:
        """Whether this state of the object is still to be read; asked before the work, and again in `publish`.

        `is_present` looks whether it is the state that the object has in S3 now; called where nothing else tells the order.
        """
        item = self._table.get(items.partition(object_id), items.HEAD)
        head = items.head_of(item) if item else None
        verdict = _judge(source, revision, head, is_present)
        if verdict != "newer" and head and head.superseded:
            self._finish_sweep(object_id, self._look(object_id))
        return verdict

    def publish(self, object_id: str, source: Source, findings: Findings, is_present: Callable[[], bool]) -> Published:
        """Make `findings` what the table says about the object, unless it says something as new or newer already.

        Returns the new head's status, or "duplicate" or "stale". Raises ValueError, with nothing written, where a score is no
        number; HeadContended; and the client's errors where DynamoDB would not take it (what was written stays invisible).
        """
        for _ in range(_FLIPS):
            seen = self._look(object_id)
            verdict = _judge(source, findings.revision, seen.head, is_present)
            if verdict != "newer":
                self._finish_sweep(object_id, seen)
                return verdict
            head = Head(findings.status, uuid.uuid4().hex, source, findings.revision, seen.generations)
            content = items.content_items(object_id, head.generation, source, findings)
            self._table.put_all(content)
            if self._flip(items.head_item(object_id, head, findings), seen.head):
                self._delete(object_id, seen.keys)
                return head.status
            self._delete(object_id, (item["sk"] for item in content))
        raise HeadContended(f"{_FLIPS} flips lost for one object")

    def _look(self, object_id: str) -> Seen:
        """The head first: a query takes several pages, and a generation that is written and flipped to between two of them would
        be the head's and yet not among the keys. So it is another head, and the flip fails.
        """
        item = self._table.get(items.partition(object_id), items.HEAD)
        found = self._table.query_partition(items.partition(object_id), items.GENERATIONS)
        return Seen(items.head_of(item) if item else None, tuple(one["sk"] for one in found))

    def _flip(self, item: Item, seen: Head | None) -> bool:
        """Put the head if it is still the one that was seen.

        A put whose answer was lost is sent again by the client, and then refused because of itself: that is a success.
        """
        try:
            self._table.put_if(item, generation=seen.generation if seen else None)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            now = self._table.get(item["pk"], items.HEAD)
            return now is not None and now["generation"] == item["generation"]
        return True

    def _finish_sweep(self, object_id: str, seen: Seen) -> None:
        """Delete what the head says it replaced, where the worker that flipped it came no further."""
        if seen.head:
            self._delete(object_id, (key for key in seen.keys if _generation(key) in seen.head.superseded))

    def _delete(self, object_id: str, keys: Iterable[str]) -> None:
        self._table.delete_all([(items.partition(object_id), key) for key in keys])


def _judge(source: Source, revision: str, head: Head | None, is_present: Callable[[], bool]) -> Verdict:
    """S3 is asked after the head was seen: what changes there later is told by an event that finds, or makes, another head."""
    verdict = judge(source, revision, head)
    if verdict == "unordered":
        return "newer" if is_present() else "stale"
    return verdict


def _generation(sort_key: str) -> str:
    return sort_key.split("#", 2)[1]
