"""Why a message failed, found out anew: decode it as the function does, ask S3 for the object and the table for its head.

What is found is what is so now, with the permissions of whoever asks; what the function met at the time stands in its log.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from functions.shared import items
from functions.shared.events import ObjectEvent, decode
from functions.shared.objects import ObjectGone, ObjectHead, Objects
from functions.shared.order import Source, judge
from functions.shared.tables import Table

Reason = Literal[
    "not-json", "unknown-event", "test", "gone", "denied", "kms", "cold", "unavailable", "too-large", "done", "nothing-in-the-way"
]

ADVICE: dict[Reason, str] = {
    "not-json": "Nothing can read it: archive it. If a program of yours sends to the queue, look there.",
    "unknown-event": "This version does not know the event. After an update redrive it; if it is no event of S3's, archive it.",
    "test": "It tells of no object. Archive it, or redrive it: it is acknowledged.",
    "gone": "The object, or this version of it, was deleted. Redrive it: it is acknowledged as gone. Or archive it.",
    "denied": "S3 refuses the object. Look at the bucket's policy and at who owns the object; then redrive.",
    "kms": "The object's key refuses or is disabled. Allow kms:Decrypt to the function's role in the key's policy; then redrive.",
    "cold": "The object is in an archive storage class. Restore it first (aws s3api restore-object); then redrive.",
    "unavailable": "S3 could not answer. Try again in a few minutes.",
    "too-large": "Redriven, it is rejected as too large. Raise MaximumObjectBytes before, or archive it.",
    "done": "The table has this state of the object, or a newer one. Archive it, or redrive it: it is passed over.",
    "nothing-in-the-way": "Redrive it. If it comes back, the reading itself fails: the log's exception says where.",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the table says of an object."""

    status: str
    generation: str
    revision: str
    rejection: str | None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Of one event of a message, or (without `event`) of a message that holds none. `known` is None where the table has nothing."""

    reason: Reason
    detail: str
    event: ObjectEvent | None = None
    known: Known | None = None

    @property
    def advice(self) -> str:
        return ADVICE[self.reason]

    @property
    def settled(self) -> bool:
        """Nothing is left for the function to do about it."""
        return self.reason in ("done", "gone", "test")


class Diagnostician:
    """Without `table`, it is not known whether an event was dealt with after all."""

    def __init__(self, objects: Objects, table: Table | None) -> None:
        self._objects = objects
        self._table = table

    def explain(self, body: str) -> tuple[Diagnosis, ...]:
        """One for each event in the message, at least one. Raises the table's errors, not those of S3."""
        try:
            events = decode(body)
        except json.JSONDecodeError as error:
            return (Diagnosis("not-json", f"line {error.lineno} column {error.colno}: {error.msg}"),)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:  # whatever decode() may stumble over
            return (Diagnosis("unknown-event", str(error)),)
        return tuple(self._one(event) for event in events) or (Diagnosis("test", "no records"),)

    def _one(self, event: ObjectEvent) -> Diagnosis:
        if event.kind == "test":
            return Diagnosis("test", "S3 sent it when the notification was set up", event)
        item = self._table.get(items.partition(items.object_id(event.bucket, event.key)), items.HEAD) if self._table else None
        item = items.current(item) if item else None
        known = _known(item) if item else None
        if event.kind == "removed":
            source = Source(event.bucket, event.key, event.version_id, None, event.sequencer, event.at.replace(microsecond=0))
            return Diagnosis(*_progress(source, item, "a deletion"), event, known)
        reason, detail = self._object(event, item)
        return Diagnosis(reason, detail, event, known)

    def _object(self, event: ObjectEvent, item: items.Item | None) -> tuple[Reason, str]:
        try:
            head = self._objects.touch(event.bucket, event.key, event.version_id)
        except ObjectGone as error:
            return "gone", str(error)
        except ClientError as error:
            return _refusal(error)
        if head.size > self._objects.max_bytes:
            return "too-large", f"{head.size:,} bytes; at most {self._objects.max_bytes:,} are read"
        source = Source(head.bucket, head.key, head.version_id, head.etag, event.sequencer, head.modified)
        return _progress(source, item, _described(head))


def _progress(source: Source, item: items.Item | None, what: str) -> tuple[Reason, str]:
    head = items.head_of(item) if item else None
    if head and judge(source, head.revision, head) in ("duplicate", "stale"):
        return "done", f"{what}; the table has it or what came after it"
    return "nothing-in-the-way", f"{what}; the table has " + ("an older state" if head else "nothing of it")


def _described(head: ObjectHead) -> str:
    key = f", encrypted under {head.kms_key}: may the function's role use that key?" if head.kms_key else ""
    return f"you may read it, {head.size:,} bytes{key}"


def _refusal(error: ClientError) -> tuple[Reason, str]:
    told: Any = error.response["Error"]
    code, text = told["Code"], told.get("Message", "")
    detail = f"{code}: {text}"
    if code.startswith("KMS.") or (code == "AccessDenied" and "kms:" in text):
        return "kms", detail
    if code in ("AccessDenied", "403", "AllAccessDisabled"):
        return "denied", detail
    return ("cold" if code == "InvalidObjectState" else "unavailable"), detail


def _known(item: items.Item) -> Known:
    why = f"{item['reason']}: {item.get('detail', '')}" if item.get("reason") else None
    return Known(item["status"], item["generation"], item["revision"], why)
