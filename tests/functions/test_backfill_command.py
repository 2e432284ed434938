"""`standpoint backfill`: what it starts, what it tells, how it ends. S3 and CloudFormation are moto's; the executions are played."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from click.testing import CliRunner, Result
from moto import mock_aws

from functions.cli import backfill_run
from functions.cli.backfill import backfill
from functions.shared.backfills import Progress
from tests.aws_template import ROOT

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:standpoint-backfill"
RUN = ARN.replace(":stateMachine:", ":execution:")
MAP_RUN = "arn:aws:states:us-east-1:123456789012:mapRun:standpoint-backfill/ReadArchive:4e5f"
STACK = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {"BackfillStateMachineArn": {"Value": ARN}},
}


def refusal(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


@dataclass
class Executions:
    """A stepfunctions client. An execution is RUNNING until its looks are used up, then it is `end`."""

    looks: list[int] = field(default_factory=list)
    end: str = "SUCCEEDED"
    running: list[str] = field(default_factory=list)
    started: list[dict[str, Any]] = field(default_factory=list)
    redriven: list[str] = field(default_factory=list)
    error: Exception | None = None

    def describe_state_machine(self, stateMachineArn: str) -> dict[str, Any]:  # noqa: N803
        if stateMachineArn != ARN:
            raise refusal("StateMachineDoesNotExist")
        text = (ROOT / "statemachines/backfill.asl.json").read_text(encoding="utf-8")
        for name, value in (("ArticleBucket", "articles"), ("ArticlePrefix", "articles/"), ("ResultsBucket", "results")):
            text = text.replace(f"${{{name}}}", value)
        return {"definition": text}

    def list_executions(self, **asked: Any) -> dict[str, Any]:
        arns = self.running if "statusFilter" in asked else [f"{RUN}:older", f"{RUN}:newer"]
        return {"executions": [{"executionArn": arn, "startDate": number} for number, arn in enumerate(arns)]}

    def start_execution(self, **asked: Any) -> dict[str, Any]:
        self.started.append(asked)
        return {"executionArn": f"{RUN}:{asked['name']}"}

    def redrive_execution(self, executionArn: str) -> None:  # noqa: N803
        self.redriven.append(executionArn)
        self.end, self.looks = "SUCCEEDED", [3]

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        if self.error:
            raise self.error
        if executionArn.endswith(":unknown"):
            raise refusal("ExecutionDoesNotExist")
        failed = {} if self.looks or self.end == "SUCCEEDED" else {"error": "States.ExceedToleratedFailureThreshold", "cause": "too many"}
        return {"status": "RUNNING" if self.looks else self.end, **failed}

    def list_map_runs(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return {"mapRuns": [{"mapRunArn": MAP_RUN, "startDate": 0}]}

    def describe_map_run(self, mapRunArn: str) -> dict[str, Any]:  # noqa: N803
        done = self.looks.pop(0) if self.looks else 4
        counts = {"total": 4, "succeeded": done, "failed": 0, "timedOut": 0, "aborted": 0, "pending": 4 - done, "running": 0}
        return {"mapRunArn": mapRunArn, "itemCounts": counts}


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Executions]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(backfill_run, "_EVERY", 0)
    played = Executions()
    real = boto3.Session.client
    monkeypatch.setattr(boto3.Session, "client", lambda self, name: played if name == "stepfunctions" else real(self, name))
    with mock_aws():
        boto3.client("cloudformation").create_stack(StackName="standpoint", TemplateBody=json.dumps(STACK))
        boto3.client("cloudformation").create_stack(StackName="other", TemplateBody=json.dumps({"Resources": STACK["Resources"]}))
        for bucket in ("articles", "results"):
            boto3.client("s3").create_bucket(Bucket=bucket)
        yield played


def run(*args: str) -> Result:
    return CliRunner().invoke(backfill, ["--stack", "standpoint", *args], prog_name="standpoint backfill")


def write_results(succeeded: list[dict[str, Any]], failed: list[dict[str, Any]] | None = None) -> None:
    """As a ResultWriter does with COMPACT and JSONL."""
    s3 = boto3.client("s3")
    files: dict[str, Any] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for status, lines in (("SUCCEEDED", succeeded), ("FAILED", failed or [])):
        if lines:
            key = f"backfill/4e5f/{status}_0.jsonl"
            s3.put_object(Bucket="results", Key=key, Body="".join(json.dumps(line) + "\n" for line in lines))
            files[status] = [{"Key": key, "Size": 1}]
    manifest = {"DestinationBucket": "results", "MapRunArn": MAP_RUN, "ResultFiles": files}
    s3.put_object(Bucket="results", Key="backfill/4e5f/manifest.json", Body=json.dumps(manifest))


def told(counts: dict[str, int], failed: tuple[tuple[str, str], ...] = (), rejected: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"counts": counts, "failed": [{"key": key, "reason": reason} for key, reason in failed], "rejected": list(rejected)}


def test_it_starts_a_run_follows_it_and_reports(executions: Executions) -> None:
    executions.looks = [0, 2, 2, 3]
    write_results([{"report": told({"read": 2, "duplicate": 1}), "alone": []}, {"report": told({}), "alone": [told({"read": 1})]}])
    result = run()
    assert result.exit_code == 0, result.output
    (started,) = executions.started
    assert json.loads(started["input"]) == {"prefix": "articles/", "since": None}
    assert started["name"].startswith("manual-20")
    assert result.stdout == f"{started['name']}: succeeded\n           3  read\n           1  skipped: this model has read them\n"
    assert result.stderr == (f"{started['name']} started\n0 of 4 objects done\n2 of 4 objects done\n3 of 4 objects done\n")


def test_what_failed_is_named_and_is_exit_code_1(executions: Executions) -> None:
    bad = told({"read": 1, "rejected": 1, "failed": 1}, (("articles/b.txt", "RuntimeError: no"),), ("articles/c\x1b[2J.txt",))
    lost = {"Input": json.dumps({"Items": [{"key": f"articles/{n}.txt"} for n in range(25)]}), "Error": "NothingRead", "Cause": "denied"}
    write_results([{"report": bad, "alone": []}], [lost])
    result = run()
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[1:6] == [
        "           1  read",
        "           1  rejected",
        "          26  failed",
        "rejected: articles/c\ufffd[2J.txt",
        "failed: articles/0.txt: NothingRead denied",
    ]
    assert lines[-1] == "failed: 6 more; --json lists all"
    report = json.loads(run("--status", "latest", "--json").stdout)
    assert (report["run"], report["status"], len(report["report"]["failed"])) == ("newer", "SUCCEEDED", 26)


def test_a_run_that_fails_before_it_writes_is_told_by_its_counts(executions: Executions) -> None:
    executions.end = "FAILED"
    result = run()
    assert result.exit_code == 1
    assert result.stdout.endswith(": failed: States.ExceedToleratedFailureThreshold too many\n4 of 4 objects done\n")


def test_a_dry_run_counts_and_starts_nothing(executions: Executions) -> None:
    for key in ("articles/a.txt", "articles/b.txt", "other/c.txt"):
        boto3.client("s3").put_object(Bucket="articles", Key=key, Body=b"12345")
    result = run("--dry-run")
    assert result.exit_code == 0
    assert result.stdout.startswith("2 objects, 10 bytes, under s3://articles/articles/\nfor example articles/a.txt, modified 20")
    assert json.loads(run("--dry-run", "--json", "--prefix", "articles/b").stdout) == {
        "objects": 1,
        "bytes": 5,
        "example": "articles/b.txt",
    }
    assert json.loads(run("--dry-run", "--json", "--since", "2999-01-01").stdout) == {"objects": 0, "bytes": 0, "example": None}
    assert executions.started == []


def test_since_and_prefix_go_to_the_run(executions: Executions) -> None:
    write_results([])
    result = run("--since", "2026-11-01", "--prefix", "articles/2026/", "--no-follow")
    assert (result.exit_code, result.stdout) == (0, f"{executions.started[0]['name']}\n")
    assert json.loads(executions.started[0]["input"]) == {"prefix": "articles/2026/", "since": "2026-11-01T00:00:00+00:00"}


def test_by_arn_no_stack_is_asked_for(executions: Executions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    result = CliRunner().invoke(backfill, ["--state-machine", ARN, "--no-follow"])
    assert result.exit_code == 0, result.output


def test_a_failed_run_is_resumed(executions: Executions) -> None:
    executions.end = "FAILED"
    write_results([{"report": told({"read": 4}), "alone": []}])
    result = run("--resume", "scheduled-20261125T023000Z")
    assert result.exit_code == 0, result.output
    assert executions.redriven == [f"{RUN}:scheduled-20261125T023000Z"]
    assert executions.started == []


def test_a_run_at_work_is_followed_and_not_redriven(executions: Executions) -> None:
    executions.looks = [1, 2]
    write_results([{"report": told({"read": 4}), "alone": []}])
    assert run("--resume", "latest").exit_code == 0
    assert executions.redriven == []


def test_status_of_a_run_at_work(executions: Executions) -> None:
    executions.looks = [3]
    result = run("--status", "newer")
    assert (result.exit_code, result.stdout) == (0, "newer: running\n3 of 4 objects done\n")


def test_an_interrupted_command_leaves_the_run_at_work(executions: Executions, monkeypatch: pytest.MonkeyPatch) -> None:
    executions.looks = [1, 2, 3]

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("functions.cli.backfill_run.time.sleep", interrupt)
    result = run()
    assert result.exit_code == 130
    assert result.stderr.endswith(f"The run goes on. Follow it again with --resume {executions.started[0]['name']}.\n")


def test_a_connection_lost_while_following_says_that_the_run_goes_on(executions: Executions) -> None:
    executions.error = EndpointConnectionError(endpoint_url="https://states.example")
    result = run()
    assert result.exit_code == 1
    assert "The run goes on. Follow it again with --resume manual-" in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--prefix", "results/"], "--prefix results/: articles are under articles/; nothing else is read"),
        (["--since", "yesterday"], "--since: 'yesterday' is neither a date (2026-11-01) nor an age (7d, 12h)"),
        (["--dry-run", "--status", "latest"], "--dry-run, --status and --resume exclude each other"),
        (["--state-machine", ARN], "give either --stack NAME or --state-machine ARN"),
        (["--status", "unknown"], f"there is no execution {RUN}:unknown"),
        (["--stack", "missing"], "there is no stack missing in us-east-1"),
        (["--stack", "other"], "the stack other has no output BackfillStateMachineArn: it is none of Standpoint's, or an older one"),
        (["--resume", "newer"], "newer has succeeded; a new run tries again what failed in it, and skips the rest"),
    ],
)
def test_what_cannot_begin_says_why_and_starts_nothing(executions: Executions, args: list[str], message: str) -> None:
    result = run(*args)
    assert (result.exit_code, result.stderr) == (2, f"Error: {message}\n")
    assert (executions.started, executions.redriven) == ([], [])


@pytest.mark.parametrize("arn", ["standpoint", ARN + "x", RUN + ":one"])
def test_a_wrong_arn_is_named(executions: Executions, arn: str) -> None:
    result = CliRunner().invoke(backfill, ["--state-machine", arn])
    assert result.exit_code == 2
    assert arn in result.stderr


def test_one_run_at_a_time(executions: Executions) -> None:
    executions.running = [f"{RUN}:scheduled-1"]
    result = run()
    assert result.exit_code == 2
    assert "scheduled-1 is at work, and one run at a time is enough: follow it with --resume scheduled-1" in result.stderr
    assert executions.started == []


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NoCredentialsError(), "no AWS credentials (Unable to locate credentials): set AWS_PROFILE, or configure some"),
        (refusal("AccessDeniedException", "not you"), "AWS: An error occurred (AccessDeniedException) when calling"),
    ],
)
def test_refusals_are_one_line(executions: Executions, error: Exception, message: str) -> None:
    executions.error = error
    result = run("--status", "newer")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {message}")
    assert result.stderr.count("\n") == 1


def test_no_region_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    result = run()
    assert (result.exit_code, result.stderr) == (2, "Error: no AWS region: give --region, or set AWS_REGION\n")


def test_help_has_examples_and_exit_codes() -> None:
    text = CliRunner(env={"COLUMNS": "120"}).invoke(backfill, ["--help"]).stdout
    assert "standpoint backfill --stack standpoint --dry-run" in text
    assert [code for code in ("0 ", "1 ", "2 ", "130 ") if f"\n    {code}" not in text] == []


def test_a_bar_where_there_is_a_terminal(executions: Executions, monkeypatch: pytest.MonkeyPatch) -> None:
    executions.looks = [0, 2]
    write_results([{"report": told({"read": 4}), "alone": []}])
    monkeypatch.setattr("functions.cli.backfill_run.sys.stderr.isatty", lambda: True, raising=False)
    with backfill_run._shown() as show:
        show(Progress(RUN, "RUNNING"))
        show(Progress(RUN, "RUNNING", 4, 2, 1))


def test_dates_are_utc_in_what_is_counted(executions: Executions) -> None:
    boto3.client("s3").put_object(Bucket="articles", Key="articles/a.txt", Body=b"1")
    assert f"modified {datetime.now(UTC):%Y-%m-%d}" in run("--dry-run").stdout
