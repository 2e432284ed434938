"""`standpoint deadletters`: what failed every time, why, and what becomes of it; what was rejected."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from functions.cli import tell
from model.cli.common import EXIT_INTERRUPTED, EXIT_REJECTED, CannotStart, counted, printable

if TYPE_CHECKING:
    from functions.shared.deadletters import DeadLetter, DeadLetters
    from functions.shared.operations import Operations

EPILOG = """\b
Examples:
  standpoint deadletters list --stack standpoint
  standpoint deadletters explain 1f2e3d4c --stack standpoint
  standpoint deadletters archive --all --to dead.jsonl --stack standpoint
  standpoint deadletters redrive --all --stack standpoint
  standpoint deadletters rejected --since 7d --stack standpoint

\b
Exit codes:
  0    done
  1    done in part: some messages failed, came back or are still in the queue
  2    the command line, the stack or the queue cannot be used; nothing was done
  130  interrupted; nothing is lost
"""


@click.group(epilog=EPILOG)
def deadletters() -> None:
    """List, explain, archive and redrive messages that failed every time.

    Credentials and region are those of the AWS command line. --queue needs no stack, but then the table and the function's log
    are not asked.
    """
    if find_spec("boto3") is None:
        raise CannotStart("standpoint deadletters needs boto3, not installed here. Install with: pip install 'standpoint[aws]'")


def where(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line."),
        click.option("--queue", metavar="URL", help="A dead-letter queue, where there is no stack."),
        click.option("--stack", metavar="NAME", help="The CloudFormation stack."),
    ):
        command = option(command)
    return command


ids_argument = click.argument("ids", metavar="[ID]...", nargs=-1)
all_option = click.option("--all", "everything", is_flag=True, help="The whole queue, instead of IDs or beginnings of IDs.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


@deadletters.command("list", epilog="\b\nExamples:\n  standpoint deadletters list --stack standpoint --json | jq -r .id\n")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Messages shown, at most.")
@where
def list_(stack: str | None, queue: str | None, limit: int, *, as_json: bool) -> None:
    """What waits, since when, what it is about and why it probably failed. Nothing is taken out of the queue."""
    with reported():
        operations = opened(stack, queue)
        depth = operations.dead.depth()
        shown = [(letter, operations.diagnostician.explain(letter.body)) for letter in operations.dead.look(limit=limit)]
    click.echo(tell.heading(depth, len(shown)), err=as_json)
    tell.letters(shown, as_json=as_json)


@deadletters.command(epilog="\b\nExamples:\n  standpoint deadletters explain 1f2e3d4c --stack standpoint\n")
@click.argument("message_id", metavar="ID")
@where
def explain(stack: str | None, queue: str | None, message_id: str, *, as_json: bool) -> None:
    """Why a message failed and what to do about it: decoded anew, with what S3, the table and the function's log say."""
    with reported():
        operations = opened(stack, queue)
        found = operations.dead.look(ids=[message_id])
        if not found:
            raise CannotStart(f"no message {printable(message_id)} can be seen; `list` names those that can")
        for letter in found:
            logged = list(operations.logged(letter.id, letter.sent))
            tell.explanation(letter, operations.diagnostician.explain(letter.body), logged, as_json=as_json)


@deadletters.command(epilog="\b\nExamples:\n  standpoint deadletters archive --all --to s3://my-archive/standpoint/ --stack standpoint\n")
@ids_argument
@all_option
@click.option("--to", "target", metavar="FILE|S3-URI", required=True, help="A new file of JSON Lines, or an S3 prefix for such files.")
@dry_run_option
@where
def archive(  # noqa: PLR0913  one parameter an option
    stack: str | None, queue: str | None, ids: tuple[str, ...], target: str, *, everything: bool, dry_run: bool, as_json: bool
) -> None:
    """Write messages to JSON Lines, and delete from the queue what is written."""
    chosen = chosen_ids(ids, everything=everything)
    done, kept = 0, 0
    with reported(lambda: f"{counted(done, 'message')} archived and deleted so far" if done else ""):
        operations = opened(stack, queue)
        if dry_run:
            would(operations, chosen, "archive", as_json=as_json)
            return
        operations.dead.depth()  # before a file is made
        to = operations.archive(target)
        with closing(in_chunks(operations.dead, chosen, to.chunk)) as chunks:
            for letters in chunks:
                place = to.write(letters)
                failed = len(operations.dead.delete(letters))
                done, kept = done + len(letters) - failed, kept + failed
                click.echo(f"{place}: {counted(len(letters), 'message')}", err=True)
    tell.result({"archived": done, "not_deleted": kept}, as_json=as_json)
    finish(done + kept, chosen, incomplete=kept > 0)


