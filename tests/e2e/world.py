"""A user with a bucket in front of the deployed stack, who remembers what was uploaded and deleted: the truth to hold the table against."""

from __future__ import annotations

import json
import random
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from functions.shared.queries import Queries
from functions.shared.tables import Table
from tests.e2e.articles import REJECTED, Readings, Version, under
from tools.local_stack import LocalStack

Item = dict[str, Any]


@dataclass
class World:
    """`truth` has the last version of each object ever uploaded under the prefix; None where it was deleted, str a reason to reject."""

    stack: LocalStack
    build: Path
    outputs: dict[str, str]
    visibility: int = 30
    """Seconds after which a failed message comes back: shortened from the template's 20 minutes."""
    chance: random.Random = field(default_factory=lambda: random.Random(4))  # noqa: S311  a repeatable order
    truth: dict[str, Version | str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.s3, self.sqs, self.functions = (self.stack.client(name) for name in ("s3", "sqs", "lambda"))
        client = boto3.resource(
            "dynamodb",
            endpoint_url=self.stack.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106  of the emulator
        ).meta.client
        self.dynamodb: Any = client
        self.queries = Queries(Table(client, self.outputs["ReadingTableName"]))

    # --- what a user does --------------------------------------------------------------------------------------------------

    def upload(self, key: str, version: Version) -> None:
        self.s3.put_object(Bucket=self.outputs["ArticleBucketName"], Key=key, Body=version.body)
        self.truth[key] = version

    def upload_rejected(self) -> None:
        for key, (body, reason) in REJECTED.items():
            self.s3.put_object(Bucket=self.outputs["ArticleBucketName"], Key=key, Body=body)
            self.truth[key] = reason

    def delete(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.outputs["ArticleBucketName"], Key=key)
        self.truth[key] = None

    def ask(self, question: str, *, signed: bool = True) -> tuple[int, Any]:
        """GET of the query API, as a caller with credentials or without: the status and the JSON answered."""
        address = self.stack.page(self.outputs) + question
        request = AWSRequest("GET", address)
        if signed:
            SigV4Auth(Credentials("test", "test"), "execute-api", "us-east-1").add_auth(request)
        try:
            with urllib.request.urlopen(urllib.request.Request(address, headers=dict(request.headers)), timeout=60) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    # --- what befalls the messages -----------------------------------------------------------------------------------------

    def listen(self, enabled: bool) -> None:
        """Whether messages go to the function."""
        for mapping in self.functions.list_event_source_mappings()["EventSourceMappings"]:
            self.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)

    def take_all(self, queue: str) -> list[str]:
        """Every message that waits in a queue, out of it."""
        bodies: list[str] = []
        while found := self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
            bodies += (message["Body"] for message in found)
            for message in found:
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def send_all(self, bodies: list[str]) -> None:
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
            self.sqs.send_message_batch(QueueUrl=self.outputs["ArticleQueueUrl"], Entries=entries)

    def waiting(self, queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)

    def settle(self) -> None:
        """Until no message waits or is at work. Fails where nothing has moved for as long as all tries of one message take."""
        left, moved = self.waiting(self.outputs["ArticleQueueUrl"]), time.monotonic()
        while left:
            time.sleep(1)
            now = self.waiting(self.outputs["ArticleQueueUrl"])
            if now != left:
                left, moved = now, time.monotonic()
            assert time.monotonic() - moved < 7 * self.visibility + 60, f"{left} messages are stuck; see {self.stack.log}"

    # --- what became of it -------------------------------------------------------------------------------------------------

    def table(self) -> dict[str, list[Item]]:
        """Every item there is, by partition."""
        found: dict[str, list[Item]] = defaultdict(list)
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=self.outputs["ReadingTableName"], ConsistentRead=True):
            for item in page["Items"]:
                found[item["pk"]].append(item)
        return found

    def heads(self) -> dict[str, Item]:
        """Heads by object."""
        heads = (
            next(i for i in items if i["sk"] == "READING") for items in self.table().values() if any(i["sk"] == "READING" for i in items)
        )
        return {head["pk"].removeprefix("ARTICLE#"): head for head in heads}

    def check(self, expected: Mapping[Version, Readings]) -> None:
        """The table holds exactly the reading of the last version of each live object, whole, once. Raises AssertionError."""
        table = self.table()
        missing = {f"ARTICLE#{key}" for key in self.truth} - set(table)
        unknown = set(table) - {f"ARTICLE#{key}" for key in self.truth}
        assert not missing | unknown, f"not in the table: {sorted(missing)}; in it and never uploaded: {sorted(unknown)}"
        wrong = [problem for key, last in self.truth.items() for problem in self._problems(key, last, table[f"ARTICLE#{key}"], expected)]
        assert not wrong, f"{len(wrong)} problems:\n" + "\n".join(wrong[:20])

    def _problems(self, key: str, last: Version | str | None, items: list[Item], expected: Mapping[Version, Readings]) -> Iterator[str]:
        heads, content = [i for i in items if i["sk"] == "READING"], [i for i in items if i["sk"] != "READING"]
        if len(heads) != 1:
            yield f"{key}: {len(heads)} heads"
            return
        (head,) = heads
        status = "deleted" if last is None else "rejected" if isinstance(last, str) else "read"
        if head["status"] != status:
            yield f"{key}: {head['status']}, not {status}"
            return
        if isinstance(last, str) and head["reason"] != last:
            yield f"{key}: rejected as {head['reason']}, not {last}"
        if not isinstance(last, Version):
            if content:
                yield f"{key}: {status}, and yet {len(content)} items"
            return
        readings = under(key, expected[last])
        if list(self.queries.readings(key)) != readings:
            yield f"{key}: another reading than that of its last version"
        stances = Counter((s["actor"], s["target"], s["attitude"], s["side"]) for reading in readings for s in reading["stances"])
        if Counter((i["actor"], i["target"], i["attitude"], i["side"]) for i in content if "#STANCE#" in i["sk"]) != stances:
            yield f"{key}: other stances than the reading's"
        parts = [i for i in content if "#BODY#" in i["sk"]]
        if len(content) != 2 * len(parts) + stances.total() or len(parts) != len(readings):  # a part and an ARTICLE item each
            yield f"{key}: {len(content)} items for {len(readings)} readings with {stances.total()} stances"
        if others := {i["generation"] for i in content} - {head["generation"]}:
            yield f"{key}: items of {len(others)} other generations"

    def outcomes(self) -> Counter[str]:
        """How many events came to which outcome, by the functions' logs."""
        lines = (line for line in self.stack.log.read_text(encoding="utf-8", errors="replace").splitlines() if line.startswith('{"level"'))
        return Counter(outcome for line in lines if (outcome := json.loads(line).get("outcome")))
