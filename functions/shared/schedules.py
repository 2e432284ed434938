"""What a schedule of the template sends, and the times in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

_SINCE = re.compile(r"([1-9]\d{0,4})([dh])")


@dataclass(frozen=True, slots=True)
class Firing:
    """The moment that a firing was meant for, the same where it is delivered twice; `since` is the beginning of what it asks for."""

    at: datetime
    since: datetime | None

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Self:
        """{"scheduled_time": ISO 8601, "since": "7d" or ""}. Raises ValueError where the event is none of a schedule's."""
        try:
            at = datetime.fromisoformat(event["scheduled_time"]).astimezone(UTC)
        except (KeyError, TypeError) as error:
            raise ValueError(f"the event lacks {error}") from error
        return cls(at, parse_since(event["since"], at) if event.get("since") else None)

    @property
    def stamp(self) -> str:
        return stamp(self.at)


def stamp(moment: datetime) -> str:
    """A time as a part of a name that may not hold colons."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def parse_since(text: str, now: datetime) -> datetime:
    """ "7d" or "12h" before `now`, or a date or time in ISO 8601 (UTC unless it says otherwise). Raises ValueError."""
    if match := _SINCE.fullmatch(text):
        return now.replace(microsecond=0) - timedelta(**{{"d": "days", "h": "hours"}[match[2]]: int(match[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is neither a date (2026-11-01) nor an age (7d, 12h)") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
