"""Queues, messages and the command for the tests of `standpoint deadletters`; queues, bucket and table are moto's."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

import boto3
from botocore.awsrequest import AWSPreparedRequest
from click.testing import CliRunner, Result

from functions.cli import deadletters as command
from functions.shared.diagnosis import ADVICE
from tests.functions.fakes import BUCKET, TABLE, Stack, answer

STACK = "standpoint-test"
OUTPUTS = {
    "ArticleBucketName": BUCKET,
    "ArticlePrefix": "articles/",
    "ArticleQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/articles",
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


def let_through(_: AWSPreparedRequest) -> None:
    return None
