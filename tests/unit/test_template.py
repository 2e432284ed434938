"""What linters do not see in template.yaml: they accept a timeout of 1,200 s and a message that comes back while it is read."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from functions.shared.settings import BulkSettings, DigestSettings, DispatchSettings, QuerySettings, Settings
from tests.aws_template import ROOT, Values, numbers, of_type, settled_of_type, template

FUNCTIONS = of_type("AWS::Serverless::Function")
SETTINGS: Values = {
    "ClassifyFunction": Settings,
    "BulkFunction": BulkSettings,
    "DispatchFunction": DispatchSettings,
    "DigestFunction": DigestSettings,
    "QueryFunction": QuerySettings,
}
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}


def environment(function: Values) -> set[str]:
    return set(function["Environment"]["Variables"])


def sqs_events(function: Values) -> list[Values]:
    return [event["Properties"] for event in function.get("Events", {}).values() if event["Type"] == "SQS"]


def referred(value: Any) -> str:
    """The logical id in !Ref X or !GetAtt X.Y."""
    return str(value.get("Ref") or value["Fn::GetAtt"].split(".")[0])


def statements() -> list[tuple[str, Values]]:
    """Every statement of every policy: what it belongs to, and itself."""
    found = []
    for name, role in of_type("AWS::IAM::Role").items():
        found += [(name, s) for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
        for name, policy in of_type(kind).items():
            found += [(name, s) for s in policy["PolicyDocument"]["Statement"]]
    return found


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_a_message_stays_hidden_for_six_timeouts_and_the_window(function: Values) -> None:
    for event in sqs_events(function):
        queue = of_type("AWS::SQS::Queue")[referred(event["Queue"])]
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"] + event["MaximumBatchingWindowInSeconds"]
        assert queue["VisibilityTimeout"] <= 43_200


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_lambdas_limits(function: Values) -> None:
    assert 1 <= function["Timeout"] <= 900
    assert all(128 <= megabytes <= 10_240 for megabytes in numbers(function["MemorySize"]))
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["x86_64"]
    for event in sqs_events(function):
        assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert all(1 <= size <= 10_000 for size in numbers(event["BatchSize"]))
        assert max(numbers(event["BatchSize"])) <= 10 or 1 <= event["MaximumBatchingWindowInSeconds"] <= 300
        assert all(2 <= concurrency <= 1000 for concurrency in numbers(event["ScalingConfig"]["MaximumConcurrency"]))


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_handlers_exist(function: Values) -> None:
    module, _, name = function["Handler"].rpartition(".")
    tree = ast.parse((ROOT / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


class Asked(dict[str, str]):
    """An environment that notes what is read from it."""

    def get(self, name: str, default: Any = None) -> Any:
        self[name] = {"QUERY_ACCESS": "IAM", "WATCHLIST": "s3://bucket/key"}.get(name, "1")
        return self[name]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_template_sets_what_settings_read_and_nothing_else(name: str) -> None:
    asked = Asked()
    SETTINGS[name].from_env(asked)
    assert environment(FUNCTIONS[name]) == set(asked) | POWERTOOLS


@pytest.mark.parametrize("name", ["ClassifyFunction", "BulkFunction"])
def test_the_deadline_margin_leaves_time_to_work(name: str) -> None:
    function = FUNCTIONS[name]
    assert int(function["Environment"]["Variables"]["DEADLINE_MARGIN_MS"]) < 1000 * function["Timeout"] / 2


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_each_function_has_a_role_and_kept_logs_of_its_own(function: Values) -> None:
    assert "Policies" not in function
    role = of_type("AWS::IAM::Role")[referred(function["Role"])]
    assert "ManagedPolicyArns" not in role
    logs = of_type("AWS::Logs::LogGroup")[referred(function["LoggingConfig"]["LogGroup"])]
    assert min(numbers(logs["RetentionInDays"])) > 0
    assert len({referred(f["Role"]) for f in FUNCTIONS.values()}) == len(FUNCTIONS)


@pytest.mark.fault(38)
def test_nothing_may_write_to_the_bucket_of_articles() -> None:
    """Results under the input prefix would be read as articles: there is nothing that could put them there."""
    writing = [
        s["Resource"]
        for _, s in statements()
        if s["Effect"] == "Allow"
        and {action for action in s["Action"] if action.startswith("s3:")} - {"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"}
    ]
    assert writing == [{"Fn::Sub": "${ResultsBucket.Arn}/backfill/*"}, {"Fn::Sub": "${ResultsBucket.Arn}/digests/*"}]


@pytest.mark.parametrize("bucket", ["ResultsBucket"])
def test_what_a_backfill_tells_is_closed_to_the_public_and_forgotten(bucket: str) -> None:
    properties = of_type("AWS::S3::Bucket")[bucket]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["BucketEncryption"]
    assert "NotificationConfiguration" not in properties  # fault 38
    assert properties["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == {"Ref": "ResultsDays"}
    (denied,) = (s for where, s in statements() if where == f"{bucket}Policy")
    assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", "*", "s3:*")


def test_articles_go_by_tls_and_are_closed_to_the_public() -> None:
    bucket = of_type("AWS::S3::Bucket")["ArticleBucket"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    (denied,) = (s for where, s in statements() if where == "ArticleBucketPolicy")
    assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", "*", "s3:*")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert denied["Resource"] == [{"Fn::GetAtt": "ArticleBucket.Arn"}, {"Fn::Sub": "${ArticleBucket.Arn}/*"}]


def test_the_queues_policy_names_the_bucket_as_it_is_named() -> None:
    name = of_type("AWS::S3::Bucket")["ArticleBucket"]["BucketName"]["Fn::Sub"]
    (sends,) = (s for where, s in statements() if where == "ArticleQueuePolicy")
    assert sends["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"] == f"arn:${{AWS::Partition}}:s3:::{name}"
    assert template()["Resources"]["ArticleBucket"]["DependsOn"] == "ArticleQueuePolicy"


def test_uploads_and_deletions_under_the_prefix_are_told() -> None:
    told = of_type("AWS::S3::Bucket")["ArticleBucket"]["NotificationConfiguration"]["QueueConfigurations"]
    assert {t["Event"] for t in told} == {"s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:DeleteMarkerCreated"}
    for one in told:
        assert referred(one["Queue"]) == "ArticleQueue"
        assert one["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": {"Ref": "ArticlePrefix"}}]


def test_queues_are_encrypted_and_the_last_one_keeps_longest() -> None:
    queues = settled_of_type("AWS::SQS::Queue")
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    redrive = queues["ArticleQueue"]["RedrivePolicy"]
    dead = queues[referred(redrive["deadLetterTargetArn"])]
    assert redrive["maxReceiveCount"] >= 5  # fewer, and throttling alone can send messages there
    assert dead["MessageRetentionPeriod"] == 1_209_600 > queues["ArticleQueue"]["MessageRetentionPeriod"]
    assert queues["ArticleQueue"]["MessageRetentionPeriod"] > redrive["maxReceiveCount"] * queues["ArticleQueue"]["VisibilityTimeout"]


def test_the_table_survives_and_sorts_by_time() -> None:
    table = settled_of_type("AWS::DynamoDB::Table")["ReadingTable"]
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert template()["Resources"]["ReadingTable"]["DeletionPolicy"] == "Retain"
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    indexes = {index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]] for index in table["GlobalSecondaryIndexes"]}
    assert indexes == {
        "by-actor": ["by_actor", "actor_sort"],
        "by-target": ["by_target", "target_sort"],
        "by-month": ["by_month", "month_sort"],
        "by-rejected": ["by_rejected", "rejected_sort"],
    }


@pytest.mark.fault(30)
def test_alarms_on_dead_letters_and_on_waiting() -> None:
    alarms = of_type("AWS::CloudWatch::Alarm")
    dead = alarms["DeadLetterAlarm"]
    assert (dead["MetricName"], dead["Threshold"], dead["ComparisonOperator"]) == (
        "ApproximateNumberOfMessagesVisible",
        0,
        "GreaterThanThreshold",
    )
    assert dead["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": "DeadLetterQueue.QueueName"}}]
    waiting = alarms["BacklogAlarm"]
    assert waiting["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert waiting["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": "ArticleQueue.QueueName"}}]


def test_every_parameter_has_a_safe_default() -> None:
    assert [name for name, parameter in template()["Parameters"].items() if "Default" not in parameter] == []
