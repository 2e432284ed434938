"""Publication times as articles give them, to one form."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def to_utc(value: str) -> str | None:
    """ISO 8601 (or the dates of mail and HTTP, RFC 5322) to 'YYYY-MM-DDTHH:MM:SSZ'; None where it is no date.

    A date alone is its midnight; a time without a zone is taken as UTC; parts of a second are dropped.
    """
    try:
        moment = _parsed(value.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0")  # %Y of the year 925 has three digits


def _parsed(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return parsedate_to_datetime(value)
