"""A table as the template makes it and a versioned bucket, in moto. Every call that a test's service makes is held against the role."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.loaders import create_loader
from moto import mock_aws

import functions.shared
from functions.shared import connections, operations
from functions.shared.deadletters import DeadLetters
from functions.shared.diagnosis import Diagnostician
from functions.shared.objects import Objects
from functions.shared.stacks import Deployed
from tests.aws_template import allowed_actions, of_type
from tests.functions.dead_letters import OUTPUTS, STACK, Queues
from tests.functions.fakes import BUCKET, MAX_BYTES, TABLE, Stack

POWERTOOLS = {"POWERTOOLS_METRICS_NAMESPACE": "Standpoint", "POWERTOOLS_TRACE_DISABLED": "true"}


@pytest.fixture(scope="session", autouse=True)
def _one_loader() -> Iterator[None]:
    """moto gives each test a new session, which would parse the services' models anew: half a second a test."""
    loader = create_loader()
    with patch("botocore.session.create_loader", lambda *_: loader):
        yield


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("time.sleep", lambda _: None)  # the client's own waits between retries
    with mock_aws():
        make_resources()
        yield


def make_resources(endpoint_url: str | None = None) -> None:
    table: dict[str, Any] = {
        name: value
        for name, value in of_type("AWS::DynamoDB::Table")["ReadingTable"].items()
        if name in ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    }
    boto3.client("dynamodb", region_name="us-east-1", endpoint_url=endpoint_url).create_table(TableName=TABLE, **table)
    s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=endpoint_url)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})


@pytest.fixture
def stack(aws: None) -> Iterator[Stack]:
    s3, user_s3 = boto3.client("s3", config=connections.CONFIG), boto3.client("s3")
    dynamodb, user_dynamodb = boto3.resource("dynamodb", config=connections.CONFIG).meta.client, boto3.resource("dynamodb").meta.client
    made = Stack(s3, dynamodb, user_s3, user_dynamodb)
    yield made
    assert actions(made.calls) <= allowed_actions("ClassifyRole")


@contextmanager
def fresh(function: str, shared: Sequence[str], env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A function's app made anew, with the modules of functions/shared that read the environment when they are made."""
    for name, value in ({"POWERTOOLS_SERVICE_NAME": function} | POWERTOOLS | env).items():
        monkeypatch.setenv(name, value)
    for name in shared:
        monkeypatch.delitem(sys.modules, f"functions.shared.{name}", raising=False)
        monkeypatch.delattr(functions.shared, name, raising=False)
    monkeypatch.delitem(sys.modules, f"functions.{function}.app", raising=False)
    with patch.dict(sys.modules):
        made = importlib.import_module(f"functions.{function}.app")
        for handler in made.logger.handlers:
            handler.stream = StandardOutput()  # Powertools keeps a service's handler for ever
        yield made


class StandardOutput:
    """What sys.stdout is at the time: pytest changes it between a fixture and its test."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


def actions(calls: list[str]) -> set[str]:
    """What a role must allow for these calls."""
    of_s3 = {"HeadObject": "s3:GetObject", "GetObject": "s3:GetObject"}
    return {of_s3.get(call, f"dynamodb:{call}") for call in calls}


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
