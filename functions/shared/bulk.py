"""One batch of a backfill: objects as a listing gives them, each an event without a sequencer.

The state machine (statemachines/backfill.asl.json) keeps what this module answers and hands it back for the next attempt:

    batch     {"Items": [{"key", "modified", "since"}, ...]}, or one such item: what is still to be read
    attempt   counted from 1
    began     when the state machine's execution for this batch began
    report    what became of the objects that are done with
    again, wait, halt, cause     what the state machine is to do next

An error ends the attempt at that object only. It may be of the passing kind, so the object is tried again, and after ATTEMPTS it
is reported as failed. Where no object of a batch could be read, the batch itself fails (`halt`): that is what the state machine's
tolerated share counts, so that a denied bucket ends the run, and a few bad objects do not.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared.events import ObjectEvent
from functions.shared.observability import logger, metrics, told
from functions.shared.reports import Failed, Report, total
from functions.shared.service import Service

ATTEMPTS = 3
LIFETIME = 300
"""Seconds that an Express execution may take (AWS Step Functions Developer Guide, "Quotas")."""

_SPARE = 10  # seconds for the state machine's own steps
_FIRST_WAIT = 4  # seconds; doubled before each attempt, with jitter
_ALL_OF = 5  # of fewer objects, all may well be bad ones
_SHORT_REASON = 300  # characters: a batch's answer must stay far below 256 KB
_MILLISECONDS = 1e11  # a time above this is one in milliseconds


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as it was listed. `since`: if it was modified earlier it is not wanted."""

    key: str
    modified: datetime
    since: datetime | None

    @classmethod
    def of(cls, item: dict[str, Any]) -> Listed:
        since = item.get("since")
        return cls(item["key"], _time(item["modified"]), _time(since) if since else None)

    def to_dict(self) -> dict[str, Any]:
        return {"key": self.key, "modified": self.modified.isoformat(), "since": self.since and self.since.isoformat()}


@dataclass(frozen=True, slots=True)
class Batch:
    """What one invocation gets."""

    items: tuple[Listed, ...]
    attempt: int
    began: datetime
    report: Report

    @classmethod
    def of(cls, event: dict[str, Any]) -> Batch:
        """Raises KeyError, TypeError or ValueError where it is none: the execution fails, and is reported with its input."""
        batch = event["batch"]
        items = batch.get("Items", [batch])
        return cls(tuple(Listed.of(item) for item in items), int(event["attempt"]), _time(event["began"]), Report.of(event["report"]))


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one invocation came to: `done` for good, `failed` with the reason, `untouched` for want of time."""

    done: Report
    failed: tuple[tuple[Listed, str], ...]
    untouched: tuple[Listed, ...]


@dataclass(frozen=True, slots=True)
class Bulk:
    """Reads batches. No object is begun when less than `margin_ms` is left."""

    service: Service
    bucket: str
    margin_ms: int
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def respond(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Handle every object of the batch that there is time for; the answer is the next attempt's event, or the end."""
        timeout = context.get_remaining_time_in_millis() / 1000
        batch = Batch.of(event)
        attempt = self._attempt(batch, context)
        number = batch.attempt + bool(attempt.failed)  # an attempt that only ran out of time has not failed
        wait = round(_FIRST_WAIT * 2**batch.attempt * random.uniform(0.5, 1.0)) if attempt.failed else 1  # noqa: S311  jitter
        after = (self.clock() - batch.began).total_seconds() + wait + timeout
        if (attempt.failed or attempt.untouched) and number <= ATTEMPTS and after <= LIFETIME - _SPARE:
            return _again(batch, attempt, number, wait)
        return _end(batch, attempt)

    def _attempt(self, batch: Batch, context: LambdaContext) -> Attempt:
        counts: Counter[str] = Counter()
        rejected: list[str] = []
        failed: list[tuple[Listed, str]] = []
        untouched: list[Listed] = []
        for item in batch.items:
            if context.get_remaining_time_in_millis() < self.margin_ms:
                untouched.append(item)
                continue
            try:
                outcome = self._handle(item)
            except Exception as error:  # every other object of the batch still has its turn
                logger.exception("object failed", key=item.key, attempt=batch.attempt)
                failed.append((item, _reason(error)))
                continue
            counts[outcome] += 1
            if outcome == "rejected":
                rejected.append(item.key)
        metrics.add_metric(name="NotBegun", unit="Count", value=len(untouched))
        return Attempt(Report(counts, rejected=tuple(rejected)), tuple(failed), tuple(untouched))

    def _handle(self, item: Listed) -> str:
        event = ObjectEvent(kind="created", bucket=self.bucket, key=item.key, at=item.modified)
        outcome = "older" if item.since and item.modified < item.since else self.service.handle(event)
        told(outcome, event)
        return outcome


def _again(batch: Batch, attempt: Attempt, number: int, wait: int) -> dict[str, Any]:
    rest = (*(item for item, _ in attempt.failed), *attempt.untouched)
    return {
        "batch": {"Items": [item.to_dict() for item in rest]},
        "attempt": number,
        "began": batch.began.isoformat(),
        "report": total(batch.report, attempt.done).to_dict(),
        "again": True,
        "wait": wait,
    }


def _end(batch: Batch, attempt: Attempt) -> dict[str, Any]:
    lost = [Failed(item.key, reason) for item, reason in attempt.failed]
    lost += (Failed(item.key, "NotBegun: no time was left") for item in attempt.untouched)
    metrics.add_metric(name="ObjectFailed", unit="Count", value=len(lost))
    report = total(batch.report, attempt.done, Report({"failed": len(lost)} if lost else {}, failed=tuple(lost)))
    halt = len(lost) == report.total >= _ALL_OF
    return {"report": report.to_dict(), "again": False, "halt": halt, "cause": lost[0].reason if lost else ""}


def _reason(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:_SHORT_REASON]


def _time(value: str | float) -> datetime:
    """Step Functions lists times as seconds since 1970; emulators and this module's own answers as ISO 8601."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC)
