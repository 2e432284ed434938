"""Backfills as executions of the state machine: start one, look how far it is, read what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from functions.shared.reports import Failed, Report, total

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_STATE = "ReadArchive"


class BackfillUnknown(LookupError):  # noqa: N818
    """There is no such execution, or no such state machine."""


@dataclass(frozen=True, slots=True)
class Started:
    """`started`; `repeated`: this very run was started before; `overlap`: another one is at work, none was started."""

    outcome: Literal["started", "repeated", "overlap"]
    execution: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What the state machine reads and where it writes its results."""

    bucket: str
    prefix: str
    results_bucket: str
    results_prefix: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an execution is, in objects. `listed` is None until the map run has listed the archive's first objects."""

    execution: str
    status: str
    listed: int | None = None
    done: int = 0
    failed: int = 0
    map_run: str | None = None
    error: str | None = None

    @property
    def is_over(self) -> bool:
        return self.status not in ("RUNNING", "PENDING_REDRIVE")


class Backfills:
    """Executions of one state machine. `client` is boto3.client("stepfunctions")."""

    def __init__(self, client: Any, state_machine: str) -> None:
        self._client = client
        self._arn = state_machine

    def start(self, name: str, *, prefix: str, since: datetime | None) -> Started:
        """Start a run, unless one by this name was started or another one is at work.

        The list of running executions may lag by a moment, so two runs of different names can begin in the same second. They
        do each other no harm: an object that one has read is a duplicate to the other.
        """
        running = self.running()
        arn = self.arn(name)
        if running and arn not in running:
            return Started("overlap", running[0])
        text = json.dumps({"prefix": prefix, "since": since and since.isoformat()}, sort_keys=True)
        try:
            answer = self._client.start_execution(stateMachineArn=self._arn, name=name, input=text)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionAlreadyExists":  # it has ended
                return Started("repeated", arn)
            raise
        return Started("repeated" if arn in running else "started", answer["executionArn"])

    def running(self) -> list[str]:
        """The ARNs of executions at work, the latest first."""
        return self._list("RUNNING")

    def latest(self) -> str:
        """The ARN of the execution that was started last. Raises BackfillUnknown."""
        found = self._list(None)
        if not found:
            raise BackfillUnknown("no backfill was ever started")
        return found[0]

    def resume(self, execution: str) -> None:
        """Go on where a failed execution stopped; batches that are done stay done. Raises the client's errors."""
        self._client.redrive_execution(executionArn=execution)

    def progress(self, execution: str) -> Progress:
        """Raises BackfillUnknown."""
        try:
            answer = self._client.describe_execution(executionArn=execution)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ExecutionDoesNotExist", "InvalidArn"):
                raise BackfillUnknown(f"there is no execution {execution}") from None
            raise
        status = answer["status"]
        said = " ".join(answer[name] for name in ("error", "cause") if answer.get(name)) or None
        runs = self._client.list_map_runs(executionArn=execution)["mapRuns"]
        if not runs:
            return Progress(execution, status, error=said)
        run = self._client.describe_map_run(mapRunArn=max(runs, key=lambda run: run["startDate"])["mapRunArn"])
        counts = run["itemCounts"]
        failed = counts["failed"] + counts["timedOut"] + counts["aborted"]
        return Progress(execution, status, counts["total"], counts["succeeded"] + failed, failed, run["mapRunArn"], said)

    def layout(self) -> Layout:
        """Read from the state machine's own definition: nothing else is sure to be what runs. Raises BackfillUnknown."""
        try:
            definition = json.loads(self._client.describe_state_machine(stateMachineArn=self._arn)["definition"])
        except ClientError as error:
            if error.response["Error"]["Code"] in ("StateMachineDoesNotExist", "InvalidArn"):
                raise BackfillUnknown(f"there is no state machine {self._arn}") from None
            raise
        try:
            archive = definition["States"][_STATE]
            written = archive["ResultWriter"]["Parameters"]
            prefix = definition["States"][definition["StartAt"]]["Choices"][0]["StringMatches"].removesuffix("*")
            return Layout(archive["ItemReader"]["Parameters"]["Bucket"], prefix, written["Bucket"], written["Prefix"])
        except (KeyError, IndexError) as error:
            raise BackfillUnknown(f"{self._arn} is no backfill: its definition lacks {error}") from error

    def arn(self, execution: str) -> str:
        """The ARN of an execution that is given by name or by ARN."""
        return execution if execution.startswith("arn:") else f"{self._arn.replace(':stateMachine:', ':execution:')}:{execution}"

    def _list(self, status: str | None) -> list[str]:
        only = {"statusFilter": status} if status else {}
        answer = self._client.list_executions(stateMachineArn=self._arn, maxResults=100, **only)
        found = sorted(answer["executions"], key=lambda one: one["startDate"], reverse=True)
        return [one["executionArn"] for one in found]


def result(client: S3Client, layout: Layout, map_run: str) -> Report | None:
    """What became of every object, from the files that the map run wrote when it ended. None: it wrote none.

    A batch that succeeded says it itself. One that did not (`NothingRead`, a timeout) says what it was given: all of that counts
    as failed, though some of it may have been read.
    """
    folder = f"{layout.results_prefix}/{map_run.rpartition(':')[2]}"
    try:
        manifest = json.loads(client.get_object(Bucket=layout.results_bucket, Key=f"{folder}/manifest.json")["Body"].read())
    except client.exceptions.NoSuchKey:
        return None
    reports: list[Report] = []
    for status, files in manifest["ResultFiles"].items():
        for file in files:
            body = client.get_object(Bucket=layout.results_bucket, Key=file["Key"])["Body"]
            for line in body.iter_lines():
                one = json.loads(line)
                reports += _told(one) if status == "SUCCEEDED" else [_lost(one, status)]
    return total(*reports)


def _told(output: dict[str, Any]) -> Iterator[Report]:
    for report in (output["report"], *output["alone"]):
        yield Report.of(report)


def _lost(execution: dict[str, Any], status: str) -> Report:
    given = json.loads(execution["Input"])
    items = given.get("Items", [given])
    reason = " ".join(execution.get(name) or "" for name in ("Error", "Cause")).strip() or status
    return Report({"failed": len(items)}, tuple(Failed(item["key"], reason) for item in items))
