"""The one logger, the one set of metrics and the one tracer. What they tell: outcomes and where; never an article's text."""

from __future__ import annotations

import json
from functools import partial

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from functions.shared.events import ObjectEvent

# ASCII only: a key may hold line separators or characters that turn the direction of what follows, and logs are read in terminals.
logger = Logger(json_serializer=partial(json.dumps, default=str, ensure_ascii=True))
metrics = Metrics()
tracer = Tracer()


def told(outcome: str, event: ObjectEvent) -> None:
    """One line and one count for one event's outcome (Read, Duplicate, Stale, Gone, Deleted, Rejected, Test)."""
    metrics.add_metric(name=outcome.capitalize(), unit=MetricUnit.Count, value=1)
    logger.info("outcome", extra={"outcome": outcome, "bucket": event.bucket, "key": event.key, "version_id": event.version_id})
