"""What is told on standard error while a run goes on: failures as they come, a bar where one is of use, a summary."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from model.cli.common import counted, printable
from model.cli.sources import Failure

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@dataclass(slots=True)
class Tally:
    """Counts of a run; the only thing that grows in it is `reasons`, by kinds of failure."""

    articles: int = 0
    stances: int = 0
    skipped: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)

    def summary(self) -> str:
        """ "3 articles, 12 stances, 0.8 s", and what was left out and why."""
        parts = [counted(self.articles, "article"), counted(self.stances, "stance"), f"{time.monotonic() - self.began:.1f} s"]
        if self.skipped:
            parts.append(f"{self.skipped:,} skipped (already in the output)")
        lines = [", ".join(parts)]
        if self.reasons:
            kinds = ", ".join(f"{n:,} {reason}" for reason, n in self.reasons.most_common())
            lines.append(f"{counted(self.reasons.total(), 'input')} rejected: {kinds}")
        return "\n".join(lines)


class Meter:
    """Messages on standard error, above the bar where there is one."""

    def __init__(self, tally: Tally, bar: Progress | None = None, task: TaskID | None = None) -> None:
        self.tally = tally
        self._bar = bar
        self._task = task

    def failed(self, failure: Failure) -> None:
        """Count a failure and tell of it at once."""
        self.tally.reasons[failure.reason] += 1
        message = printable(f"{failure.where}: {failure.reason}: {failure.detail}")
        if self._bar is None:
            click.echo(message, err=True)
        else:
            self._bar.console.print(message, markup=False, highlight=False, soft_wrap=True)

    def article_done(self, stances: int) -> None:
        """One more article is read, and has so many stances."""
        self.tally.articles += 1
        self.tally.stances += stances
        if self._bar is not None and self._task is not None:
            counts = f"{counted(self.tally.articles, 'article')}, {counted(self.tally.stances, 'stance')}"
            self._bar.update(self._task, counts=counts)

    def file_done(self) -> None:
        """One more file is read to its end."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)


@contextmanager
def meter(tally: Tally, count: Callable[[], int], *, stdout_busy: bool) -> Iterator[Meter]:
    """A meter; with a bar where standard error is a terminal that does not show the readings themselves."""
    if not sys.stderr.isatty() or (stdout_busy and sys.stdout.isatty()):
        yield Meter(tally)
        return
    from rich.console import Console  # noqa: PLC0415  slow to import: only for a bar
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("files  {task.fields[counts]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Meter(tally, bar, bar.add_task("", total=count(), counts=""))
