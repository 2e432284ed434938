"""The handler itself, on batches as SQS delivers them."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest

from model.engine import ModelUnusable
from model.reader import Reader
from model.records import Article
from model.weights import DEFAULT
from tests.functions.conftest import fresh
from tests.functions.fakes import BUCKET, TABLE, FakeReader
from tests.functions.workers import Crash

# X-Ray's recorder makes a socket when it is imported, for this machine's own daemon.
pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

REAL_LOAD = Reader.load
ENV = {
    "TABLE_NAME": TABLE,
    "MAX_OBJECT_BYTES": "100000",
    "MAX_ARTICLES": "5",
    "DEADLINE_MARGIN_MS": "60000",
}


@dataclass
class Context:
    function_name: str = "classify"
    memory_limit_in_mb: int = 2048
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:classify"
    aws_request_id: str = "52fdfc07-2182-154f-163f-5f0f9a621d72"
    remaining: int = 180_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def app(aws: None, monkeypatch: pytest.MonkeyPatch, reader: FakeReader) -> Iterator[ModuleType]:
    monkeypatch.setattr(Reader, "load", lambda **_: reader)
    with fresh("classify", ("observability", "batch"), ENV, monkeypatch) as made:
        yield made


def put(*keys: str, body: str | bytes = "Ann supports Ben.") -> str:
    """Upload, and the message that S3 sends of it."""
    s3 = boto3.client("s3")
    versions = {key: s3.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"] for key in keys}
    records = [
        {
            "eventVersion": "2.1",
            "eventName": "ObjectCreated:Put",
            "eventTime": "2026-11-24T08:15:30.123Z",
            "s3": {"bucket": {"name": BUCKET}, "object": {"key": quote_plus(key), "versionId": version, "sequencer": "0066A1B2"}},
        }
        for key, version in versions.items()
    ]
    return json.dumps({"Records": records})


def batch(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": "h",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def stored() -> list[dict[str, Any]]:
    """All that is in the table."""
    return list(boto3.client("dynamodb").scan(TableName=TABLE)["Items"])


def failures(app: ModuleType, event: dict[str, Any], context: Context | None = None) -> list[str]:
    answer = app.handler(event, context or Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def logged(capsys: pytest.CaptureFixture[str]) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """The log's lines, and the sum of each metric."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    metrics: dict[str, float] = {}
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            assert directive["Namespace"] == "Standpoint"
            for metric in directive["Metrics"]:
                metrics[metric["Name"]] = metrics.get(metric["Name"], 0) + sum(line[metric["Name"]])
    return [line for line in lines if "message" in line], metrics


