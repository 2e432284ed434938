"""What is logged, counted and traced; and that alarms and dashboard look at what is really counted, and at all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

import boto3
import pytest
from aws_lambda_powertools.metrics.provider import cold_start

from tests.aws_template import ROOT, Values, of_type, rendered, template
from tests.functions.fakes import BUCKET, FakeReader
from tests.functions.test_classify import ENV, Context, app, batch, logged, put, reader  # noqa: F401  fixtures among them

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

TEXT = "Ann supports Ben. Ben opposes Ann."

# Each metric of AWS's that is used, and the sets of dimensions that AWS publishes it under (the services' user guides).
AWS_METRICS: dict[tuple[str, str], list[set[str]]] = {
    **{
        ("AWS/SQS", name): [{"QueueName"}]
        for name in (
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesVisible",
            "ApproximateNumberOfMessagesNotVisible",
            "NumberOfMessagesSent",
        )
    },
    **{
        ("AWS/Lambda", name): [{"FunctionName"}, {"FunctionName", "Resource"}]
        for name in ("ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles")
    },
    **{("AWS/States", name): [{"StateMachineArn"}] for name in ("ExecutionsFailed", "ExecutionsTimedOut")},
    **{
        ("AWS/DynamoDB", name): [{"TableName"}, {"TableName", "GlobalSecondaryIndexName"}]
        for name in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents")
    },
}


class Metric(NamedTuple):
    """A metric by its name and dimensions, as CloudWatch tells metrics apart."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


ALARMS = {name: rendered(properties) for name, properties in of_type("AWS::CloudWatch::Alarm").items()}
(BODY,) = (json.loads(rendered(each["DashboardBody"])) for each in of_type("AWS::CloudWatch::Dashboard").values())
WIDGETS: list[Values] = BODY["widgets"]
RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")


def of_alarm(alarm: Values) -> list[Metric]:
    stats = [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each] if "Metrics" in alarm else [alarm]
    return [
        Metric(stat["Namespace"], stat["MetricName"], frozenset((each["Name"], each["Value"]) for each in stat["Dimensions"]))
        for stat in stats
    ]


def rows() -> list[list[Any]]:
    return [row for widget in WIDGETS if widget["type"] == "metric" for row in widget["properties"]["metrics"]]


def of_row(row: list[Any]) -> Metric:
    namespace, name, *dimensions = (each for each in row if isinstance(each, str))
    return Metric(namespace, name, frozenset(zip(dimensions[::2], dimensions[1::2], strict=True)))


def searches() -> list[tuple[str, str, set[str], str]]:
    """Of each SEARCH: namespace, metric, names of dimensions, service."""
    found = []
    for row in rows():
        if expression := row[0].get("expression") if isinstance(row[0], dict) else None:
            matched = re.fullmatch(
                r"""SEARCH\('\{([\w/]+),([\w,]+)\} MetricName="(\w+)" service="([^"]+)"', '(?:Sum|Average)', \d+\)""", expression
            )
            assert matched, expression
            found.append((matched[1], matched[3], set(matched[2].split(",")), matched[4]))
    return found


def used() -> set[Metric]:
    return {m for alarm in ALARMS.values() for m in of_alarm(alarm)} | {of_row(row) for row in rows() if isinstance(row[0], str)}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's names as the template gives them."""
    variables = rendered(of_type("AWS::Serverless::Function")["ClassifyFunction"]["Environment"]["Variables"])
    for name in ("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"):
        monkeypatch.setitem(ENV, name, variables[name])


def emitted(output: str) -> set[Metric]:
    """Every metric in a log, from its embedded metric format."""
    found = set()
    for line in (json.loads(each) for each in output.splitlines() if each.startswith('{"')):
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for dimensions in directive["Dimensions"]:
                of_line = frozenset((name, line[name]) for name in dimensions)
                found |= {Metric(directive["Namespace"], metric["Name"], of_line) for metric in directive["Metrics"]}
    return found


