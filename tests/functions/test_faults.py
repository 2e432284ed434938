"""What goes wrong in AWS, produced below the client, so that its real retries run. Nothing half-written is ever seen."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError
from moto.core.models import botocore_stubber

from functions.shared import items, store
from functions.shared.store import HeadContended
from functions.shared.tables import Throttled
from tests.functions.fakes import TABLE, Stack, answer, intercept
from tests.functions.workers import Crash

FOR = {("ann", "support", "ben")}
AGAINST = {("ann", "oppose", "ben")}
SLOW_DOWN = answer(503, b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>")
DENIED = answer(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")


def crash(_: AWSPreparedRequest) -> AWSResponse:
    raise Crash


def let_through(_: AWSPreparedRequest) -> None:
    return None


def thrown(name: str) -> Callable[[AWSPreparedRequest], AWSResponse]:
    return answer(400, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": "slower"}).encode())


def str_of(request: AWSPreparedRequest) -> str:
    assert isinstance(request.body, bytes)
    return request.body.decode()


def unprocessed(request: AWSPreparedRequest) -> AWSResponse:
    """DynamoDB took none of a batch."""
    asked = json.loads(str_of(request))["RequestItems"]
    return answer(200, json.dumps({"UnprocessedItems": asked, "UnprocessedKeys": {}, "Responses": {}}).encode())(request)


def half_processed(request: AWSPreparedRequest) -> AWSResponse:
    """DynamoDB took the first of a batch and left the rest over."""
    asked = json.loads(str_of(request))["RequestItems"][TABLE]
    request.body = json.dumps({"RequestItems": {TABLE: asked[:1]}}).encode()
    botocore_stubber("before-send.dynamodb.BatchWriteItem", request)
    return answer(200, json.dumps({"UnprocessedItems": {TABLE: asked[1:]}}).encode())(request)


@pytest.mark.fault(29)
@pytest.mark.parametrize("operation", ["HeadObject", "GetObject"])
def test_s3_asks_to_slow_down_and_recovers(stack: Stack, operation: str) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    asked = intercept(stack.s3, operation, SLOW_DOWN, SLOW_DOWN)
    assert stack.handle(event) == "read"
    assert len(asked) == 3


@pytest.mark.fault(29)
@pytest.mark.parametrize("operation", ["HeadObject", "GetObject"])
def test_s3_never_recovers(stack: Stack, operation: str) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    asked = intercept(stack.s3, operation, *[SLOW_DOWN] * 20)
    with pytest.raises(ClientError):
        stack.handle(event)
    assert len(asked) == 5
    assert stack.items("a.txt") == []


@pytest.mark.fault(30)
@pytest.mark.parametrize("operation", ["HeadObject", "GetObject"])
@pytest.mark.parametrize("kind", ["created", "removed"])
def test_denied_is_a_failure_and_never_gone(stack: Stack, operation: str, kind: str) -> None:
    stack.upload("a.txt", "Ann supports Ben.")
    event = stack.event("a.txt", kind=kind, sequencer=None)
    intercept(stack.s3, operation, DENIED)
    with pytest.raises(ClientError, match=r"403|AccessDenied"):
        stack.handle(event)
    assert stack.items("a.txt") == []


@pytest.mark.fault(31)
@pytest.mark.parametrize("operation", ["GetItem", "Query", "BatchWriteItem", "PutItem"])
def test_dynamodb_throttles_and_recovers(stack: Stack, operation: str) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    asked = intercept(stack.dynamodb, operation, *[thrown("ThrottlingException")] * 3)
    assert stack.handle(event) == "read"
    assert len(asked) == 4 + (operation == "GetItem")  # the head is looked at before the work, and again before the flip
    assert stack.visible("a.txt") == FOR


@pytest.mark.fault(31)
@pytest.mark.parametrize("operation", ["GetItem", "Query", "BatchWriteItem", "PutItem"])
def test_dynamodb_throttles_for_ever(stack: Stack, operation: str) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    event = stack.upload("a.txt", "Ann opposes Ben.")
    asked = intercept(stack.dynamodb, operation, *[thrown("ProvisionedThroughputExceededException")] * 5)
    with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
        stack.handle(event)
    assert len(asked) == 5
    assert stack.visible("a.txt") == FOR  # the old one, whole
    assert stack.handle(event) == "read"
    assert stack.visible("a.txt") == AGAINST
    assert len(stack.items("a.txt")) == 4


@pytest.mark.fault(31)
def test_what_a_batch_leaves_over_is_written_with_growing_waits(stack: Stack) -> None:
    event = stack.upload("a.txt", "Ann supports Ben. Cem opposes Ben.")
    intercept(stack.dynamodb, "BatchWriteItem", half_processed, unprocessed, unprocessed)
    assert stack.handle(event) == "read"
    assert stack.visible("a.txt") == FOR | {("cem", "oppose", "ben")}
    assert [round(s, 2) >= low for s, low in zip(stack.slept, [0.1, 0.2, 0.4], strict=True)] == [True] * 3


@pytest.mark.fault(31)
def test_a_batch_that_is_never_processed_fails_and_shows_nothing(stack: Stack) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    asked = intercept(stack.dynamodb, "BatchWriteItem", *[unprocessed] * 6)
    with pytest.raises(Throttled):
        stack.handle(event)
    assert (len(asked), stack.queries.head("a.txt")) == (6, None)


@pytest.mark.fault(32)
@pytest.mark.parametrize("operation", ["BatchWriteItem", "PutItem"])
def test_a_crash_before_the_flip_leaves_the_old_reading_and_a_rerun_completes(stack: Stack, operation: str) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    event = stack.upload("a.txt", "Ann opposes Ben.")
    intercept(stack.dynamodb, operation, crash)
    with pytest.raises(Crash):
        stack.handle(event)
    assert stack.visible("a.txt") == FOR
    reading = stack.queries.reading("a.txt")
    assert reading
    assert reading["text"] == "Ann supports Ben."
    assert stack.handle(event) == "read"
    assert stack.visible("a.txt") == AGAINST
    assert len(stack.items("a.txt")) == 4  # what the crash left is gone too


@pytest.mark.fault(32)
def test_a_crash_after_the_flip_leaves_the_new_reading_and_a_rerun_sweeps(stack: Stack) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    event = stack.upload("a.txt", "Ann opposes Ben.")
    intercept(stack.dynamodb, "BatchWriteItem", let_through, crash)  # the items, then the sweep
    with pytest.raises(Crash):
        stack.handle(event)
    assert stack.visible("a.txt") == AGAINST
    assert len(stack.items("a.txt")) == 7
    assert stack.handle(event) == "duplicate"
    assert len(stack.items("a.txt")) == 4


def test_a_flip_whose_answer_is_lost_is_not_taken_for_somebody_elses(stack: Stack) -> None:
    def done_but_unheard(request: AWSPreparedRequest) -> AWSResponse:
        botocore_stubber("before-send.dynamodb.PutItem", request)
        return answer(500, b'{"__type": "InternalServerError"}')(request)

    event = stack.upload("a.txt", "Ann supports Ben.")
    asked = intercept(stack.dynamodb, "PutItem", done_but_unheard)
    assert stack.handle(event) == "read"
    assert len(asked) == 2
    assert stack.visible("a.txt") == FOR


@pytest.mark.fault(3)
def test_two_workers_and_one_object_have_one_winner(stack: Stack) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    second: list[str] = []

    def meanwhile(_: AWSPreparedRequest) -> None:
        second.append(stack.handle(event))  # the same event, wholly done between the first one's items and its flip

    intercept(stack.dynamodb, "PutItem", meanwhile)
    assert stack.handle(event) == "duplicate"
    assert second == ["read"]
    assert stack.visible("a.txt") == FOR
    assert len(stack.items("a.txt")) == 4


@pytest.mark.fault(2, 3)
def test_heads_and_generations_are_read_consistently(stack: Stack) -> None:
    """A replica that lags: whoever does not ask for a consistent read is told that nothing is there."""

    def lagging(request: AWSPreparedRequest) -> AWSResponse | None:
        if json.loads(str_of(request)).get("ConsistentRead"):
            return None
        return answer(200, json.dumps({"Items": [], "Count": 0}).encode())(request)

    event = stack.upload("a.txt", "Ann supports Ben.")
    for operation in ("GetItem", "Query"):
        intercept(stack.dynamodb, operation, *[lagging] * 20)
    assert [stack.handle(event), stack.handle(event)] == ["read", "duplicate"]
    assert stack.reader.read_ids == ["a.txt"]
    assert stack.handle(stack.upload("a.txt", "Ann opposes Ben.")) == "read"
    assert len(stack.items("a.txt")) == 4


@pytest.mark.fault(40)
def test_a_live_upload_that_overtakes_a_backfill_wins(stack: Stack) -> None:
    """In the same second, too: the backfill's event has no sequencer."""
    backfill = replace(stack.upload("a.txt", "Ann supports Ben."), sequencer=None, version_id=None)
    overtaken: list[str] = []
    intercept(stack.dynamodb, "PutItem", lambda _: overtaken.append(stack.handle(stack.upload("a.txt", "Ann opposes Ben."))))
    assert stack.handle(backfill) == "stale"
    assert (overtaken, stack.visible("a.txt")) == (["read"], AGAINST)
    assert stack.handle(backfill) == "duplicate"
    assert len(stack.items("a.txt")) == 4


