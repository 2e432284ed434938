"""`standpoint deadletters redrive`: sent back, and followed to the end, on queues, a bucket and a table in moto."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.functions.dead_letters import REFUSED, Queues, let_through, message, run
from tests.functions.fakes import Stack, answer, intercept
from tests.functions.test_faults import str_of


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