@pytest.fixture
def counted(names: None, app: ModuleType, reader: FakeReader, capsys: pytest.CaptureFixture[str]) -> set[Metric]:  # noqa: F811
    """What the handler counts when everything happens that can happen."""
    cold_start.is_cold_start = True
    context = Context(function_name="<ClassifyFunction>")
    first = put("a.txt", body=TEXT)
    older, newer = (with_sequencer(put("b.txt", body=TEXT), sequencer) for sequencer in ("01", "02"))
    gone = put("gone.txt")
    version = json.loads(gone)["Records"][0]["s3"]["object"]["versionId"]
    boto3.client("s3").delete_object(Bucket=BUCKET, Key="gone.txt", VersionId=version)
    removed = with_sequencer(put("c.txt", body=TEXT), "03").replace("ObjectCreated:Put", "ObjectRemoved:DeleteMarkerCreated")
    bodies = [first, first, newer, older, gone, removed, put("e.txt", body=""), json.dumps({"Event": "s3:TestEvent"}), "no JSON"]
    app.handler(batch(*bodies), context)
    context.remaining = 1
    app.handler(batch(first), context)
    return emitted(capsys.readouterr().out)


def with_sequencer(message: str, sequencer: str) -> str:
    return message.replace("0066A1B2", sequencer)


def test_every_metric_of_ours_that_is_looked_at_is_counted(counted: set[Metric]) -> None:
    assert {m for m in used() if m.namespace == "Standpoint"} - counted == set()
    assert len(searches()) == 2
    for namespace, name, dimensions, service in searches():
        assert [
            m for m in counted if m[:2] == (namespace, name) and dict(m.dimensions).keys() == dimensions and ("service", service) in m[2]
        ]


def test_every_metric_that_is_counted_is_looked_at(counted: set[Metric]) -> None:
    looked_at = {m.name for m in used()} | {name for _, name, _, _ in searches()}
    assert {m.name for m in counted} - looked_at == {"Test"}  # once in a stack's life
    assert {m.namespace for m in counted} == {"Standpoint"}


def test_dimensions_have_few_values(counted: set[Metric]) -> None:
    assert {name for m in counted for name, _ in m.dimensions} == {"service", "function_name", "attitude", "reason"}
    assert {value for m in counted for name, value in m.dimensions if name == "attitude"} == {"supportive", "opposed"}
    assert {value for m in counted for name, value in m.dimensions if name == "reason"} == {"empty"}


@pytest.mark.parametrize("metric", sorted(m for m in used() if m.namespace != "Standpoint"))
def test_every_metric_of_awss_exists(metric: Metric) -> None:
    names = {name for name, _ in metric.dimensions}
    assert names in AWS_METRICS[metric.namespace, metric.name]
    values = dict(metric.dimensions)
    assert values.get("FunctionName", "<ClassifyFunction>") == "<ClassifyFunction>"
    assert values.get("TableName", "<ReadingTable>") == "<ReadingTable>"
    assert values.get("QueueName", "<ArticleQueue.QueueName>") in {f"<{queue}.QueueName>" for queue in of_type("AWS::SQS::Queue")}
    assert values.get("StateMachineArn", "<BackfillStateMachine>") == "<BackfillStateMachine>"
    indexes = {index["IndexName"] for index in of_type("AWS::DynamoDB::Table")["ReadingTable"]["GlobalSecondaryIndexes"]}
    assert values.get("GlobalSecondaryIndexName", "by-actor") in indexes


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_ends_with_its_paragraph_in_the_runbook_and_tells_somebody(name: str) -> None:
    matched = re.fullmatch(r".+\. See docs/runbook\.md#([a-z-]+)", ALARMS[name]["AlarmDescription"])
    assert matched
    section = sections()[matched[1]]
    assert name in section
    assert [word for word in ("**Means.**", "**Look.**", "**Do.**") if word not in section] == []
    assert ALARMS[name]["AlarmActions"] == ALARMS[name]["OKActions"] == [""]
    source = of_type("AWS::CloudWatch::Alarm")[name]
    assert source["AlarmActions"] == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert ALARMS[name]["TreatMissingData"] == ("breaching" if name == "SilenceAlarm" else "notBreaching")


def sections() -> dict[str, str]:
    """The runbook's sections by the anchors that GitHub gives their headings."""
    _, *parts = re.split(r"^## ", RUNBOOK, flags=re.MULTILINE)
    return {part.splitlines()[0].lower().replace(" ", "-"): part for part in parts}


def test_every_alarm_of_the_runbook_exists() -> None:
    named = set(re.findall(r"`(\w+Alarm)`", RUNBOOK))
    assert named == set(ALARMS)