@pytest.mark.fault(40)
def test_a_deletion_that_overtakes_a_backfill_wins(stack: Stack) -> None:
    backfill = replace(stack.upload("a.txt", "Ann supports Ben."), sequencer=None, version_id=None)
    intercept(stack.dynamodb, "PutItem", lambda _: stack.handle(stack.remove("a.txt")) and None)
    assert [stack.handle(backfill), stack.handle(backfill)] == ["stale", "gone"]
    assert stack.visible("a.txt") == set()


@pytest.mark.fault(3)
def test_a_newer_upload_that_overtakes_wins(stack: Stack) -> None:
    older, newer = stack.upload("a.txt", "Ann supports Ben."), stack.upload("a.txt", "Ann opposes Ben.")
    overtaken: list[str] = []
    intercept(stack.dynamodb, "PutItem", lambda _: overtaken.append(stack.handle(newer)))
    assert stack.handle(older) == "stale"
    assert (overtaken, stack.visible("a.txt")) == (["read"], AGAINST)
    assert len(stack.items("a.txt")) == 4


@pytest.mark.fault(3)
def test_an_older_upload_that_overtakes_is_replaced(stack: Stack) -> None:
    older, newer = stack.upload("a.txt", "Ann supports Ben."), stack.upload("a.txt", "Ann opposes Ben.")
    overtaken: list[str] = []
    intercept(stack.dynamodb, "PutItem", lambda _: overtaken.append(stack.handle(older)))
    assert stack.handle(newer) == "read"
    assert (overtaken, stack.visible("a.txt")) == (["read"], AGAINST)
    assert len(stack.items("a.txt")) == 4


