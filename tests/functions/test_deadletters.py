"""`standpoint deadletters list` and `explain`, on queues, a bucket and a table in moto; with what goes wrong put below the clients."""

from __future__ import annotations

import json
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.shared import logs
from functions.shared.objects import Objects
from tests.functions.dead_letters import Queues, let_through, message, reason, run
from tests.functions.fakes import BUCKET, MAX_BYTES, Stack, answer, intercept


def test_an_empty_queue(queues: Queues, tmp_path: Path) -> None:
    listed = run("list")
    assert (listed.exit_code, listed.stdout) == (0, "about 0 dead letters; 0 shown\n")
    assert run("archive", "--all", "--to", str(tmp_path / "a.jsonl")).exit_code == 0
    assert (tmp_path / "a.jsonl").read_bytes() == b""
    assert (run("redrive", "--all").exit_code, run("redrive", "--all").stdout) == (0, "sent: 0\n")
    missing = run("explain", "beef")
    assert (missing.exit_code, missing.stderr) == (2, "Error: no message beef can be seen; `list` names those that can\n")


def test_list_tells_of_many_and_takes_none(queues: Queues, stack: Stack) -> None:
    bodies = sorted(message(f"articles/{n}.txt") for n in range(35))
    ids = {queues.put(body) for body in bodies}
    shown = run("list", "--limit", "12")
    assert shown.stdout.splitlines()[0] == "about 35 dead letters; 12 shown"
    assert len(shown.stdout.splitlines()) == 13
    assert re.fullmatch(r"[\w-]{36}   +0 m +\d+×  created s3://articles-bucket/articles/\d+\.txt  gone", shown.stdout.splitlines()[1])
    every = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert {each["id"] for each in every} == ids
    assert every[0]["events"][0]["bucket"] == BUCKET
    assert every[0]["age_seconds"] < 3600
    assert queues.bodies(queues.dead) == bodies


def test_what_is_hidden_is_counted(queues: Queues) -> None:
    queues.put(message("a.txt"))
    queues.user.receive_message(QueueUrl=queues.dead, VisibilityTimeout=60)
    expected = "about 1 dead letter, 1 of them hidden while another command looks at them; 0 shown\n"
    assert run("list").stdout == expected


def test_a_look_that_is_interrupted_gives_back(queues: Queues) -> None:
    queues.put("no JSON")

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    intercept(queues.client, "ReceiveMessage", let_through, interrupt)
    result = run("list")
    assert (result.exit_code, result.stderr) == (130, "interrupted: nothing was changed\n")
    assert queues.bodies(queues.dead) == ["no JSON"]


def test_keys_cannot_steer_the_terminal(queues: Queues) -> None:
    queues.put(message("articles/\x1b[2Jevil\u202e.txt"))
    queues.put("\x1b")
    assert not re.search("[\x1b\u202e]", run("list").stdout)
    for each in (json.loads(run("list", "--json").stdout.splitlines()[0]),):
        assert "\x1b" not in run("explain", each["id"]).stdout


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("no JSON", ("not-json", "line 1 column 1: Expecting value")),
        ("[" * 100_000, ("unknown-event", "the message is nested too deeply")),
        ("[]", ("unknown-event", "the message is no JSON object")),
        ('{"Records": [{"eventVersion": "3.0"}]}', ("unknown-event", "an S3 record lacks 'eventName'")),
        (message("a", sequencer=5), ("unknown-event", "the sequencer is not hexadecimal")),
        ('{"Event": "s3:TestEvent"}', ("test", "S3 sent it when the notification was set up")),
        ('{"Records": []}', ("test", "no records")),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_messages_that_hold_no_object(queues: Queues, stack: Stack, body: str, expected: tuple[str, str]) -> None:
    assert reason(queues, stack, body) == expected


def test_an_object_that_is_gone(queues: Queues, stack: Stack) -> None:
    assert reason(queues, stack, message("articles/none.txt"))[0] == "gone"
    version = stack.upload("articles/a.txt", "Ann supports Ben.").version_id
    stack.user_s3.delete_object(Bucket=BUCKET, Key="articles/a.txt", VersionId=version or "")
    assert reason(queues, stack, message("articles/a.txt", versionId=version))[0] == "gone"


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ((403, "AccessDenied", "Access Denied"), "denied"),
        ((403, "AccessDenied", "User: x is not authorized to perform: kms:Decrypt on resource: y"), "kms"),
        ((400, "KMS.DisabledException", "key is disabled"), "kms"),
        ((403, "InvalidObjectState", "not valid for the object's storage class"), "cold"),
        ((400, "ExpiredToken", "expired"), "unavailable"),
    ],
)
def test_an_object_that_s3_refuses(queues: Queues, stack: Stack, refusal: tuple[int, str, str], expected: str) -> None:
    status, code, text = refusal
    stack.upload("a.txt", "Ann supports Ben.")
    intercept(stack.user_s3, "GetObject", answer(status, f"<Error><Code>{code}</Code><Message>{text}</Message></Error>".encode()))
    assert reason(queues, stack, message("a.txt")) == (expected, f"{code}: {text}")


