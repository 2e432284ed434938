"""Where readings go: the terminal, standard output, files. A sink takes one reading at a time and keeps none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from model.cli import report
from model.cli.common import CannotStart, json_line
from model.cli.crossings import Crossings
from model.cli.outfile import OutFile, Recovered, Start, recover_csv, recover_jsonl, refuse_existing
from model.cli.rows import COLUMNS, csv_bytes, rows
from model.reading import to_dict
from model.records import Reading


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the user asked for; nothing at all means a table."""

    json: bool = False
    jsonl: Path | None = None
    csv: Path | None = None
    html: Path | None = None
    start: Start = "new"

    @property
    def resumable(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.jsonl, self.csv) if path is not None)

    @property
    def uses_stdout(self) -> bool:
        return self.json or not (self.jsonl or self.csv or self.html)


@dataclass(frozen=True, slots=True)
class Sink:
    """Takes readings; `done` are ids of articles that it holds from an earlier run."""

    write: Callable[[Reading], None]
    done: frozenset[str] = frozenset()


def check_outputs(outputs: Outputs) -> None:
    """Raise CannotStart or UsageError before anything is loaded, read or replaced."""
    if outputs.start == "resume" and not outputs.resumable:
        raise click.UsageError("--resume goes on with a --jsonl or --csv file; neither is given.")
    if outputs.start == "resume" and outputs.html:
        raise click.UsageError("--resume cannot go on with an --html page; write the page in a run of its own.")
    files = [path for path in (outputs.jsonl, outputs.csv, outputs.html) if path is not None]
    if len({path.absolute() for path in files}) < len(files):
        raise click.UsageError("two outputs have the same file.")
    for path in files:
        refuse_existing(path, outputs.start, resumable=path in outputs.resumable)


def open_sinks(outputs: Outputs, stack: ExitStack) -> list[Sink]:
    """Open what the user asked for; `stack` closes it."""
    sinks = []
    if outputs.json:
        sinks.append(Sink(lambda reading: click.echo(json_line(to_dict(reading)), nl=False)))
    elif outputs.uses_stdout:
        sinks.append(_table())
    if outputs.jsonl:
        sinks.append(_jsonl(outputs.jsonl, outputs.start, stack))
    if outputs.csv:
        sinks.append(_csv(outputs.csv, outputs.start, stack))
    if outputs.html:
        sinks.append(_html(outputs.html, outputs.start, stack))
    return sinks


def _table() -> Sink:
    from model.cli.table import console_for, print_reading  # noqa: PLC0415  rich is slow to import: only for a table

    console = console_for(sys.stdout)
    return Sink(lambda reading: print_reading(console, reading))


def _jsonl(path: Path, start: Start, stack: ExitStack) -> Sink:
    file = stack.enter_context(_open(path, start, recover_jsonl))
    return Sink(lambda reading: file.append(json_line(to_dict(reading))), file.recovered.ids)


def _csv(path: Path, start: Start, stack: ExitStack) -> Sink:
    file = stack.enter_context(_open(path, start, lambda existing: recover_csv(existing, COLUMNS)))
    if file.empty:
        file.append(csv_bytes([COLUMNS]))
    kept = file.recovered.tail
    again = file.recovered.tail_id

    def write(reading: Reading) -> None:
        nonlocal kept
        if reading.article.id == again:
            kept = b""
        file.append(csv_bytes(rows(reading)))

    stack.callback(lambda: file.append(kept))
    return Sink(write, file.recovered.ids)


def _html(path: Path, start: Start, stack: ExitStack) -> Sink:
    file = stack.enter_context(_open(path, start, lambda _: Recovered()))
    file.append(report.head().encode())
    sizes: list[int] = [0, 0]  # articles, stances
    met = Crossings()

    def write(reading: Reading) -> None:
        sizes[0] += 1
        sizes[1] += len(reading.stances)
        met.add(reading, sizes[0])
        file.append(report.section(reading, sizes[0]).encode())

    stack.callback(
        lambda: file.append(report.foot(sizes[0], sizes[1], met.table()).encode())
    )  # a page that was interrupted opens all the same
    return Sink(write)


def _open(path: Path, start: Start, recover: Callable[[Path], Recovered]) -> OutFile:
    if start != "resume" or not path.exists():
        return OutFile(path, "new" if start == "resume" else start, Recovered())
    try:
        recovered = recover(path)
    except OSError as error:
        raise CannotStart(f"cannot resume {path}: {error.strerror}") from error
    return OutFile(path, "resume", recovered)
