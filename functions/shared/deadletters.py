"""The dead-letter queue: look without taking, take in order to delete, send back.

SQS has no way to look: a message that is received is hidden for a while and comes back unless it is deleted. So whatever is
received here is hidden for a short time, and given back at once when the work is over, also after an error or Ctrl-C. A process
that is killed gives nothing back; then SQS does, when the time is over. Nothing is deleted before it is safe elsewhere.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

HIDDEN_SECONDS = 120
T = TypeVar("T")

_BATCH = 10  # SQS's limit for one call
_REPEATS = 3

# What emulators answer to a call that they do not have.
_NO_SUCH_CALL = {
    "InvalidAction",
    "AWS.SimpleQueueService.UnsupportedOperation",
    "UnsupportedOperation",
    "UnknownOperation",
    "NotImplemented",
}


class QueueUnusable(RuntimeError):  # noqa: N818
    """It is no dead-letter queue, or it is that of several queues."""


class MoveFailed(RuntimeError):  # noqa: N818
    """SQS ended a move before everything was moved; what was not moved is where it was."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that failed every time. `sent`: when it was first sent; `receive_count` counts every look at it, too."""

    id: str
    body: str
    sent: datetime
    receive_count: int
    receipt: str = field(repr=False)
    attributes: Mapping[str, Any] = field(default_factory=dict, repr=False)
    trace: str | None = None

    @property
    def digest(self) -> str:
        """The same for a message that was sent again: that has another id."""
        return hashlib.sha256(self.body.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages a queue holds, as SQS estimates it; `hidden` ones are being worked on or looked at."""

    waiting: int
    hidden: int

    @property
    def total(self) -> int:
        return self.waiting + self.hidden


@dataclass(frozen=True, slots=True)
class Move:
    """How far SQS has come with moving a whole queue; `left` is None where it does not say."""

    status: Literal["RUNNING", "COMPLETED", "CANCELLING", "CANCELLED", "FAILED"]
    moved: int
    left: int | None


class DeadLetters:
    """One dead-letter queue through one client. `source`: the queue that its messages come from; None: SQS is asked.

    `wait`: seconds that SQS may look for messages before it says there are none.
    """

    def __init__(
        self, client: SQSClient, url: str, source: str | None = None, *, wait: int = 2, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._url = url
        self._wait = wait
        self._sleep = sleep
        self._source = source

    def depth(self) -> Depth:
        return self._depth(self._url)

    def source_depth(self) -> Depth:
        """Of the queue that the messages came from. Raises QueueUnusable."""
        return self._depth(self._source_url())

    def look(self, *, limit: int | None = None, ids: Sequence[str] | None = None) -> list[DeadLetter]:
        """At most `limit` messages, or those whose ids begin with one of `ids`. All of them stay in the queue."""
        found: list[DeadLetter] = []
        with closing(self.take(ids=ids)) as batches:
            for batch in batches:
                found += batch
                if limit is not None and len(found) >= limit:
                    break
        return found[:limit]

    def take(self, *, ids: Sequence[str] | None = None) -> Generator[list[DeadLetter], None, None]:
        """Every message once, ten at most at a time, hidden from others. Close it (contextlib.closing), and what was not deleted
        is given back. With `ids`, those that begin with one of them, and no further than needed.
        """
        receipts: dict[str, str] = {}
        missing = set(ids or ())
        repeats = 0
        try:
            while repeats < _REPEATS and (received := self._receive()):
                new = [letter for letter in received if letter.id not in receipts]
                receipts |= {letter.id: letter.receipt for letter in received}  # of one that came again, the newest receipt counts
                repeats = 0 if new else repeats + 1  # all hidden once, they come round again
                chosen = [letter for letter in new if ids is None or letter.id.startswith(tuple(ids))]
                missing -= {prefix for prefix in missing for letter in chosen if letter.id.startswith(prefix)}
                if chosen:
                    yield chosen
                if ids is not None and not missing:
                    return
        finally:
            self._give_back(receipts.values())

    def delete(self, letters: Iterable[DeadLetter]) -> list[DeadLetter]:
        """Returns those that SQS would not delete."""
        failed: list[DeadLetter] = []
        for batch in _batches(letters):
            entries: list[Any] = [{"Id": str(n), "ReceiptHandle": letter.receipt} for n, letter in enumerate(batch)]
            answer = self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)
            failed += [batch[int(each["Id"])] for each in answer.get("Failed", [])]
        return failed

    def send_back(self, letter: DeadLetter) -> bool:
        """Send one message to the queue that it came from, then delete it here: after a crash in between it is in both, and is a
        duplicate, which the function passes over. False where it was sent but not deleted. Raises QueueUnusable.
        """
        options: dict[str, Any] = {"MessageAttributes": letter.attributes} if letter.attributes else {}
        if letter.trace:
            options["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": letter.trace}}
        self._client.send_message(QueueUrl=self._source_url(), MessageBody=letter.body, **options)
        return not self.delete([letter])

    def start_move(self, per_second: int) -> str | None:
        """Have SQS send the whole queue back. Returns the task's handle; None where there is no such call (emulators)."""
        arn = self._attributes(self._url, "QueueArn")["QueueArn"]
        try:
            return self._client.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=per_second)["TaskHandle"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _NO_SUCH_CALL:
                return None
            raise

    def follow_move(self, handle: str, every: float) -> Generator[Move, None, None]:
        """How far the move has come, every few seconds until it is over; closed before that, the move is cancelled.

        Raises MoveFailed.
        """
        arn = self._attributes(self._url, "QueueArn")["QueueArn"]
        running = True
        try:
            while running:
                move, reason = self._move(arn)
                running = move.status in ("RUNNING", "CANCELLING")
                yield move
                if move.status in ("FAILED", "CANCELLED"):
                    raise MoveFailed(f"SQS says {move.status.lower()} after {move.moved} messages: {reason}")
                if running:
                    self._sleep(every)
        finally:
            if running:
                self._client.cancel_message_move_task(TaskHandle=handle)

    def _move(self, arn: str) -> tuple[Move, str]:
        results: Any = self._client.list_message_move_tasks(SourceArn=arn, MaxResults=1)["Results"]
        task = results[0]
        moved, to_move = task.get("ApproximateNumberOfMessagesMoved", 0), task.get("ApproximateNumberOfMessagesToMove")
        return Move(task["Status"], moved, None if to_move is None else max(0, to_move - moved)), task.get(
            "FailureReason", "no reason given"
        )

    def _receive(self) -> list[DeadLetter]:
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=self._wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [_letter(message) for message in answer.get("Messages", [])]

    def _give_back(self, receipts: Iterable[str]) -> None:
        """Deleted ones are refused, without harm; where the call fails, SQS gives them back itself, a little later."""
        for batch in _batches(receipts):
            entries: list[Any] = [{"Id": str(n), "ReceiptHandle": receipt, "VisibilityTimeout": 0} for n, receipt in enumerate(batch)]
            with suppress(ClientError):
                self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def _source_url(self) -> str:
        if self._source:
            return self._source
        pages = self._client.get_paginator("list_dead_letter_source_queues").paginate(QueueUrl=self._url)
        found = [url for page in pages for url in page.get("queueUrls", [])]
        if len(found) != 1:
            raise QueueUnusable(f"{self._url} is the dead-letter queue of {len(found)} queues, not of one")
        self._source = found[0]
        return self._source

    def _depth(self, url: str) -> Depth:
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible")
        waiting, delayed, hidden = (int(self._attributes(url, *names)[name]) for name in names)
        return Depth(waiting + delayed, hidden)

    def _attributes(self, url: str, *names: Any) -> dict[Any, str]:
        return dict(self._client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"])


def _batches(things: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(things)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _letter(message: Any) -> DeadLetter:
    system = message.get("Attributes", {})
    return DeadLetter(
        id=message["MessageId"],
        body=message["Body"],
        sent=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        receive_count=int(system["ApproximateReceiveCount"]),
        receipt=message["ReceiptHandle"],
        attributes=message.get("MessageAttributes", {}),
        trace=system.get("AWSTraceHeader"),
    )
