"""What the schedule's firing comes to. Nothing here needs the model: dispatch is a small package."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from functions.shared.backfills import Backfills
from functions.shared.observability import logger, metrics
from functions.shared.schedules import Firing
from functions.shared.settings import DispatchSettings

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=10)


def backfills(settings: DispatchSettings) -> Backfills:
    return Backfills(boto3.client("stepfunctions", config=CONFIG), settings.state_machine)


def respond(event: dict[str, Any], *, backfills: Backfills, prefix: str) -> dict[str, str]:
    """`event` is the schedule's input: {"scheduled_time": ISO 8601, "since": "7d" or ""}.

    The name comes from the time that the firing was meant for, so a second delivery of it finds the first one's execution.
    Raises ValueError where the event is none of the schedule's: Lambda tries again, then it is a dead letter.
    """
    firing = Firing.from_event(event)
    started = backfills.start(f"scheduled-{firing.stamp}", prefix=prefix, since=firing.since)
    metrics.add_metric(name=f"Backfill{started.outcome.capitalize()}", unit="Count", value=1)
    logger.info("backfill", extra={"outcome": started.outcome, "execution": started.execution})
    return {"outcome": started.outcome, "execution": started.execution}
