"""The one logger, the one set of metrics and the one tracer. What they tell: outcomes and where; never an article's text.

Every metric is in the namespace Standpoint, under the function's `service`; Stances also under `attitude`, Rejections also under
`reason`. Dimensions have few values: each combination is a metric that is paid for. template.yaml's alarms and dashboard use them
by name, and tests/functions/test_metrics.py holds the two together.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from functions.shared.events import ObjectEvent

if TYPE_CHECKING:  # dispatch, which has no model, logs too
    from functions.shared.items import Findings

# ASCII only: a key may hold line separators or characters that turn the direction of what follows, and logs are read in terminals.
logger = Logger(json_serializer=partial(json.dumps, default=str, ensure_ascii=True))
metrics = Metrics()
tracer = Tracer()


@contextmanager
def message(message_id: str, receive_count: str) -> Iterator[None]:
    """Every log line inside carries the SQS message's id, which is also what a dead letter is found by."""
    metrics.add_metric(name="Messages", unit=MetricUnit.Count, value=1)
    with logger.append_context_keys(correlation_id=message_id, receive_count=receive_count):
        yield


@contextmanager
def following(event: ObjectEvent) -> Iterator[None]:
    """Log lines inside also carry the event's sequencer; what is done inside is one subsegment of the trace."""
    sequencer = event.sequencer and event.sequencer.rstrip("0")
    with tracer.provider.in_subsegment("## event"), logger.append_context_keys(sequencer=sequencer):
        try:
            yield
        except Exception:
            tracer.put_annotation("outcome", "failed")
            raise


def told(outcome: str, event: ObjectEvent) -> None:
    """One line, one count and one annotation for one event's outcome (Read, Duplicate, Stale, Gone, Deleted, Rejected, Test)."""
    metrics.add_metric(name=outcome.capitalize(), unit=MetricUnit.Count, value=1)
    if outcome in ("read", "rejected"):
        waited = datetime.now(UTC) - event.at
        metrics.add_metric(name="UploadToReading", unit=MetricUnit.Milliseconds, value=max(0, round(1000 * waited.total_seconds())))
    tracer.put_annotation("outcome", outcome)
    logger.info("outcome", extra={"outcome": outcome, "bucket": event.bucket, "key": event.key, "version_id": event.version_id})


def found(findings: Findings, seconds: float) -> None:
    """Counts of what an object held, once it is published; `seconds` from its GET to the last of its articles."""
    metrics.add_metric(name="ArticlesRead", unit=MetricUnit.Count, value=len(findings.readings))
    metrics.add_metric(name="ArticlesRejected", unit=MetricUnit.Count, value=len(findings.rejections))
    metrics.add_metric(name="ReadingTime", unit=MetricUnit.Milliseconds, value=round(1000 * seconds, 1))
    _count_by("Stances", "attitude", Counter(stance.attitude for _, reading in findings.readings for stance in reading.stances))
    _count_by("Rejections", "reason", Counter(rejection.reason for rejection in findings.rejections))


def _count_by(name: str, dimension: str, counts: Counter[str]) -> None:
    """A line of its own for each value: metrics of one line share their dimensions. `service` is added to them."""
    for value, count in counts.items():
        with single_metric(name=name, unit=MetricUnit.Count, value=count) as metric:
            metric.add_dimension(name=dimension, value=value)
