"""The schedule's firings: one run each, one run at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.shared.backfills import Backfills
from functions.shared.schedules import parse_since
from tests.aws_template import allowed_actions
from tests.functions.conftest import fresh
from tests.functions.fakes import answer, intercept
from tests.functions.test_classify import Context, logged

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

ROLE = "arn:aws:iam::123456789012:role/backfill"
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:standpoint-backfill"
DEFINITION = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
FIRING = {"scheduled_time": "2026-11-25T02:30:00Z", "since": "7d"}
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:standpoint-backfill:scheduled-20261125T023000Z"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("time.sleep", lambda _: None)
    with mock_aws():
        made = boto3.client("stepfunctions")
        made.create_state_machine(name="standpoint-backfill", definition=DEFINITION, roleArn=ROLE)
        yield made


@pytest.fixture
def app(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """functions.dispatch.app; every call that it makes is held against its role."""
    env = {"STATE_MACHINE_ARN": ARN, "ARTICLE_PREFIX": "articles/"}
    calls: set[str] = set()
    with fresh("dispatch", ("observability", "dispatch"), env, monkeypatch) as made:
        made.BACKFILLS._client.meta.events.register("provide-client-params.*.*", lambda model, **_: calls.add(f"states:{model.name}"))
        yield made
    assert calls <= allowed_actions("DispatchRole")


def executions(client: Any) -> list[dict[str, Any]]:
    found = client.list_executions(stateMachineArn=ARN)["executions"]
    return [client.describe_execution(executionArn=one["executionArn"]) for one in found]


def test_a_firing_starts_a_run_over_the_articles(app: ModuleType, client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.handler(FIRING, Context()) == {"outcome": "started", "execution": EXECUTION}
    (execution,) = executions(client)
    assert json.loads(execution["input"]) == {"prefix": "articles/", "since": "2026-11-18T02:30:00+00:00"}
    assert logged(capsys)[1]["BackfillStarted"] == 1


@pytest.mark.fault(39)
def test_a_schedule_that_fires_twice_starts_one_run(app: ModuleType, client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert [app.handler(FIRING, Context())["outcome"] for _ in range(3)] == ["started", "repeated", "repeated"]
    assert len(executions(client)) == 1
    assert logged(capsys)[1]["BackfillRepeated"] == 2


@pytest.mark.fault(39)
def test_a_firing_that_comes_again_after_the_run_has_ended(app: ModuleType, client: Any) -> None:
    app.handler(FIRING, Context())
    client.stop_execution(executionArn=EXECUTION)
    exists = answer(400, b'{"__type": "ExecutionAlreadyExists"}', {"x-amzn-errortype": "ExecutionAlreadyExists"})
    intercept(app.BACKFILLS._client, "StartExecution", exists)
    assert app.handler(FIRING, Context())["outcome"] == "repeated"
    assert len(executions(client)) == 1


@pytest.mark.fault(39)
def test_a_run_still_at_work_is_not_overlapped(app: ModuleType, client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    app.handler(FIRING, Context())
    next_day = FIRING | {"scheduled_time": "2026-11-26T02:30:00Z"}
    assert app.handler(next_day, Context()) == {"outcome": "overlap", "execution": EXECUTION}
    assert len(executions(client)) == 1
    assert logged(capsys)[1]["BackfillOverlap"] == 1
    client.stop_execution(executionArn=EXECUTION)
    assert app.handler(next_day, Context())["outcome"] == "started"


def test_any_other_refusal_is_a_failure_that_comes_again(app: ModuleType) -> None:
    denied = answer(400, b'{"__type": "AccessDeniedException"}', {"x-amzn-errortype": "AccessDeniedException"})
    intercept(app.BACKFILLS._client, "StartExecution", denied)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        app.handler(FIRING, Context())


@pytest.mark.parametrize("event", [{}, {"scheduled_time": None}, {"scheduled_time": "soon"}, FIRING | {"since": "7 days"}])
def test_what_is_no_firing_starts_nothing(app: ModuleType, client: Any, event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"lacks|soon|neither a date"):
        app.handler(event, Context())
    assert executions(client) == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("7d", "2026-11-18T03:15:00+00:00"),
        ("12h", "2026-11-24T15:15:00+00:00"),
        ("2026-11-01", "2026-11-01T00:00:00+00:00"),
        ("2026-11-01T12:00:00+02:00", "2026-11-01T10:00:00+00:00"),
    ],
)
def test_since(text: str, meant: str) -> None:
    assert parse_since(text, datetime(2026, 11, 25, 3, 15, tzinfo=UTC)).isoformat() == meant


@pytest.mark.parametrize("text", ["", "0d", "-1d", "7", "d", "7w", "yesterday", "2026-13-01", "999999d"])
def test_since_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="neither a date"):
        parse_since(text, datetime(2026, 11, 25, tzinfo=UTC))


def test_the_name_of_a_running_execution_is_its_own(client: Any) -> None:
    backfills = Backfills(client, ARN)
    backfills.start("one", prefix="articles/", since=None)
    assert backfills.running() == [backfills.arn("one")] == [backfills.latest()]
    assert backfills.arn(backfills.arn("one")) == backfills.arn("one")
