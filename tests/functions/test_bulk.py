"""Batches of a backfill: through the handler, and through the state machine's own definition as moto runs it.

moto cannot batch items nor write results, so the definition is run from the batch on; what AWS does around it is not seen here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.core.config import default_user_config

from functions.shared import connections
from model.reader import Reader
from tests.aws_template import ROOT, allowed_actions, of_type
from tests.functions.conftest import actions, fresh
from tests.functions.fakes import BUCKET, FakeReader, Stack, answer, intercept
from tests.functions.test_classify import ENV, Context, logged

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

TIMEOUT = of_type("AWS::Serverless::Function")["BulkFunction"]["Timeout"]
NOW = datetime.now(UTC)
EMPTY: dict[str, Any] = {"counts": {}, "failed": [], "rejected": []}
FOR, AGAINST = {("ann", "support", "ben")}, {("ann", "oppose", "ben")}


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def app(aws: None, monkeypatch: pytest.MonkeyPatch, reader: FakeReader) -> Iterator[ModuleType]:
    """functions.bulk.app; every call that it makes is held against its role."""
    monkeypatch.setattr(Reader, "load", lambda **_: reader)
    calls: list[str] = []
    with fresh("bulk", ("observability", "bulk"), ENV | {"ARTICLE_BUCKET": BUCKET, "DEADLINE_MARGIN_MS": "55000"}, monkeypatch) as made:
        for client in clients(made):
            client.meta.events.register("provide-client-params.*.*", lambda model, **_: calls.append(model.name))
        yield made
    assert actions(calls) <= allowed_actions("BulkRole")


def clients(app: ModuleType) -> tuple[Any, Any]:
    """The S3 and the DynamoDB client that the function uses."""
    service = app.BULK.service
    return service._objects._client, service._store._table._client


@pytest.fixture
def live(aws: None, reader: FakeReader) -> Stack:
    """Uploads, and the live function's own way of reading them, by the same model."""
    client, table = boto3.client("s3", config=connections.CONFIG), boto3.resource("dynamodb", config=connections.CONFIG).meta.client
    return Stack(client, table, boto3.client("s3"), boto3.resource("dynamodb").meta.client, reader)


def listed(*keys: str, modified: datetime | float = NOW, since: datetime | None = None) -> list[dict[str, Any]]:
    """Items as the state machine's listing gives them."""
    when = modified.isoformat() if isinstance(modified, datetime) else modified
    return [{"key": key, "modified": when, "since": since and since.isoformat()} for key in keys]


def event(*keys: str, attempt: int = 1, began: datetime | None = None, **how: Any) -> dict[str, Any]:
    began = began or datetime.now(UTC)
    return {"batch": {"Items": listed(*keys, **how)}, "attempt": attempt, "began": began.isoformat(), "report": EMPTY}


def context(seconds: float = TIMEOUT) -> Context:
    return Context(function_name="bulk", remaining=int(seconds * 1000))


def fails_at(*keys: str) -> Callable[[Any], None]:
    def before(article: Any) -> None:
        if article.id in keys:
            raise RuntimeError(f"the model fell over\n{article.id}")

    return before


