"""S3's events as they really come; the payloads are those of events/, which `sam local invoke -e` uses too."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.shared.events import EventUnknown, ObjectEvent, decode, padded
from tests.aws_template import ROOT

BUCKET = "standpoint-articles-123456789012-us-east-1"


def bodies(name: str) -> list[str]:
    return [record["body"] for record in json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))["Records"]]


def changed(**changes: Any) -> str:
    """The put of events/sqs-put.json with some of its record's fields changed; "object" changes those of the object."""
    message = json.loads(bodies("sqs-put")[0])
    record = message["Records"][0]
    record["s3"]["object"] |= changes.pop("object", {})
    record |= changes
    return json.dumps(message)


def test_a_put_is_one_record_with_all_that_orders_it() -> None:
    assert decode(bodies("sqs-put")[0]) == (
        ObjectEvent(
            kind="created",
            bucket=BUCKET,
            key="articles/lithium-mine.txt",
            version_id="3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
            sequencer="0066A1B2C3D4E5F6A7" + "0" * 46,
            at=datetime(2026, 11, 24, 8, 15, 30, 123000, tzinfo=UTC),
        ),
    )


@pytest.mark.fault(14)
def test_one_message_may_tell_of_several_objects() -> None:
    keys = [event.key for event in decode(bodies("sqs-put-several")[0])]
    assert keys == ["articles/lithium-mine.txt", "articles/dam-dispute.json", "articles/harbour-fees.html"]


@pytest.mark.fault(11)
def test_keys_of_s3s_own_events_are_form_encoded() -> None:
    keys = [event.key for body in bodies("sqs-put-encoded-keys") for event in decode(body)]
    assert keys == ["articles/a blank.txt", "articles/a+plus.txt", "articles/a%20percent.txt", "articles/café-中.txt"]


@pytest.mark.fault(12)
def test_keys_of_eventbridge_come_raw() -> None:
    (event,) = decode(bodies("sqs-eventbridge-put")[0])
    assert (event.kind, event.key) == ("created", "articles/a+b%20c.txt")
    assert event.version_id == "3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY"


def test_eventbridge_deletions() -> None:
    message = json.loads(bodies("sqs-eventbridge-put")[0])
    message["detail-type"] = "Object Deleted"
    message["detail"]["deletion-type"] = "Delete Marker Created"
    (event,) = decode(json.dumps(message))
    assert (event.kind, event.marker) == ("removed", True)
    message["detail"]["deletion-type"] = "Permanently Deleted"
    (event,) = decode(json.dumps(message))
    assert (event.kind, event.marker) == ("removed", False)


@pytest.mark.fault(10)
def test_s3s_test_event() -> None:
    assert [event.kind for event in decode(bodies("sqs-test-event")[0])] == ["test"]


@pytest.mark.parametrize(
    ("name", "kind", "marker"),
    [
        ("ObjectCreated:CompleteMultipartUpload", "created", False),
        ("s3:ObjectCreated:Put", "created", False),
        ("ObjectRemoved:Delete", "removed", False),
        ("ObjectRemoved:DeleteMarkerCreated", "removed", True),
        ("LifecycleExpiration:DeleteMarkerCreated", "removed", True),
    ],
)
def test_event_names(name: str, kind: str, marker: bool) -> None:
    (event,) = decode(changed(eventName=name))
    assert (event.kind, event.marker) == (kind, marker)


@pytest.mark.fault(16)
def test_a_new_minor_version_is_read() -> None:
    assert len(decode(changed(eventVersion="2.9", somethingNew={}))) == 1


@pytest.mark.fault(15)
@pytest.mark.parametrize(
    "body",
    [
        changed(eventVersion="3.0"),
        changed(eventName="ObjectRestore:Completed"),
        changed(object={"key": None}),
        changed(object={"key": "%ff"}),
        changed(object={"sequencer": "not hexadecimal"}),
        changed(eventTime="yesterday"),
        '{"Records": [{}]}',
        '{"Records": {}}',
        '{"hello": "world"}',
        '{"source": "aws.s3", "detail-type": "Object Tags Added"}',
        '{"source": "aws.s3", "detail-type": "Object Created", "detail": {}}',
        "[]",
        "no JSON",
        "",
    ],
)
def test_what_is_none_of_s3s_events_is_an_error(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  EventUnknown, JSONDecodeError, UnicodeDecodeError: all end in the dead-letter queue
        decode(body)


@pytest.mark.parametrize("empty", [None, ""])
def test_versions_and_sequencers_may_be_missing(empty: str | None) -> None:
    (event,) = decode(changed(object={"versionId": empty, "sequencer": empty}))
    assert (event.version_id, event.sequencer) == (None, None)


@pytest.mark.fault(5)
@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("0055AED6DCD90281E5", "0055AED6DCD90281E6"),
        ("0055AED6DCD9", "0055AED6DCD90281E5"),  # shorter, and a prefix
        ("0055AED6DCD90281E5", "0055AED6DD"),  # longer, and still earlier: as numbers they would be the other way round
        ("00af", "00B0"),
    ],
)
def test_sequencers_compare_padded_on_the_right(earlier: str, later: str) -> None:
    before, after = padded(earlier), padded(later)
    assert before
    assert after
    assert before < after


def test_trailing_zeros_of_a_sequencer_mean_nothing() -> None:
    assert padded("00AB") == padded("00AB00")


def test_a_sequencer_that_is_no_hexadecimal_is_unknown() -> None:
    with pytest.raises(EventUnknown):
        padded("0x12")