@deadletters.command(epilog="\b\nExamples:\n  standpoint deadletters redrive 1f2e3d4c 9a8b7c6d --stack standpoint --no-follow\n")
@ids_argument
@all_option
@click.option("--rate", type=click.IntRange(1, 500), default=50, show_default=True, help="Messages a second, with --all.")
@click.option("--follow/--no-follow", default=True, show_default=True, help="Wait for what becomes of them.")
@click.option("--minutes", type=click.FloatRange(0), default=120, show_default=True, help="Follow so long, at most.")
@dry_run_option
@where
def redrive(  # noqa: PLR0913  one parameter an option
    stack: str | None,
    queue: str | None,
    ids: tuple[str, ...],
    rate: int,
    minutes: float,
    *,
    everything: bool,
    follow: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send messages back to the queue they came from, and tell which are dealt with and which come back.

    A message that fails again comes back after five tries, which take some 100 minutes.
    """
    chosen = chosen_ids(ids, everything=everything)
    sent: list[DeadLetter] = []
    with reported(lambda: f"{counted(len(sent), 'message')} sent back so far; the rest is still here" if sent else ""):
        operations = opened(stack, queue)
        if dry_run:
            would(operations, chosen, "redrive", as_json=as_json)
            return
        with closing(send_back(operations.dead, chosen, rate)) as letters:
            for letter in letters:
                sent.append(letter)  # one by one: an interruption tells how many
        click.echo(f"{counted(len(sent), 'message')} sent back", err=True)
        outcome = followed(operations, sent, minutes) if follow and sent else {}
    tell.result({"sent": len(sent), **outcome}, as_json=as_json)
    finish(len(sent), chosen, incomplete=bool(outcome.get("back") or outcome.get("open")))


@deadletters.command(epilog="\b\nExamples:\n  standpoint deadletters rejected --since 7d --stack standpoint --json | jq -r .key\n")
@click.option("--stack", metavar="NAME", required=True, help="The CloudFormation stack.")
@click.option("--since", metavar="AGE", default="7d", show_default=True, help="Uploaded since: 30m, 12h, 7d.")
@click.option("--reason", help="Only for this reason (binary, too-large, ...).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a line.")
def rejected(stack: str, since: str, reason: str | None, *, as_json: bool) -> None:
    """Objects that hold articles which can never be read, by time of upload, newest first. They are no dead letters."""
    from functions.shared import operations  # noqa: PLC0415  slow to import

    now = datetime.now(UTC)
    begin = now - age(since)
    with reported():
        shown = 0
        for row in operations.queries_of_stack(stack).rejected(begin, now):
            kept = [each for each in row.rejected if reason in (None, each[1])]
            shown += bool(kept)
            tell.rejected(row, kept, as_json=as_json)
    click.echo(f"{counted(shown, 'object')} with rejected articles since {begin:%Y-%m-%d %H:%M} UTC", err=True)


def opened(stack: str | None, queue: str | None) -> Operations:
    from functions.shared import operations  # noqa: PLC0415  slow to import

    if (stack is None) == (queue is None):
        raise click.UsageError("give one of --stack NAME and --queue URL")
    return operations.of_stack(stack) if stack is not None else operations.of_queue(str(queue))


def chosen_ids(ids: tuple[str, ...], *, everything: bool) -> tuple[str, ...] | None:
    """None: all of them."""
    if bool(ids) == everything:
        raise click.UsageError("give the IDs of messages, or --all")
    return None if everything else ids


def in_chunks(dead: DeadLetters, chosen: tuple[str, ...] | None, size: int) -> Generator[list[DeadLetter], None, None]:
    """The messages, `size` at a time; what was not deleted when this is closed is given back."""
    pending: list[DeadLetter] = []
    with closing(dead.take(ids=chosen)) as batches:
        for batch in batches:
            pending += batch
            if len(pending) >= size:
                yield pending
                pending = []
        if pending:
            yield pending


def send_back(dead: DeadLetters, chosen: tuple[str, ...] | None, rate: int) -> Generator[DeadLetter, None, None]:
    """Each message once it is on its way."""
    if chosen is None:
        before = dead.look()
        handle = dead.start_move(rate) if before else None
        if handle:
            with closing(dead.follow_move(handle, every=2)) as moves:
                for move in moves:
                    click.echo(
                        f"{move.status.lower()}: {move.moved:,} moved" + ("" if move.left is None else f", {move.left:,} left"), err=True
                    )
            yield from before
            return
    with closing(dead.take(ids=chosen)) as batches:
        for batch in batches:
            for letter in batch:
                if not dead.send_back(letter):
                    click.echo(f"{letter.id}: sent, but not deleted here; a second copy is passed over", err=True)
                yield letter


def followed(operations: Operations, sent: list[DeadLetter], minutes: float) -> dict[str, Any]:
    from functions.shared.redrive import follow  # noqa: PLC0415  slow to import

    diagnostician = operations.diagnostician if operations.stack else None
    for progress in follow(operations.dead, sent, diagnostician, every=20, limit=60 * minutes):
        click.echo(tell.progress(progress), err=True)
    named = {letter.digest: letter.id for letter in sent}  # the ids that the user knows
    return {
        "settled": len(progress.settled),
        "back": [letter.id for letter in progress.back],
        "open": [named[letter.digest] for letter in progress.open],
    }


def would(operations: Operations, chosen: tuple[str, ...] | None, verb: str, *, as_json: bool) -> None:
    found = operations.dead.look(ids=chosen)
    tell.letters([(letter, operations.diagnostician.explain(letter.body)) for letter in found], as_json=as_json)
    click.echo(f"would {verb} {counted(len(found), 'message')}", err=True)


def finish(found: int, chosen: tuple[str, ...] | None, *, incomplete: bool) -> None:
    if chosen is not None and found < len(chosen):
        raise (
            CannotStart("some of these messages cannot be seen; `list` names those that can")
            if not found
            else Incomplete(f"only {found} of {len(chosen)} messages could be seen")
        )
    if incomplete:
        raise click.exceptions.Exit(EXIT_REJECTED)


class Incomplete(click.ClickException):
    """Something was done, and something not."""

    exit_code = EXIT_REJECTED


@contextmanager
def reported(so_far: Callable[[], str] = str) -> Iterator[None]:
    """What stops a command, in one line, with what had been done by then ("": nothing)."""
    from functions.cli.aws_errors import explained  # noqa: PLC0415  slow to import
    from functions.shared.archives import TargetRefused  # noqa: PLC0415
    from functions.shared.deadletters import MoveFailed, QueueUnusable  # noqa: PLC0415
    from functions.shared.operations import AWS_ERRORS  # noqa: PLC0415
    from functions.shared.stacks import StackUnknown  # noqa: PLC0415

    try:
        yield
    except (StackUnknown, QueueUnusable, TargetRefused, MoveFailed, OSError, *AWS_ERRORS) as error:
        if done := so_far():
            raise Incomplete(printable(f"{explained(error)}; {done}")) from error
        raise CannotStart(printable(explained(error))) from error
    except KeyboardInterrupt:
        click.echo(f"interrupted: {so_far() or 'nothing was changed'}", err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from None


def age(text: str) -> timedelta:
    """30m, 12h, 7d. Raises UsageError."""
    units = {"m": "minutes", "h": "hours", "d": "days"}
    number, unit = text[:-1], text[-1:]
    if unit not in units or not (number.isascii() and number.isdigit() and 0 < int(number) <= 10_000):
        raise click.UsageError(f"--since {text}: give a whole number with m, h or d, as in 7d")
    return timedelta(**{units[unit]: int(number)})
