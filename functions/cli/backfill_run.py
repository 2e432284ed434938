"""What `standpoint backfill` does: start, resume, follow, count, tell."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import boto3
import click
from botocore import exceptions

from functions.cli.aws_errors import explained
from functions.cli.backfill import Options
from functions.shared.backfills import Backfills, BackfillUnknown, Progress, result
from functions.shared.reports import Report
from functions.shared.schedules import parse_since, stamp
from model.cli.common import EXIT_INTERRUPTED, EXIT_REJECTED, CannotStart, OutputFailed, counted, printable

_EVERY = 5.0  # seconds between two looks
_SHOWN = 20  # keys that are printed of each kind; --json has all
_WORDS = {
    "read": "read",
    "duplicate": "skipped: this model has read them",
    "stale": "skipped: a newer upload was read",
    "gone": "skipped: deleted meanwhile",
    "older": "skipped: not modified since",
    "rejected": "rejected",
    "failed": "failed",
}


def run(options: Options) -> None:
    """Do what was asked for. Raises ClickException with what AWS said, in one line, and exits as the command's help tells."""
    try:
        _Run(options).run()
    except (BackfillUnknown, exceptions.ClientError, exceptions.BotoCoreError) as error:
        raise CannotStart(explained(error, region_option="--region")) from error


class _Run:
    """One invocation of the command against one state machine."""

    def __init__(self, options: Options) -> None:
        self._options = options
        session = boto3.Session(region_name=options.region or _region(options.state_machine))
        arn = options.state_machine or _state_machine(session, str(options.stack))
        self._backfills = Backfills(session.client("stepfunctions"), arn)
        self._s3 = session.client("s3")

    def run(self) -> None:
        options = self._options
        if options.status is not None:
            self._tell(self._backfills.progress(self._named(options.status)))
        elif options.resume is not None:
            self._follow(self._resume(self._named(options.resume)))
        elif options.dry_run:
            self._count(*self._asked())
        else:
            self._follow(self._start(*self._asked()))

    def _asked(self) -> tuple[str, datetime | None]:
        """Prefix and time. Raises CannotStart where they cannot be meant."""
        articles, prefix, since = self._backfills.layout().prefix, self._options.prefix, self._options.since
        if prefix is not None and not prefix.startswith(articles):
            raise CannotStart(f"--prefix {prefix}: articles are under {articles}; nothing else is read")
        try:
            return prefix or articles, parse_since(since, datetime.now(UTC)) if since else None
        except ValueError as error:
            raise CannotStart(f"--since: {error}") from error

    def _start(self, prefix: str, since: datetime | None) -> str:
        started = self._backfills.start(f"manual-{stamp(datetime.now(UTC))}", prefix=prefix, since=since)
        name = _name(started.execution)
        if started.outcome == "overlap":
            raise CannotStart(f"{name} is at work, and one run at a time is enough: follow it with --resume {name}")
        click.echo(f"{name} started", err=True)
        return started.execution

    def _resume(self, execution: str) -> str:
        found = self._backfills.progress(execution)
        if found.status == "SUCCEEDED":
            raise CannotStart(f"{_name(execution)} has succeeded; a new run tries again what failed in it, and skips the rest")
        if found.is_over:
            self._backfills.resume(execution)
            click.echo(f"{_name(execution)} goes on", err=True)
        return execution

    def _named(self, name: str) -> str:
        return self._backfills.latest() if name == "latest" else self._backfills.arn(name)

    def _count(self, prefix: str, since: datetime | None) -> None:
        bucket = self._backfills.layout().bucket
        objects = size = 0
        example = None
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                if since is None or item["LastModified"] >= since:
                    objects, size, example = objects + 1, size + item["Size"], example or item
        if self._options.as_json:
            click.echo(json.dumps({"objects": objects, "bytes": size, "example": example and example["Key"]}))
            return
        click.echo(f"{counted(objects, 'object')}, {counted(size, 'byte')}, under s3://{bucket}/{prefix}")
        if example:
            click.echo(f"for example {printable(example['Key'])}, modified {example['LastModified']:%Y-%m-%d %H:%M:%S} UTC")
        click.echo("Nothing was started. A run skips those of them that this model has read.")

    def _follow(self, execution: str) -> None:
        """Wait for the end, unless that is not wanted. From here on the run goes on whatever becomes of this command."""
        name = _name(execution)
        if self._options.no_follow:
            click.echo(name)
            return
        try:
            with _shown() as show:
                while not (progress := self._backfills.progress(execution)).is_over:
                    show(progress)
                    time.sleep(_EVERY)
        except KeyboardInterrupt:
            click.echo(f"The run goes on. Follow it again with --resume {name}.", err=True)
            sys.exit(EXIT_INTERRUPTED)
        except (exceptions.ClientError, exceptions.BotoCoreError) as error:
            raise OutputFailed(f"AWS: {error}\nThe run goes on. Follow it again with --resume {name}.") from error
        self._tell(progress)

    def _tell(self, progress: Progress) -> None:
        """The state and, at the end, the report. Exits with 1 where something failed."""
        report = None
        if progress.is_over and progress.map_run:
            report = result(self._s3, self._backfills.layout(), progress.map_run)
        if self._options.as_json:
            click.echo(json.dumps(_as_dict(progress, report)))
        else:
            _print(progress, report)
        if progress.is_over and (progress.status != "SUCCEEDED" or (report and report.failed)):
            sys.exit(EXIT_REJECTED)