def test_the_dashboard_shows_every_alarm_and_fits_together() -> None:
    (shown,) = (widget["properties"]["alarms"] for widget in WIDGETS if widget["type"] == "alarm")
    assert sorted(shown) == sorted(f"<{name}.Arn>" for name in ALARMS)
    taken = [(x, y) for w in WIDGETS for x in range(w["x"], w["x"] + w["width"]) for y in range(w["y"], w["y"] + w["height"])]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    (query,) = (widget["properties"]["query"] for widget in WIDGETS if widget["type"] == "log")
    assert query.startswith("SOURCE '<ClassifyLogs>' | ")
    assert "\n" not in query


def test_without_articles_to_expect_there_is_no_alarm_and_the_dashboard_knows() -> None:
    assert template()["Resources"]["SilenceAlarm"]["Condition"] == "ExpectsArticles"
    (body,) = of_type("AWS::CloudWatch::Dashboard").values()
    assert body["DashboardBody"]["Fn::Sub"][1]["Silence"]["Fn::If"][0::2] == ["ExpectsArticles", ""]
    hours = template()["Parameters"]["SilentHours"]
    assert (hours["MinValue"], hours["MaxValue"]) == (0, 168)  # CloudWatch evaluates seven days at most


def test_the_metrics_in_an_expression_are_there() -> None:
    for alarm in ALARMS.values():
        for each in alarm.get("Metrics", []):
            if "Expression" in each:
                words = set(re.findall(r"\b[a-z]\w*", each["Expression"]))
                assert words == {other["Id"] for other in alarm["Metrics"]} - {each["Id"]}
                assert [other["Id"] for other in alarm["Metrics"] if other.get("ReturnData", True)] == [each["Id"]]


def test_thresholds_fit_what_they_watch() -> None:
    classify = of_type("AWS::Serverless::Function")["ClassifyFunction"]
    assert ALARMS["DurationAlarm"]["Threshold"] == 0.8 * 1000 * classify["Timeout"]
    queues = of_type("AWS::SQS::Queue")
    kept, before = queues["DeadLetterQueue"]["MessageRetentionPeriod"], queues["ArticleQueue"]["MessageRetentionPeriod"]
    assert ALARMS["DeadLetterAgeAlarm"]["Threshold"] <= kept - before - 3 * 86_400


def test_the_log_names_message_and_sequencer_in_every_line_of_a_record(
    app: ModuleType,  # noqa: F811
    reader: FakeReader,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fall_over(article: Any) -> None:
        if article.id == "b.txt":
            raise RuntimeError("the model fell over")

    reader.before = fall_over
    app.handler(batch(put("a.txt"), put("b.txt"), json.dumps({"Event": "s3:TestEvent"})), Context())
    lines = [line for line in logged(capsys)[0] if "correlation_id" in line]
    seen = [(line["correlation_id"], line["receive_count"], line.get("sequencer"), line["message"]) for line in lines]
    assert seen == [("m0", "1", "0066A1B2", "outcome"), ("m1", "1", None, "message failed"), ("m2", "1", None, "outcome")]
    assert {line["function_request_id"] for line in lines} == {Context.aws_request_id}


class Provider:
    """Keeps what would go to X-Ray."""

    def __init__(self) -> None:
        self.annotations: list[tuple[str, Any]] = []
        self.open = 0

    @contextmanager
    def in_subsegment(self, name: str) -> Iterator[None]:
        assert name == "## event"
        self.open += 1
        yield
        self.open -= 1

    def put_annotation(self, key: str, value: Any) -> None:
        assert self.open == 1
        self.annotations.append((key, value))


def test_traces_are_annotated_by_outcome(
    app: ModuleType,  # noqa: F811
    reader: FakeReader,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider, tracer = Provider(), app.tracer
    monkeypatch.setattr(tracer, "provider", provider)
    monkeypatch.setattr(tracer, "disabled", False)
    same = put("a.txt")
    from functions.shared.batch import _handle_all  # noqa: PLC0415  of the modules that the fixture made

    reader.before = lambda article: (_ for _ in ()).throw(RuntimeError("fell over")) if article.id == "b.txt" else None
    for body in (same, same, put("e.txt", body="")):
        _handle_all(body, app.SERVICE())
    with pytest.raises(ExceptionGroup):
        _handle_all(put("b.txt"), app.SERVICE())
    assert provider.annotations == [("outcome", each) for each in ("read", "duplicate", "rejected", "failed")]
    app.metrics.clear_metrics()