def test_every_objects_outcome_is_told(app: ModuleType, live: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    live.handle(live.upload("read before.txt", "Ann supports Ben."))
    for key, body in (("a+b%20.txt", "Ann supports Ben."), ("empty.txt", "")):
        live.upload(key, body)
    answered = app.handler(event("read before.txt", "a+b%20.txt", "empty.txt", "deleted.txt"), context())
    assert answered == {
        "report": {"counts": {"duplicate": 1, "read": 1, "rejected": 1, "gone": 1}, "failed": [], "rejected": ["empty.txt"]},
        **{"again": False, "halt": False, "cause": ""},
    }
    assert live.visible("a+b%20.txt") == FOR
    lines, metrics = logged(capsys)
    assert {name: metrics[name] for name in ("Read", "Duplicate", "Rejected", "Gone", "ObjectFailed", "NotBegun")} == {
        **{"Read": 1, "Duplicate": 1, "Rejected": 1, "Gone": 1},
        **{"ObjectFailed": 0, "NotBegun": 0},
    }
    assert {line["service"] for line in lines} == {"bulk"}


def test_a_new_model_reads_again_and_only_once(app: ModuleType, live: Stack, reader: FakeReader) -> None:
    live.handle(live.upload("a.txt", "Ann supports Ben."))
    reader.revision = "sha256:two"
    assert app.handler(event("a.txt"), context())["report"]["counts"] == {"read": 1}
    assert app.handler(event("a.txt"), context())["report"]["counts"] == {"duplicate": 1}
    assert live.head("a.txt")["revision"] == "sha256:two"
    assert len(live.items("a.txt")) == 4


@pytest.mark.parametrize("modified", [NOW, NOW.timestamp(), NOW.timestamp() * 1000], ids=["datetime", "seconds", "milliseconds"])
def test_what_was_not_modified_since_is_left(app: ModuleType, live: Stack, modified: Any, capsys: pytest.CaptureFixture[str]) -> None:
    live.upload("a.txt", "Ann supports Ben.")
    after = app.handler(event("a.txt", modified=modified, since=NOW + timedelta(seconds=2)), context())
    assert after["report"]["counts"] == {"older": 1}
    assert logged(capsys)[1]["Older"] == 1
    before = app.handler(event("a.txt", modified=modified, since=NOW - timedelta(seconds=2)), context())
    assert before["report"]["counts"] == {"read": 1}


def test_a_bad_object_is_tried_again_and_then_reported(app: ModuleType, live: Stack, reader: FakeReader) -> None:
    for n in range(4):
        live.upload(f"{n}.txt", "Ann supports Ben.")
    reader.before = fails_at("2.txt")
    first = app.handler(event(*(f"{n}.txt" for n in range(4))), context())
    assert (first["again"], first["attempt"], [item["key"] for item in first["batch"]["Items"]]) == (True, 2, ["2.txt"])
    assert first["report"]["counts"] == {"read": 3}
    second = app.handler(first, context())
    assert (second["again"], second["attempt"]) == (True, 3)
    assert 0 < first["wait"] <= second["wait"] + 4 <= 20
    third = app.handler(second, context())
    assert (third["again"], third["halt"]) == (False, False)
    assert third["report"] == {
        "counts": {"read": 3, "failed": 1},
        "failed": [{"key": "2.txt", "reason": "RuntimeError: the model fell over 2.txt"}],
        "rejected": [],
    }
    assert reader.read_ids == ["0.txt", "1.txt", "3.txt"]


def test_what_a_retry_cures_is_read(app: ModuleType, live: Stack) -> None:
    live.upload("a.txt", "Ann supports Ben.")
    slow_down = answer(503, b"<Error><Code>SlowDown</Code></Error>")
    intercept(clients(app)[0], "GetObject", *[slow_down] * 5)  # as often as the client itself asks
    first = app.handler(event("a.txt"), context())
    assert first["again"]
    assert app.handler(first, context())["report"]["counts"] == {"read": 1}


def test_a_denial_fails_the_whole_batch_so_that_the_run_stops(app: ModuleType, live: Stack) -> None:
    keys = [f"{n}.txt" for n in range(5)]
    for key in keys:
        live.upload(key, "Ann supports Ben.")
    intercept(clients(app)[0], "HeadObject", *[answer(403)] * 5)
    answered = app.handler(event(*keys, attempt=3), context())
    assert (answered["again"], answered["halt"]) == (False, True)
    assert answered["cause"].startswith("ClientError: An error occurred (403)")
    assert answered["report"]["counts"] == {"failed": 5}


def test_a_few_bad_objects_alone_in_a_batch_do_not_stop_the_run(app: ModuleType, live: Stack, reader: FakeReader) -> None:
    keys = [f"{n}.txt" for n in range(4)]
    for key in keys:
        live.upload(key, "Ann supports Ben.")
    reader.before = fails_at(*keys)
    assert app.handler(event(*keys, attempt=3), context())["halt"] is False


def test_near_the_deadline_the_untouched_come_again(app: ModuleType, live: Stack, reader: FakeReader) -> None:
    now = context()

    def takes_forty_seconds(_: Any) -> None:
        now.remaining -= 40_000

    reader.before = takes_forty_seconds
    for n in range(4):
        live.upload(f"{n}.txt", "Ann supports Ben.")
    first = app.handler(event(*(f"{n}.txt" for n in range(4))), now)
    assert reader.read_ids == ["0.txt", "1.txt"]  # 120 s, 80 s; at 40 s no other is begun
    assert (first["again"], first["attempt"], first["wait"]) == (True, 1, 1)
    assert [item["key"] for item in first["batch"]["Items"]] == ["2.txt", "3.txt"]
    now.remaining = TIMEOUT * 1000
    assert app.handler(first, now)["report"]["counts"] == {"read": 4}


def test_no_attempt_is_begun_that_the_execution_would_not_outlive(app: ModuleType, live: Stack, reader: FakeReader) -> None:
    live.upload("a.txt", "Ann supports Ben.")
    reader.before = fails_at("a.txt")
    assert app.handler(event("a.txt", began=datetime.now(UTC) - timedelta(seconds=150)), context())["again"] is True
    late = app.handler(event("a.txt", began=datetime.now(UTC) - timedelta(seconds=175)), context())
    assert (late["again"], late["report"]["counts"]) == (False, {"failed": 1})
    untouched = app.handler(event("a.txt", began=datetime.now(UTC) - timedelta(seconds=290)), context(50))
    assert untouched["report"]["failed"] == [{"key": "a.txt", "reason": "NotBegun: no time was left"}]


@pytest.mark.fault(40)
def test_a_live_upload_that_overtakes_the_backfill_wins(app: ModuleType, live: Stack, reader: FakeReader) -> None:
    """The backfill has read the old version when the new one is uploaded and read; only then it comes to its flip."""
    live.handle(live.upload("a.txt", "Ann supports Ben."))
    reader.revision = "sha256:two"
    overtaken: list[str] = []

    def meanwhile(_: Any) -> None:
        newer = live.upload("a.txt", "Ann opposes Ben.")
        later = live.head("a.txt")["modified"]
        overtaken.append(live.handle(newer))
        assert live.head("a.txt")["modified"] >= later

    intercept(clients(app)[1], "PutItem", meanwhile)
    answered = app.handler(event("a.txt"), context())
    assert overtaken == ["read"]
    assert live.visible("a.txt") == AGAINST
    assert answered["report"]["counts"] in ({"stale": 1}, {"read": 1})
    assert len(live.items("a.txt")) == 4


@pytest.mark.fault(40)
def test_an_older_event_after_a_reread_of_the_same_second_changes_nothing(app: ModuleType, live: Stack, reader: FakeReader) -> None:
    older = live.upload("a.txt", "Ann supports Ben.")
    live.handle(live.upload("a.txt", "Ann opposes Ben."))
    reader.revision = "sha256:two"
    assert app.handler(event("a.txt"), context())["report"]["counts"] == {"read": 1}
    assert live.handle(older) == "stale"
    assert live.visible("a.txt") == AGAINST


def test_an_event_that_is_no_batch_fails(app: ModuleType) -> None:
    with pytest.raises(KeyError):
        app.handler({"Records": []}, context())


# --- the state machine's definition -------------------------------------------------------------------------------------------


@pytest.fixture
def machine(app: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Runs a batch through the definition's own states. What the function raises is a crash; `crash` says at which keys."""
    monkeypatch.setitem(default_user_config, "stepfunctions", {"execute_state_machine": True})
    monkeypatch.setitem(default_user_config, "lambda", {"use_docker": False})
    crashing: set[str] = set()

    def invoke(self: Any, name: str, qualifier: Any, *request: Any) -> bytes:
        body, _, response_headers = request
        given = json.loads(body)
        if crashing & {item["key"] for item in given["batch"].get("Items", [given["batch"]])}:
            response_headers["x-amz-function-error"] = "Unhandled"
            return json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out"}).encode()
        return json.dumps(app.handler(given, context())).encode()

    monkeypatch.setattr(LambdaSimpleBackend, "invoke", invoke)
    definition = json.loads((ROOT / "statemachines/backfill.asl.json").read_text(encoding="utf-8").replace("${Partition}", "aws"))
    batch = definition["States"]["ReadArchive"]["ItemProcessor"]
    del batch["ProcessorConfig"]
    client = boto3.client("stepfunctions")
    role = "arn:aws:iam::123456789012:role/backfill"
    arn = client.create_state_machine(name="batch", definition=json.dumps(batch), roleArn=role)["stateMachineArn"]

    def run(given: dict[str, Any], *crash: str) -> dict[str, Any]:
        crashing.update(crash)
        execution = client.start_execution(stateMachineArn=arn, name=f"e{len(crashing)}", input=json.dumps(given))["executionArn"]
        for _ in range(6_000):
            Event().wait(0.02)  # time.sleep does nothing here
            found = client.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return dict(found)
        raise AssertionError("the execution does not end")

    return run


def test_the_definition_reads_a_batch_and_retries_what_failed(machine: Any, live: Stack, reader: FakeReader) -> None:
    for n in range(3):
        live.upload(f"{n}.txt", "Ann supports Ben.")
    tries: list[str] = []

    def fail_twice(article: Any) -> None:
        tries.append(article.id)
        if article.id == "1.txt" and tries.count("1.txt") < 3:
            raise RuntimeError("not yet")

    reader.before = fail_twice
    ended = machine({"Items": listed("0.txt", "1.txt", "2.txt")})
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == {"report": {"counts": {"read": 3}, "failed": [], "rejected": []}, "alone": []}
    assert tries == ["0.txt", "1.txt", "2.txt", "1.txt", "1.txt"]


def test_the_definition_takes_an_item_that_is_not_batched(machine: Any, live: Stack) -> None:
    live.upload("a.txt", "Ann supports Ben.")
    assert json.loads(machine(listed("a.txt")[0])["output"])["report"]["counts"] == {"read": 1}


def test_an_object_that_kills_the_function_costs_only_itself(machine: Any, live: Stack) -> None:
    for n in range(4):
        live.upload(f"{n}.txt", "Ann supports Ben.")
    ended = machine({"Items": listed(*(f"{n}.txt" for n in range(4)))}, "2.txt")
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert [one["counts"] for one in output["alone"]] == [{"read": 1}, {"read": 1}, {"failed": 1}, {"read": 1}]
    assert output["alone"][2]["failed"] == [{"key": "2.txt", "reason": "Sandbox.Timedout"}]
    assert live.visible("3.txt") == FOR


def test_a_function_that_always_crashes_fails_the_batch(machine: Any, live: Stack) -> None:
    keys = [f"{n}.txt" for n in range(3)]
    ended = machine({"Items": listed(*keys)}, *keys)
    assert (ended["status"], ended["error"]) == ("FAILED", "Sandbox.Timedout")


def test_a_batch_of_which_nothing_could_be_read_fails(machine: Any, live: Stack, reader: FakeReader) -> None:
    keys = [f"{n}.txt" for n in range(5)]
    for key in keys:
        live.upload(key, "Ann supports Ben.")
    reader.before = fails_at(*keys)
    ended = machine({"Items": listed(*keys)})
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "NothingRead", "RuntimeError: the model fell over 0.txt")