@pytest.mark.fault(3)
def test_a_head_that_never_rests_is_given_back_to_the_queue(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "judge", lambda *_: "newer")
    event = stack.upload("a.txt", "Ann supports Ben.")
    intercept(stack.dynamodb, "PutItem", *[thrown("ConditionalCheckFailedException")] * 5)
    with pytest.raises(HeadContended):
        stack.handle(event)
    assert stack.items("a.txt") == []


@pytest.mark.fault(28)
@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
def test_a_score_that_is_no_number_stores_nothing(stack: Stack, score: float) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    stack.reader.confidence = score
    before = stack.items("a.txt")
    with pytest.raises(ValueError, match="not JSON compliant"):
        stack.handle(stack.upload("a.txt", "Ann opposes Ben."))
    assert stack.items("a.txt") == before


@pytest.mark.fault(27)
def test_a_reading_over_400_kb_is_split_and_nothing_is_lost(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.functions.fakes.MAX_BYTES", 10_000_000)
    stack.__post_init__()
    noise = random.Random(7).randbytes(600_000).hex()  # noqa: S311  does not compress below 600 KB
    assert stack.handle(stack.upload("a.txt", f"Ann supports Ben.\n{noise}")) == "read"
    bodies = [item for item in stack.items("a.txt") if "#BODY#" in item["sk"]]
    assert len(bodies) == 2
    assert all(len(bytes(item["body"])) <= 350_000 for item in bodies)
    reading = stack.queries.reading("a.txt")
    assert reading
    assert reading["text"].endswith(noise)


@pytest.mark.fault(27)
def test_more_evidence_than_an_item_holds_comes_from_the_body(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "EVIDENCE_BYTES", 400)
    text = " ".join(["Ann supports Ben."] * 5)
    stack.handle(stack.upload("a.txt", text))
    (stored,) = (item for item in stack.items("a.txt") if "#STANCE#" in item["sk"])
    assert (len(stored["evidence"]), stored["evidence_total"]) == (2, 5)
    (row,) = stack.queries.stances_by_actor("ann")
    assert [e.text for e in row.evidence] == ["Ann supports Ben."] * 5
    assert [(e.start, e.side) for e in row.evidence] == [(0, "support"), (18, "support"), (36, "support"), (54, "support"), (72, "support")]


@pytest.mark.fault(3)
def test_many_workers_at_once_end_with_the_newest_whole(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight events of one object in threads, in any order, twice each: one reading remains, the newest, and nothing else."""
    lock, call = threading.Lock(), type(botocore_stubber).__call__

    def one_at_a_time(*arguments: Any, **named: Any) -> Any:
        with lock:  # moto tests a condition and puts the item in two steps; DynamoDB in one
            return call(*arguments, **named)

    monkeypatch.setattr(type(botocore_stubber), "__call__", one_at_a_time)
    events = [stack.upload("a.txt", f"Ann supports Ben. Cem{n} opposes Ben.") for n in range(8)]
    shuffled = events * 2
    random.Random(3).shuffle(shuffled)  # noqa: S311
    errors: list[Any] = []

    def work(event: Any) -> None:
        try:
            stack.handle(event)
        except HeadContended as error:  # allowed: the message comes again
            errors.append((event, error))

    threads = [threading.Thread(target=work, args=(event,)) for event in shuffled]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for event, _ in errors:
        stack.handle(event)
    assert stack.visible("a.txt") == FOR | {("cem7", "oppose", "ben")}
    assert len({item["generation"] for item in stack.items("a.txt")}) == 1
