"""`standpoint deadletters` on queues, a bucket and a table in moto; with what goes wrong put below the clients."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from click.testing import CliRunner, Result

from functions.cli import deadletters as command
from functions.shared import deadletters, logs, operations
from functions.shared.deadletters import DeadLetter, DeadLetters, MoveFailed
from functions.shared.diagnosis import ADVICE, Diagnostician
from functions.shared.objects import Objects
from functions.shared.stacks import Deployed
from tests.functions.fakes import BUCKET, MAX_BYTES, TABLE, Stack, answer, intercept
from tests.functions.test_faults import str_of

STACK = "standpoint-test"
OUTPUTS = {
    "ArticleBucketName": BUCKET,
    "ArticlePrefix": "articles/",
    "ReadingTableName": TABLE,
    "ClassifyLogGroupName": "classify-logs",
}
REFUSED = answer(403, b'{"__type": "com.amazonaws.sqs#AccessDenied", "message": "no"}', {"x-amzn-query-error": "AccessDenied;Sender"})


class Queues:
    """A source queue and its dead-letter queue; the command's own client, to put faults under; the messages as the test sees them."""

    def __init__(self, client: Any) -> None:
        self.user = boto3.client("sqs")
        self.client = client
        self.dead = self.user.create_queue(QueueName="dead")["QueueUrl"]
        arn = self.user.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
        self.source = self.user.create_queue(QueueName="source", Attributes={"RedrivePolicy": policy})["QueueUrl"]

    def put(self, body: str, **options: Any) -> str:
        return self.user.send_message(QueueUrl=self.dead, MessageBody=body, **options)["MessageId"]

    def bodies(self, url: str) -> list[str]:
        """Of every message that can be received now; they stay."""
        found: list[str] = []
        while received := self.user.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60).get("Messages", []):
            found += (message["Body"] for message in received)
            self._receipts += [(url, message["ReceiptHandle"]) for message in received]
        for queue, receipt in self._receipts:
            self.user.change_message_visibility(QueueUrl=queue, ReceiptHandle=receipt, VisibilityTimeout=0)
        self._receipts.clear()
        return sorted(found)

    _receipts: list[tuple[str, str]] = []  # noqa: RUF012


@pytest.fixture
def queues(aws: None, monkeypatch: pytest.MonkeyPatch, stack: Stack) -> Queues:
    made = Queues(boto3.client("sqs"))
    told = Deployed(STACK, OUTPUTS | {"DeadLetterQueueUrl": made.dead}, {})
    dead = DeadLetters(made.client, made.dead, wait=0, sleep=lambda _: None)
    monkeypatch.setattr(
        operations,
        "of_stack",
        lambda name: operations.Operations(dead, Diagnostician(Objects(stack.user_s3, max_bytes=MAX_BYTES), stack.table), told),
    )
    monkeypatch.setattr(operations, "of_queue", lambda url: replace(operations.of_stack("x"), stack=None))
    boto3.client("logs").create_log_group(logGroupName="classify-logs")
    return made


def message(key: str, **changes: Any) -> str:
    """As S3 sends it; changes are those of the record's object."""
    told = {"key": quote_plus(key), "versionId": None, "sequencer": None} | changes
    record = {
        "eventVersion": "2.1",
        "eventName": told.pop("name", "ObjectCreated:Put"),
        "eventTime": "2026-11-24T08:15:30.123Z",
        "s3": {"bucket": {"name": BUCKET}, "object": told},
    }
    return json.dumps({"Records": [record]})


def run(*args: str, where: tuple[str, ...] = ("--stack", STACK)) -> Result:
    return CliRunner().invoke(command.deadletters, [*args, *where])


def reason(queues: Queues, stack: Stack, body: str) -> tuple[str, str]:
    """Reason and detail that `explain` gives of the one event in a message."""
    result = run("explain", queues.put(body), "--json")
    assert result.exit_code == 0, result.output
    (event,) = json.loads(result.stdout)["events"]
    assert event["advice"] == ADVICE[event["reason"]]
    return event["reason"], event["detail"]


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