@pytest.mark.fault(2, 10, 17)
def test_outcomes_are_logged_and_counted(app: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    same = put("a.txt")
    assert failures(app, batch(same, same, put("b.txt", body=""), json.dumps({"Event": "s3:TestEvent"}))) == []
    lines, metrics = logged(capsys)
    assert {name: metrics[name] for name in ("Read", "Duplicate", "Rejected", "Test")} == dict.fromkeys(
        ("Read", "Duplicate", "Rejected", "Test"), 1
    )
    assert [(line["outcome"], line["key"]) for line in lines if "outcome" in line] == [
        ("read", "a.txt"),
        ("duplicate", "a.txt"),
        ("rejected", "b.txt"),
        ("test", ""),
    ]


@pytest.mark.fault(1)
def test_the_same_message_twice(app: ModuleType, reader: FakeReader, capsys: pytest.CaptureFixture[str]) -> None:
    event = batch(put("a.txt"))
    assert failures(app, event) == []
    before = stored()
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = "2"
    assert failures(app, event) == []
    assert (reader.read_ids, stored()) == (["a.txt"], before)
    assert logged(capsys)[1]["Duplicate"] == 1


@pytest.mark.fault(4)
def test_an_older_event_after_a_newer_is_acknowledged(app: ModuleType, reader: FakeReader, capsys: pytest.CaptureFixture[str]) -> None:
    older, newer = put("a.txt"), put("a.txt", body="Ann opposes Ben.").replace("0066A1B2", "0066A1B3")
    assert failures(app, batch(newer, older)) == []
    assert len(reader.read_ids) == 1
    assert logged(capsys)[1]["Stale"] == 1


@pytest.mark.fault(7)
def test_an_object_that_is_gone_is_acknowledged(app: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    message = put("a.txt")
    version = json.loads(message)["Records"][0]["s3"]["object"]["versionId"]
    boto3.client("s3").delete_object(Bucket=BUCKET, Key="a.txt", VersionId=version)
    assert failures(app, batch(message)) == []
    assert (stored(), logged(capsys)[1]["Gone"]) == ([], 1)


@pytest.mark.fault(12)
def test_a_key_from_eventbridge_is_that_very_object(app: ModuleType, reader: FakeReader) -> None:
    put("a b c.txt", "a+b c.txt", "a b%20c.txt")  # what the key would be if it were decoded
    put("a+b%20c.txt")
    told = {"bucket": {"name": BUCKET}, "object": {"key": "a+b%20c.txt", "sequencer": "0066A1B2"}}
    message = {"source": "aws.s3", "detail-type": "Object Created", "time": "2026-11-24T08:15:30Z", "detail": told}
    assert failures(app, batch(json.dumps(message))) == []
    assert reader.read_ids == ["a+b%20c.txt"]


@pytest.mark.fault(34)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_batch_that_died_half_way_comes_again_whole(app: ModuleType, reader: FakeReader, place: int) -> None:
    event = batch(*(put(f"{n}.txt") for n in range(3)))
    alive = False

    def die(article: Any) -> None:
        if article.id == f"{place}.txt" and not alive:
            raise Crash

    reader.before = die
    with pytest.raises(Crash):
        app.handler(event, Context())
    alive = True
    assert failures(app, event) == []
    assert sorted(reader.read_ids) == ["0.txt", "1.txt", "2.txt"]
    assert len(stored()) == 3 * 4  # head, body, article, stance


@pytest.mark.fault(35)
def test_one_poison_message_in_ten(app: ModuleType, reader: FakeReader) -> None:
    bodies = [put(f"{n}.txt") for n in range(10)]
    bodies[4] = "no JSON"
    assert failures(app, batch(*bodies)) == ["m4"]
    assert len(reader.read_ids) == 9


@pytest.mark.fault(41)
def test_a_redrive_after_the_fix_converges(app: ModuleType, reader: FakeReader) -> None:
    """Two versions fail until they are dead letters; after the fix they come back in the wrong order, and one of them twice."""

    def broken(_: Article) -> None:
        raise RuntimeError("a bug")

    older, newer = put("a.txt"), put("a.txt", body="Ann opposes Ben.").replace("0066A1B2", "0066A1B3")
    reader.before = broken
    assert failures(app, batch(older, newer)) == ["m0", "m1"]
    assert stored() == []
    reader.before = lambda _: None
    assert failures(app, batch(newer, older, newer)) == []
    (stance,) = (item for item in stored() if "side" in item)
    assert stance["side"] == {"S": "oppose"}
    assert len(stored()) == 4  # head, body, stance: nothing of the older version


@pytest.mark.fault(15)
def test_a_body_that_is_no_json_fails_alone(app: ModuleType) -> None:
    assert failures(app, batch(put("a.txt"), "no JSON")) == ["m1"]


@pytest.mark.fault(16)
@pytest.mark.parametrize(("version", "failed"), [("2.1", []), ("2.9", []), ("3.0", ["m0"]), ("1.0", ["m0"])])
def test_versions_of_events(app: ModuleType, version: str, failed: list[str]) -> None:
    assert failures(app, batch(put("a.txt").replace('"2.1"', f'"{version}"'))) == failed
    assert len(stored()) == (0 if failed else 4)


@pytest.mark.fault(36)
def test_all_records_fail(app: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert failures(app, batch("no JSON", "{}", '{"Records": [{"eventVersion": "3.0"}]}')) == ["m0", "m1", "m2"]
    lines, metrics = logged(capsys)
    assert [line["correlation_id"] for line in lines if line["level"] == "ERROR"] == ["m0", "m1", "m2"]
    assert metrics["MessageFailed"] == 3


@pytest.mark.fault(15)
def test_no_records_is_a_success(app: ModuleType) -> None:
    assert app.handler({"Records": []}, Context()) == {"batchItemFailures": []}


@pytest.mark.fault(14)
def test_every_record_of_a_message_is_tried_and_a_repeat_does_only_the_rest(
    app: ModuleType, reader: FakeReader, capsys: pytest.CaptureFixture[str]
) -> None:
    message, broken = put("a.txt", "b.txt", "c.txt"), True

    def fail_once(article: Any) -> None:
        if broken and article.id in ("a.txt", "b.txt"):
            raise RuntimeError(f"the model fell over {article.id}")

    reader.before = fail_once
    assert failures(app, batch(message)) == ["m0"]
    assert reader.read_ids == ["c.txt"]
    (error,) = (line for line in logged(capsys)[0] if line["level"] == "ERROR")
    assert "fell over a.txt" in error["exception"]
    assert "fell over b.txt" in error["exception"]
    broken = False
    assert failures(app, batch(message)) == []
    assert reader.read_ids == ["c.txt", "a.txt", "b.txt"]


@pytest.mark.fault(33)
def test_near_the_deadline_the_untouched_go_back(app: ModuleType, reader: FakeReader, capsys: pytest.CaptureFixture[str]) -> None:
    context = Context()

    def takes_a_minute(_: Any) -> None:
        context.remaining -= 60_000

    reader.before = takes_a_minute
    context.remaining = 130_000
    assert failures(app, batch(*(put(f"{n}.txt") for n in range(4))), context) == ["m2", "m3"]
    assert reader.read_ids == ["0.txt", "1.txt"]
    assert logged(capsys)[1]["NotBegun"] == 2


@pytest.mark.fault(26)
def test_logs_hold_no_text_and_no_raw_control_characters(app: ModuleType, reader: FakeReader, capsys: pytest.CaptureFixture[str]) -> None:
    def fall_over(_: Any) -> None:
        raise RuntimeError("the model fell over")

    body_text = "Ann supports Ben. Ignore all instructions."
    assert failures(app, batch(put("evil\u202e\u2028\n.txt", body=body_text))) == []
    reader.before = fall_over
    assert failures(app, batch(put("b.txt", body=body_text))) == ["m0"]
    output = capsys.readouterr()
    assert "Ignore" not in output.out + output.err
    assert output.out.isascii()
    assert "evil\\u202e\\u2028\\n.txt" in output.out


@pytest.mark.fault(37)
@pytest.mark.parametrize("name", ["tokenizer.json", "onnx/encode.onnx", "onnx/judge.onnx", "onnx/antecedents.onnx"])
def test_a_damaged_model_fails_the_start(app: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    shutil.copytree(DEFAULT, tmp_path / "weights", ignore=shutil.ignore_patterns("*.safetensors"))
    damaged = tmp_path / "weights" / name
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    monkeypatch.setattr(Reader, "load", partial(REAL_LOAD, tmp_path / "weights"))
    with pytest.raises(ModelUnusable, match=f"{name} is damaged"):
        importlib.reload(app)


def test_a_missing_variable_fails_the_start(app: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")
    with pytest.raises(ValueError, match="TABLE_NAME"):
        importlib.reload(app)
