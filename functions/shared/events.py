"""S3's events as SQS delivers them, made into records.

Two senders, two spellings of one key: S3's own notifications form-encode it ("a+b%2Bc" is "a b+c"), EventBridge gives it raw.
Decoding both would corrupt "+" and "%" in the second kind, so the spelling is settled here and nowhere else.

Events come at least once and in any order. What orders two events of one key is the sequencer, where both have one: hexadecimal
strings of unequal length, compared after padding on the right with zeros (Amazon S3 User Guide, "Event message structure").
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote_plus

_NEVER = datetime.min.replace(tzinfo=UTC)

Kind = Literal["created", "removed", "test"]

SEQUENCER_WIDTH = 64
"""Padded to one width, sequencers compare as strings. Those of S3 have 16 to 18 digits."""

_KINDS: dict[str, Kind] = {"ObjectCreated": "created", "ObjectRemoved": "removed", "LifecycleExpiration": "removed"}
_EVENTBRIDGE_KINDS: dict[str, Kind] = {"Object Created": "created", "Object Deleted": "removed"}


class EventUnknown(ValueError):  # noqa: N818
    """An event of a form that this code was not written for: it belongs in the dead-letter queue, for a person to look at."""


@dataclass(frozen=True, slots=True)
class ObjectEvent:
    """One thing that happened to one object. `key` is decoded; `sequencer` is padded; `at` is when, in UTC.

    `marker`: a removal only put a delete marker on top; without it a removal with a `version_id` took that one version away,
    and what the object is now has to be looked up.
    """

    kind: Kind
    bucket: str = ""
    key: str = ""
    version_id: str | None = None
    sequencer: str | None = None
    at: datetime = _NEVER
    marker: bool = False


def decode(body: str) -> tuple[ObjectEvent, ...]:
    """The S3 records in one SQS message. Raises ValueError (EventUnknown, JSONDecodeError) where the body is none of S3's."""
    try:
        message = json.loads(body)
    except RecursionError:
        raise EventUnknown("the message is nested too deeply") from None
    if not isinstance(message, dict):
        raise EventUnknown("the message is no JSON object")
    if message.get("Event") == "s3:TestEvent":
        return (ObjectEvent(kind="test"),)
    if message.get("source") == "aws.s3":
        return (_from_eventbridge(message),)
    records = message.get("Records")
    if not isinstance(records, list):
        raise EventUnknown("the message is neither an S3 notification nor an EventBridge event")
    return tuple(_from_s3(record) for record in records)


def padded(sequencer: str | None) -> str | None:
    """A sequencer that compares as a string. None stays None. Raises EventUnknown where it is not hexadecimal."""
    if not sequencer:
        return None
    if not isinstance(sequencer, str) or not all(c in "0123456789abcdefABCDEF" for c in sequencer):
        raise EventUnknown("the sequencer is not hexadecimal")
    return sequencer.upper().ljust(SEQUENCER_WIDTH, "0")


def _from_s3(record: Any) -> ObjectEvent:
    try:
        major = str(record["eventVersion"]).split(".", 1)[0]
        name = record["eventName"].removeprefix("s3:")
        bucket, s3_object = record["s3"]["bucket"]["name"], record["s3"]["object"]
        key, at = unquote_plus(s3_object["key"], errors="strict"), _time(record["eventTime"])
        version_id, sequencer = s3_object.get("versionId"), s3_object.get("sequencer")
    except (KeyError, TypeError, AttributeError) as error:
        raise EventUnknown(f"an S3 record lacks {error}") from error
    if major != "2":
        raise EventUnknown(f"eventVersion {record['eventVersion']}: this code knows version 2")
    kind = _KINDS.get(name.split(":", 1)[0])
    if kind is None:
        raise EventUnknown(f"eventName {name}")
    return ObjectEvent(
        kind=kind,
        bucket=_text("bucket", bucket),
        key=_text("key", key),
        version_id=_version(version_id),
        sequencer=padded(sequencer),
        at=at,
        marker=name.endswith(":DeleteMarkerCreated"),
    )


def _from_eventbridge(message: dict[str, Any]) -> ObjectEvent:
    kind = _EVENTBRIDGE_KINDS.get(str(message.get("detail-type")))
    if kind is None:
        raise EventUnknown(f"detail-type {message.get('detail-type')}")
    try:
        detail = message["detail"]
        bucket, s3_object, at = detail["bucket"]["name"], detail["object"], _time(message["time"])
        key, version_id, sequencer = s3_object["key"], s3_object.get("version-id"), s3_object.get("sequencer")
    except (KeyError, TypeError, AttributeError) as error:
        raise EventUnknown(f"an EventBridge event lacks {error}") from error
    return ObjectEvent(
        kind=kind,
        bucket=_text("bucket", bucket),
        key=_text("key", key),
        version_id=_version(version_id),
        sequencer=padded(sequencer),
        at=at,
        marker=detail.get("deletion-type") == "Delete Marker Created",
    )


def _text(name: str, value: Any) -> str:
    """Raises EventUnknown where it is no text, or none that S3 could hold (half of a surrogate pair)."""
    try:
        value.encode()
    except (AttributeError, UnicodeError):
        raise EventUnknown(f"{name} is no text") from None
    return str(value)


def _version(version_id: Any) -> str | None:
    return _text("the version", version_id) if version_id else None  # some senders write "" where the bucket is not versioned


def _time(text: str) -> datetime:
    """Raises EventUnknown where it is no time of this world; TypeError where it is no text."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        raise EventUnknown(f"eventTime {text}") from None