def _as_dict(progress: Progress, report: Report | None) -> dict[str, Any]:
    return {
        "run": _name(progress.execution),
        "status": progress.status,
        "error": progress.error,
        "listed": progress.listed,
        "done": progress.done,
        "in_failed_batches": progress.failed,
        "report": report and report.to_dict(),
    }


def _print(progress: Progress, report: Report | None) -> None:
    click.echo(f"{_name(progress.execution)}: {progress.status.lower()}" + (f": {printable(progress.error)}" if progress.error else ""))
    if report is None:
        click.echo(_so_far(progress))
        return
    for outcome in [name for name in _WORDS if name in report.counts] + sorted(report.counts.keys() - _WORDS.keys()):
        click.echo(f"{report.counts[outcome]:>12,}  {_WORDS.get(outcome, outcome)}")
    _keys("rejected", list(report.rejected))
    _keys("failed", [f"{one.key}: {one.reason}" for one in report.failed])


def _keys(what: str, lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        click.echo(f"{what}: {printable(line)}")
    if len(lines) > _SHOWN:
        click.echo(f"{what}: {len(lines) - _SHOWN:,} more; --json lists all")


def _so_far(progress: Progress) -> str:
    if progress.listed is None:
        return "listing objects"
    failed = f", {progress.failed:,} of them in batches that failed" if progress.failed else ""
    return f"{progress.done:,} of {progress.listed:,} objects done{failed}"


@contextmanager
def _shown() -> Iterator[Callable[[Progress], None]]:
    """Shows progress on standard error: as a bar where that is a terminal, else as a line where something has changed."""
    if not sys.stderr.isatty():
        yield _line_of_changes()
        return
    from rich.console import Console  # noqa: PLC0415  slow to import: only for a bar
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[text]}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, text="")
        yield lambda progress: bar.update(task, total=progress.listed, completed=progress.done, text=_so_far(progress))


def _line_of_changes() -> Callable[[Progress], None]:
    last = ""

    def show(progress: Progress) -> None:
        nonlocal last
        if (text := _so_far(progress)) != last:
            last = text
            click.echo(text, err=True)

    return show


def _name(execution: str) -> str:
    return execution.rpartition(":")[2]


def _region(arn: str | None) -> str | None:
    """The region that an ARN names. Raises CannotStart where it is no state machine's."""
    if arn is None:
        return None
    parts = arn.split(":")
    if len(parts) != 7 or parts[0] != "arn" or parts[2] != "states" or parts[5] != "stateMachine":
        raise CannotStart(f"--state-machine {arn}: not the ARN of a state machine")
    return parts[3]


def _state_machine(session: boto3.Session, stack: str) -> str:
    try:
        (found,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise CannotStart(f"there is no stack {stack} in {session.region_name}") from error
    for output in found.get("Outputs", []):
        if output["OutputKey"] == "BackfillStateMachineArn":
            return str(output["OutputValue"])
    raise CannotStart(f"the stack {stack} has no output BackfillStateMachineArn: it is none of Standpoint's, or an older one")
