"""The parts that an operator's commands need, put together from a stack's outputs, or from a queue alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import archives, connections, logs
from functions.shared.archives import Archive, LocalArchive, TargetRefused
from functions.shared.deadletters import DeadLetters
from functions.shared.diagnosis import Diagnostician
from functions.shared.objects import Objects
from functions.shared.queries import Queries
from functions.shared.stacks import Deployed, deployed
from functions.shared.tables import Table

AWS_ERRORS = (BotoCoreError, ClientError)
"""What a call to AWS may raise: no credentials, no connection, a refusal."""

_MAX_OBJECT_BYTES = 5_000_000  # the template's default, where no stack is named


@dataclass(frozen=True, slots=True)
class Operations:
    """`stack` is None where only a queue is named: then neither table nor log is known."""

    dead: DeadLetters
    diagnostician: Diagnostician
    stack: Deployed | None = None

    def logged(self, correlation_id: str, since: datetime) -> Iterator[logs.Logged]:
        """What classify logged about a message. Raises AWS_ERRORS."""
        if self.stack:
            yield from logs.failures(_client("logs"), self.stack.output("ClassifyLogGroupName"), correlation_id, since)

    def archive(self, target: str) -> Archive:
        """A new local file, or objects under an S3 URI. Raises TargetRefused, StackUnknown."""
        if not target.startswith("s3://"):
            return LocalArchive(Path(target))
        if not self.stack:
            raise TargetRefused("an archive in S3 needs --stack: it must not lie where articles are read")
        return archives.s3_archive(
            _client("s3"), target, article_bucket=self.stack.output("ArticleBucketName"), article_prefix=self.stack.output("ArticlePrefix")
        )


def of_stack(name: str) -> Operations:
    """Raises StackUnknown, AWS_ERRORS."""
    stack = deployed(_client("cloudformation"), name)
    limit = int(stack.parameters.get("MaximumObjectBytes", _MAX_OBJECT_BYTES))
    return Operations(
        DeadLetters(_client("sqs"), stack.output("DeadLetterQueueUrl"), stack.output("ArticleQueueUrl")),
        Diagnostician(Objects(_client("s3"), max_bytes=limit), _table(stack)),
        stack,
    )


def of_queue(url: str) -> Operations:
    return Operations(DeadLetters(_client("sqs"), url), Diagnostician(Objects(_client("s3"), max_bytes=_MAX_OBJECT_BYTES), None))


def queries_of_stack(name: str) -> Queries:
    """Raises StackUnknown, AWS_ERRORS."""
    return Queries(_table(deployed(_client("cloudformation"), name)))


def _table(stack: Deployed) -> Table:
    return Table(boto3.resource("dynamodb", config=connections.CONFIG).meta.client, stack.output("ReadingTableName"))


def _client(service: Any) -> Any:
    return boto3.client(service, config=connections.CONFIG)