def let_through(_: AWSPreparedRequest) -> None:
    return None


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


# --- archive


def test_archive_writes_then_deletes(queues: Queues, tmp_path: Path) -> None:
    attributes = {"n": {"DataType": "Binary", "BinaryValue": b"\x00"}, "s": {"DataType": "String", "StringValue": "x"}}
    bodies = [message(f"articles/{n}.txt") for n in range(24)] + ["no JSON, Ünicode"]
    for body in bodies:
        queues.put(body, MessageAttributes=attributes)
    to = tmp_path / "dead.jsonl"
    result = run("archive", "--all", "--to", str(to))
    assert (result.exit_code, result.stdout) == (0, "archived: 25, not deleted: 0\n")
    kept = [json.loads(line) for line in to.read_text(encoding="utf-8").splitlines()]
    assert sorted(each["body"] for each in kept) == sorted(bodies)
    assert kept[0]["attributes"]["n"] == {"DataType": "Binary", "BinaryValue": "AA=="}
    assert kept[0]["attributes"]["s"]["StringValue"] == "x"
    assert queues.bodies(queues.dead) == []


def test_archive_of_chosen_ones_leaves_the_rest(queues: Queues, tmp_path: Path) -> None:
    ids = [queues.put(f"message {n}") for n in range(15)]
    result = run("archive", ids[3][:13], ids[11], "--to", str(tmp_path / "a.jsonl"), "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"archived": 2, "not_deleted": 0})
    assert len(queues.bodies(queues.dead)) == 13
    missing = run("archive", ids[3], ids[4], "--to", str(tmp_path / "b.jsonl"))
    assert (missing.exit_code, missing.stderr.splitlines()[-1]) == (1, "Error: only 1 of 2 messages could be seen")


def test_archive_to_s3(queues: Queues, stack: Stack) -> None:
    stack.user_s3.create_bucket(Bucket="elsewhere")
    for n in range(12):
        queues.put(f"message {n}")
    result = run("archive", "--all", "--to", "s3://elsewhere/dead")
    assert result.exit_code == 0, result.output
    (found,) = stack.user_s3.list_objects_v2(Bucket="elsewhere")["Contents"]
    assert re.fullmatch(r"dead/dead-letters-\d{8}T\d{6}\.\d{6}Z\.jsonl", found["Key"])
    body = stack.user_s3.get_object(Bucket="elsewhere", Key=found["Key"])["Body"].read()
    assert sorted(json.loads(line)["body"] for line in body.splitlines()) == sorted(f"message {n}" for n in range(12))
    assert queues.bodies(queues.dead) == []


@pytest.mark.parametrize("target", [f"s3://{BUCKET}/articles/dead", f"s3://{BUCKET}/articles", "s3://", "{exists}", "{folder}"])
def test_where_no_archive_may_be(queues: Queues, tmp_path: Path, target: str) -> None:
    (tmp_path / "exists").write_text("mine", encoding="utf-8")
    queues.put("no JSON")
    result = run("archive", "--all", "--to", target.format(exists=tmp_path / "exists", folder=tmp_path / "no" / "folder"))
    assert result.exit_code == 2, result.output
    assert queues.bodies(queues.dead) == ["no JSON"]
    assert (tmp_path / "exists").read_text(encoding="utf-8") == "mine"


def test_an_archive_in_s3_needs_to_know_where_articles_are(queues: Queues) -> None:
    result = run("archive", "--all", "--to", "s3://elsewhere/dead", where=("--queue", queues.dead))
    assert (result.exit_code, result.stderr) == (2, "Error: an archive in S3 needs --stack: it must not lie where articles are read\n")


def test_what_cannot_be_written_is_not_deleted(queues: Queues) -> None:
    queues.put("no JSON")
    result = run("archive", "--all", "--to", "s3://no-such-bucket/dead")
    assert result.exit_code == 2
    assert "NoSuchBucket" in result.stderr
    assert queues.bodies(queues.dead) == ["no JSON"]


def test_archive_that_ends_between_writing_and_deleting_keeps_both(queues: Queues, tmp_path: Path) -> None:
    for n in range(15):
        queues.put(f"message {n}")
    intercept(queues.client, "DeleteMessageBatch", let_through, REFUSED)
    result = run("archive", "--all", "--to", str(tmp_path / "a.jsonl"))
    assert result.exit_code == 1
    assert "AccessDenied" in result.stderr.splitlines()[-1]
    assert "; 10 messages archived and deleted so far" in result.stderr.splitlines()[-1]
    written = [json.loads(line)["body"] for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    left = queues.bodies(queues.dead)
    assert (len(written), len(left)) == (15, 5)
    assert set(left) < set(written)


def test_what_sqs_does_not_delete_is_told(queues: Queues, tmp_path: Path) -> None:
    queues.put("no JSON")
    failed = {"Successful": [], "Failed": [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]}
    intercept(queues.client, "DeleteMessageBatch", answer(200, json.dumps(failed).encode()))
    result = run("archive", "--all", "--to", str(tmp_path / "a.jsonl"))
    assert (result.exit_code, result.stdout) == (1, "archived: 0, not deleted: 1\n")
    assert queues.bodies(queues.dead) == ["no JSON"]


# --- redrive


def settle(stack: Stack, queues: Queues) -> None:
    """The function at work: it reads every message of the source queue that it can."""
    from functions.shared.events import decode  # noqa: PLC0415

    for received in queues.user.receive_message(QueueUrl=queues.source, MaxNumberOfMessages=10).get("Messages", []):
        for event in decode(received["Body"]):
            stack.handle(event)
        queues.user.delete_message(QueueUrl=queues.source, ReceiptHandle=received["ReceiptHandle"])


def meanwhile(monkeypatch: pytest.MonkeyPatch, *steps: Callable[[], Any]) -> list[float]:
    """What happens while `redrive` waits between two looks."""
    waiting, slept = list(steps), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if waiting:
            waiting.pop(0)()

    monkeypatch.setattr("time.sleep", sleep)
    return slept


def test_chosen_messages_go_back_and_are_followed_to_their_end(queues: Queues, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.upload("a.txt", "Ann supports Ben.")
    stack.upload("b.txt", "Ann supports Ben.")
    good, bad = queues.put(message("a.txt")), queues.put(message("b.txt"))
    queues.put("stays")

    def comes_back() -> None:
        (received,) = queues.user.receive_message(QueueUrl=queues.source)["Messages"]
        queues.put(received["Body"])
        queues.user.delete_message(QueueUrl=queues.source, ReceiptHandle=received["ReceiptHandle"])

    def first_is_read() -> None:
        event = stack.event("a.txt", sequencer=None)
        stack.handle(event)
        for received in queues.user.receive_message(QueueUrl=queues.source, MaxNumberOfMessages=10)["Messages"]:
            if "a.txt" in received["Body"]:
                queues.user.delete_message(QueueUrl=queues.source, ReceiptHandle=received["ReceiptHandle"])
            else:
                queues.user.change_message_visibility(QueueUrl=queues.source, ReceiptHandle=received["ReceiptHandle"], VisibilityTimeout=0)

    slept = meanwhile(monkeypatch, first_is_read, comes_back)
    result = run("redrive", good, bad, "--json")
    assert result.exit_code == 1, result.output
    told = json.loads(result.stdout)
    assert (told["sent"], told["settled"], told["open"], len(told["back"])) == (2, 1, [], 1)
    assert slept == [20, 20]
    assert queues.bodies(queues.dead) == sorted(["stays", message("b.txt")])
    assert result.stderr.splitlines()[0] == "2 messages sent back"
    assert result.stderr.splitlines()[1] == "0 dealt with, 0 came back, 2 open; the queue holds 2 waiting and 0 being tried"


def test_all_go_back_by_a_task_of_sqss(queues: Queues, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.upload("a.txt", "Ann supports Ben.")
    queues.put(message("a.txt"))
    asked: list[dict[str, Any]] = []

    def start(request: AWSPreparedRequest) -> AWSResponse:
        asked.append(json.loads(str_of(request)))
        return answer(200, b'{"TaskHandle": "t"}')(request)

    def running(request: AWSPreparedRequest) -> AWSResponse:
        (received,) = queues.user.receive_message(QueueUrl=queues.dead)["Messages"]
        queues.user.delete_message(QueueUrl=queues.dead, ReceiptHandle=received["ReceiptHandle"])
        stack.handle(stack.event("a.txt", sequencer=None))
        task = {"Status": "RUNNING", "ApproximateNumberOfMessagesMoved": 1, "ApproximateNumberOfMessagesToMove": 3}
        return answer(200, json.dumps({"Results": [task]}).encode())(request)

    over = answer(200, b'{"Results": [{"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 3}]}')
    intercept(queues.client, "StartMessageMoveTask", start)
    intercept(queues.client, "ListMessageMoveTasks", running, over)
    cancelled = intercept(queues.client, "CancelMessageMoveTask")
    result = run("redrive", "--all", "--rate", "7")
    assert (result.exit_code, result.stdout) == (0, "sent: 1, settled: 1, back: 0, open: 0\n"), result.output
    assert [(a["MaxNumberOfMessagesPerSecond"], a["SourceArn"].rpartition(":")[2]) for a in asked] == [(7, "dead")]
    assert result.stderr.splitlines()[:2] == ["running: 1 moved, 2 left", "completed: 3 moved"]
    assert cancelled == []


def test_a_task_that_fails_and_one_that_is_interrupted(queues: Queues) -> None:
    queues.put("no JSON")
    started = answer(200, b'{"TaskHandle": "t"}')
    failed = answer(200, b'{"Results": [{"Status": "FAILED", "ApproximateNumberOfMessagesMoved": 0, "FailureReason": "denied"}]}')
    intercept(queues.client, "StartMessageMoveTask", started, started)

    def interrupt(_: AWSPreparedRequest) -> AWSResponse:
        raise KeyboardInterrupt

    intercept(queues.client, "ListMessageMoveTasks", failed, interrupt)
    result = run("redrive", "--all")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "Error: SQS says failed after 0 messages: denied")
    cancelled = intercept(queues.client, "CancelMessageMoveTask", answer(200, b"{}"))
    assert run("redrive", "--all").exit_code == 130
    assert cancelled == ["CancelMessageMoveTask"]


def test_where_sqs_has_no_such_task_each_goes_by_itself(queues: Queues) -> None:
    attributes = {"s": {"DataType": "String", "StringValue": "x"}}
    bodies = sorted(f"message {n}" for n in range(12))
    for body in bodies:
        queues.put(body, MessageAttributes=attributes)
    unknown = answer(400, b'{"__type": "InvalidAction", "message": "no such action"}')
    intercept(queues.client, "StartMessageMoveTask", unknown)
    result = run("redrive", "--all", "--no-follow")
    assert (result.exit_code, result.stdout) == (0, "sent: 12\n"), result.output
    assert queues.bodies(queues.dead) == []
    (received,) = queues.user.receive_message(QueueUrl=queues.source, MessageAttributeNames=["All"])["Messages"]
    assert received["MessageAttributes"]["s"]["StringValue"] == "x"
    queues.user.change_message_visibility(QueueUrl=queues.source, ReceiptHandle=received["ReceiptHandle"], VisibilityTimeout=0)
    assert queues.bodies(queues.source) == bodies


@pytest.mark.parametrize("how", ["ctrl-c", "denied"])
def test_a_redrive_that_ends_between_sending_and_deleting_loses_nothing(queues: Queues, how: str) -> None:
    ids = [queues.put(message(f"{n}.txt")) for n in range(3)]

    def end(request: AWSPreparedRequest) -> AWSResponse:
        if how == "ctrl-c":
            raise KeyboardInterrupt
        return REFUSED(request)

    intercept(queues.client, "DeleteMessageBatch", let_through, end)
    result = run("redrive", *ids, "--no-follow")
    assert result.exit_code == (130 if how == "ctrl-c" else 1), result.output
    assert "1 message sent back so far; the rest is still here" in result.stderr
    dead, source = queues.bodies(queues.dead), queues.bodies(queues.source)
    assert (len(dead), len(source)) == (2, 2)
    assert {*dead, *source} == {message(f"{n}.txt") for n in range(3)}


def test_a_queue_that_is_empty_ends_the_following_where_no_table_is_known(
    queues: Queues, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.upload("a.txt", "Ann supports Ben.")
    slept = meanwhile(monkeypatch, lambda: settle(stack, queues))
    result = run("redrive", queues.put(message("a.txt")), where=("--queue", queues.dead))
    assert (result.exit_code, result.stdout) == (0, "sent: 1, settled: 1, back: 0, open: 0\n")
    assert len(slept) == 3


def test_following_ends_when_its_time_is_over(queues: Queues, stack: Stack) -> None:
    stack.upload("a.txt", "Ann supports Ben.")
    identifier = queues.put(message("a.txt"))
    result = run("redrive", identifier, "--minutes", "0")
    assert (result.exit_code, result.stdout) == (1, f"sent: 1, settled: 0, back: 0, open: 1\nopen:\n  {identifier}\n")


# --- everything


@pytest.mark.parametrize("args", [("archive", "--all", "--to", "never"), ("redrive", "--all")], ids=["archive", "redrive"])
def test_a_dry_run_does_nothing(queues: Queues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    queues.put("no JSON")
    result = run(*args, "--dry-run")
    assert result.exit_code == 0
    assert "no object  not-json\n" in result.stdout
    assert result.stderr == f"would {args[0]} 1 message\n"
    assert (queues.bodies(queues.dead), queues.bodies(queues.source), list(tmp_path.iterdir())) == (["no JSON"], [], [])


@pytest.mark.parametrize(
    "args", [("list",), ("explain", "x"), ("archive", "--all", "--to", "never"), ("redrive", "--all"), ("redrive", "x")], ids=" ".join
)
def test_a_queue_that_refuses(queues: Queues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    queues.put("no JSON")
    for operation in ("GetQueueAttributes", "ReceiveMessage"):
        intercept(queues.client, operation, *[REFUSED] * 3)
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert re.fullmatch(r"Error: An error occurred \(AccessDenied\) when calling the \w+ operation: no\n", result.stderr)
    assert list(tmp_path.iterdir()) == []


def test_wrong_command_lines(queues: Queues) -> None:
    assert run("list", where=()).exit_code == 2
    assert run("list", where=("--stack", "a", "--queue", "b")).exit_code == 2
    assert run("redrive").exit_code == 2
    assert run("redrive", "x", "--all").exit_code == 2
    assert "--since 7: " in run("rejected", "--since", "7").stderr


def test_a_stack_is_asked_where_its_parts_are(stack: Stack) -> None:
    missing = run("list", where=("--stack", "nobody"))
    assert (missing.exit_code, missing.stderr) == (2, "Error: no stack nobody in us-east-1\n")
    outputs = OUTPUTS | {"DeadLetterQueueUrl": boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]}
    body: dict[str, Any] = {
        "Parameters": {"MaximumObjectBytes": {"Type": "Number", "Default": 16}},
        "Resources": {"T": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(body))
    stack.upload("a.txt", "Ann supports Ben.")
    opened = operations.of_stack(STACK)
    assert opened.dead.depth().total == 0
    (diagnosis,) = opened.diagnostician.explain(message("a.txt"))
    assert (diagnosis.reason, diagnosis.detail) == ("too-large", "17 bytes; at most 16 are read")
    del body["Outputs"]["ReadingTableName"]
    cloudformation.update_stack(StackName=STACK, TemplateBody=json.dumps(body))
    old = run("list")
    assert (old.exit_code, old.stderr) == (
        2,
        "Error: stack standpoint-test has no output ReadingTableName: deploy this version's template.yaml\n",
    )


def test_the_template_has_the_outputs_that_are_asked_for() -> None:
    from tests.aws_template import ROOT, template  # noqa: PLC0415

    asked = re.findall(r'output\("(\w+)"\)', (ROOT / "functions/shared/operations.py").read_text(encoding="utf-8"))
    assert set(asked) == {*OUTPUTS, "DeadLetterQueueUrl"}
    assert set(asked) <= set(template()["Outputs"])
    assert "MaximumObjectBytes" in template()["Parameters"]


def test_rejected_articles_are_found_without_a_scan(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "queries_of_stack", lambda name: stack.queries)
    calls: list[str] = []
    stack.user_dynamodb.meta.events.register("provide-client-params.*.*", lambda model, **_: calls.append(model.name))
    stack.handle(stack.upload("empty.txt", ""))
    stack.handle(stack.upload("some.jsonl", '{"text": "Ann supports Ben."}\n{"text": 1}'))
    stack.handle(stack.upload("good.txt", "Ann supports Ben."))
    stack.handle(stack.upload("mended.txt", ""))
    stack.handle(stack.upload("mended.txt", "Ann supports Ben."))
    stack.handle(stack.upload("removed.txt", ""))
    stack.handle(stack.remove("removed.txt"))
    result = run("rejected", "--since", "7d", "--json", where=("--stack", STACK))
    found = {(line["key"], line["article"], line["reason"], line["status"]) for line in map(json.loads, result.stdout.splitlines())}
    assert found == {("empty.txt", 1, "empty", "rejected"), ("some.jsonl", 2, "bad-field", "read")}
    assert set(calls) == {"Query"}
    shown = run("rejected", "--reason", "bad-field", where=("--stack", STACK))
    assert re.fullmatch(r"20\d\d-\S+Z  some\.jsonl article 2  bad-field: .+\n", shown.stdout)
    assert re.fullmatch(r"1 object with rejected articles since 20\S+ \d\d:\d\d UTC\n", shown.stderr)


def test_rejections_of_several_days_are_newest_first_and_no_older_than_asked(stack: Stack) -> None:
    now = datetime.now(UTC)
    heads = {}
    for days in (0, 1, 3, 8):
        stack.handle(stack.upload(f"{days}.txt", ""))
        head = stack.head(f"{days}.txt")
        at = f"{now - timedelta(days=days, minutes=1):%Y-%m-%dT%H:%M:%SZ}"
        head |= {"modified": at, "by_rejected": at[:10], "rejected_sort": f"{at}#{days}.txt"}
        heads[days] = head
    stack.table.put_all(list(heads.values()))
    assert [row.key for row in stack.queries.rejected(now - timedelta(days=7), now)] == ["0.txt", "1.txt", "3.txt"]
    assert [row.key for row in stack.queries.rejected(now - timedelta(days=1), now)] == ["0.txt"]


def test_a_message_that_comes_round_again_is_told_once(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadletters, "HIDDEN_SECONDS", 0)  # a look that takes longer than messages stay hidden
    ids = {queues.put(f"message {n}") for n in range(5)}
    found = DeadLetters(queues.client, queues.dead, wait=0).look()
    assert sorted(letter.id for letter in found) == sorted(ids)


def test_a_dead_letter_knows_itself_when_it_was_sent_again() -> None:
    letter = DeadLetter("1", "body", datetime.now(UTC), 1, "r")
    assert letter.digest == replace(letter, id="2", receipt="s").digest != replace(letter, body="other").digest
    assert isinstance(MoveFailed("x"), RuntimeError)


def test_without_the_aws_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    result = run("list")
    assert (result.exit_code, result.stderr.endswith("pip install 'standpoint[aws]'\n")) == (2, True)


def test_every_command_has_help_with_an_example() -> None:
    for name in ((), *((each,) for each in command.deadletters.commands)):
        result = run(*name, "--help", where=())
        assert result.exit_code == 0
        assert "standpoint deadletters " in result.stdout.split("Examples:")[1]