def test_an_object_that_is_too_large_and_one_that_is_empty(queues: Queues, stack: Stack) -> None:
    stack.upload("big.txt", "x" * (MAX_BYTES + 1))
    assert reason(queues, stack, message("big.txt")) == ("too-large", "100,001 bytes; at most 100,000 are read")
    stack.upload("empty.txt", "")
    assert reason(queues, stack, message("empty.txt")) == (
        "nothing-in-the-way",
        "you may read it, 0 bytes; the table has nothing of it",
    )


def test_an_object_under_a_key_of_its_own(queues: Queues, stack: Stack) -> None:
    stack.upload("a.txt", "Ann supports Ben.", ServerSideEncryption="aws:kms", SSEKMSKeyId="arn:aws:kms:us-east-1:1:key/k")
    assert "encrypted under arn:aws:kms:us-east-1:1:key/k" in reason(queues, stack, message("a.txt"))[1]


def test_what_the_table_says(queues: Queues, stack: Stack) -> None:
    event = stack.upload("a.txt", "Ann supports Ben.")
    told = message("a.txt", versionId=event.version_id, sequencer=event.sequencer)
    assert reason(queues, stack, told) == ("nothing-in-the-way", "you may read it, 17 bytes; the table has nothing of it")
    stack.handle(event)
    assert reason(queues, stack, told) == ("done", "you may read it, 17 bytes; the table has it or what came after it")
    newer = stack.upload("a.txt", "")
    told = message("a.txt", versionId=newer.version_id, sequencer=newer.sequencer)
    assert reason(queues, stack, told) == ("nothing-in-the-way", "you may read it, 0 bytes; the table has an older state")
    stack.handle(newer)
    explained = json.loads(run("explain", queues.put(told + " "), "--json").stdout)["events"][0]
    assert explained["table"]["status"] == "rejected"
    assert explained["table"]["rejection"] == "empty: no bytes"
    assert explained["table"]["generation"] == stack.head("a.txt")["generation"]
    shown = run("explain", queues.put(told + "  ")).stdout
    assert re.search(r"\n  table   rejected, generation [0-9a-f]{32}, empty: no bytes\n", shown)


def test_a_deletion(queues: Queues, stack: Stack) -> None:
    stack.handle(stack.upload("a.txt", "Ann supports Ben."))
    event = stack.remove("a.txt")
    told = message("a.txt", name="ObjectRemoved:DeleteMarkerCreated", versionId=event.version_id, sequencer=event.sequencer)
    assert reason(queues, stack, told) == ("nothing-in-the-way", "a deletion; the table has an older state")
    stack.handle(event)
    assert reason(queues, stack, told) == ("done", "a deletion; the table has it or what came after it")


def test_several_objects_in_one_message_are_each_explained(queues: Queues, stack: Stack) -> None:
    both = [json.loads(message(key))["Records"][0] for key in ("a.txt", "b.txt")]
    stack.upload("a.txt", "Ann supports Ben.")
    result = run("explain", queues.put(json.dumps({"Records": both})), "--json")
    assert [(e["key"], e["reason"]) for e in json.loads(result.stdout)["events"]] == [("a.txt", "nothing-in-the-way"), ("b.txt", "gone")]


def test_explain_tells_what_was_logged(queues: Queues) -> None:
    identifier = queues.put("no JSON")
    client, at = boto3.client("logs"), int(datetime.now(UTC).timestamp() * 1000) + 1000
    client.create_log_stream(logGroupName="classify-logs", logStreamName="s")
    lines = [
        f"START {identifier}",
        json.dumps({"correlation_id": identifier, "message": "outcome"}),
        json.dumps({"correlation_id": "other", "exception": f"ValueError: about {identifier}"}),
        json.dumps({"correlation_id": identifier, "exception": "Traceback (most recent call last):\n  File x\nKeyError: 'a: b'"}),
    ]
    client.put_log_events(logGroupName="classify-logs", logStreamName="s", logEvents=[{"timestamp": at, "message": m} for m in lines])
    logged = json.loads(run("explain", identifier[:8], "--json").stdout)["log"]
    assert [each["error"] for each in logged] == ["KeyError: 'a: b'"]
    assert re.search(r"\n  log     2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d KeyError: 'a: b'\n", run("explain", identifier).stdout)


def test_of_a_group_of_exceptions_the_first_within_is_told() -> None:
    try:
        try:
            raise ValueError("eventVersion 3.0: this code knows version 2")
        except ValueError as error:
            raise ExceptionGroup("records of one message failed", [error]) from None
    except ExceptionGroup as group:
        text = "".join(traceback.format_exception(group))
    assert logs.root(text) == "ValueError: eventVersion 3.0: this code knows version 2"


def test_a_store_that_takes_no_ranges_answers_with_the_whole(aws: None) -> None:
    client = boto3.client("s3")
    headers = {"ETag": '"one"', "Last-Modified": "Wed, 25 Nov 2026 08:00:00 GMT", "Content-Length": "17"}
    intercept(client, "GetObject", answer(200, b"Ann supports Ben.", headers))
    assert Objects(client, max_bytes=100).touch(BUCKET, "a.txt", None).size == 17
