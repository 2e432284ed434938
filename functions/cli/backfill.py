"""`standpoint backfill`: the command's options. What it does is in backfill_run, which needs boto3 and is imported only then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import click

from model.cli.common import CannotStart


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    stack: str | None
    state_machine: str | None
    region: str | None
    since: str | None
    prefix: str | None
    dry_run: bool
    status: str | None
    resume: str | None
    no_follow: bool
    as_json: bool


@click.command(
    epilog="""\b
Exit codes:
  0    every object was read, skipped or rejected with a reason
  1    some objects, or the run, failed
  2    nothing was started: no credentials, no such stack, a prefix outside the articles, another run at work
  130  interrupted (Ctrl-C); the run itself goes on

\b
Examples:
  standpoint backfill --stack standpoint --dry-run
  standpoint backfill --stack standpoint --since 7d
  standpoint backfill --stack standpoint --prefix articles/2026/ --no-follow
  standpoint backfill --stack standpoint --status latest --json
  standpoint backfill --stack standpoint --resume manual-20261125T031500Z
"""
)
@click.option("--stack", metavar="NAME", help="The CloudFormation stack that Standpoint runs in.")
@click.option("--state-machine", metavar="ARN", help="The backfill's state machine, instead of --stack.")
@click.option("--region", metavar="NAME", help="AWS region, instead of the one that is configured.")
@click.option("--since", metavar="WHEN", help="Only objects modified since a date (2026-11-01) or in so many days or hours (7d, 12h).")
@click.option("--prefix", metavar="PREFIX", help="Only keys that begin so. Default: all articles.")
@click.option("--dry-run", is_flag=True, help="Count what would be looked at; start nothing.")
@click.option("--status", metavar="RUN", help="Tell how far a run is (its name or ARN, or latest) and what became of it; start nothing.")
@click.option("--resume", metavar="RUN", help="Go on with a run that failed, or follow one at work (its name or ARN, or latest).")
@click.option("--no-follow", is_flag=True, help="Do not wait for the end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with every key that was rejected or failed.")
def backfill(**given: str | bool | None) -> None:
    """Have the whole archive read in AWS by the current model.

    Objects that have a reading by this model are skipped, so a run may be repeated at will. Live uploads go first: a backfill has a
    bounded number of workers, and a newer upload's reading is never replaced by an older one.
    """
    options = Options(**cast(dict[str, Any], given))  # click has checked each
    if (options.stack is None) == (options.state_machine is None):
        raise CannotStart("give either --stack NAME or --state-machine ARN")
    if options.dry_run + (options.status is not None) + (options.resume is not None) > 1:
        raise CannotStart("--dry-run, --status and --resume exclude each other")
    try:
        from functions.cli import backfill_run  # noqa: PLC0415  boto3 is slow to import
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "botocore"):
            raise
        raise CannotStart("standpoint backfill needs boto3, not installed here. Install with: pip install 'standpoint[aws]'") from None
    backfill_run.run(options)
