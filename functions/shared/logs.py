"""What a function logged about one message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# Flush left, or after a group's margin; lines of source are indented.
_EXCEPTION = re.compile(r"^(?:\s*\| )?(?P<line>[\w.]+: .*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Logged:
    """One failure of the message: `error` is the exception's own line."""

    at: datetime
    error: str


def failures(logs: Any, group: str, correlation_id: str, since: datetime) -> Iterator[Logged]:
    """Oldest first; what is older than the group's retention is gone. Raises the client's errors."""
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group,
        filterPattern=f'"{correlation_id}"',
        startTime=int(since.timestamp() * 1000),
    )
    for page in pages:
        for event in page["events"]:
            line = _object(event["message"])
            if line.get("correlation_id") == correlation_id and line.get("exception"):
                yield Logged(datetime.fromtimestamp(event["timestamp"] / 1000, UTC), root(line["exception"]))


def root(traceback: str) -> str:
    """The line of the first exception that is told: the cause of the others; a group's own says only that there are some."""
    told = [found["line"] for found in _EXCEPTION.finditer(traceback) if not found["line"].startswith("ExceptionGroup")]
    return told[0] if told else traceback.rpartition("\n")[2]


def _object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError:  # START, END and REPORT are lines of another kind
        return {}
    return parsed if isinstance(parsed, dict) else {}
