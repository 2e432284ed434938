"""`standpoint classify`: articles in, readings out, one at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model.cli.common import (
    EXIT_INTERRUPTED,
    EXIT_REJECTED,
    CannotStart,
    counted,
    engine_option,
    load_reader,
    weights_option,
)
from model.records import Article, Reading, RejectedInput

if TYPE_CHECKING:
    from model.cli.outfile import Start
    from model.cli.progress import Meter
    from model.cli.sinks import Outputs, Sink
    from model.cli.sources import Failure
    from model.reader import Reader
    from model.watchlist import Watchlist

EPILOG = """\b
Examples:
  standpoint classify article.txt
  standpoint classify news/ --min-confidence 0.6
  standpoint classify news/ --jsonl readings.jsonl
  standpoint classify news/ --jsonl readings.jsonl --resume
  standpoint classify page.html --html page-read.html
  standpoint classify news/ --csv stances.csv --watchlist watchlist.yaml
  curl -s https://example.org/story | standpoint classify - --json | jq .stances

\b
Exit codes:
  0    everything was read
  1    some input was rejected or failed (named on standard error), the rest was
       read; or the output could not be written to its end
  2    the command line, the watchlist, an output file or the model cannot be
       used; nothing was read
  130  interrupted; files hold whole records
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What reads, what readings go through, and where to."""

    reader: Reader
    watchlist: Watchlist | None
    min_confidence: float
    sinks: list[Sink]


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print a reading a line (JSON) on standard output.")
@click.option("--jsonl", metavar="FILE", type=click.Path(path_type=Path), help="Write a reading a line to FILE.")
@click.option(
    "--csv",
    "csv_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a row for each stance and each sentence that shows it; attitude and confidence are the sentence's own.",
)
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Write one page that shows the evidence in the text.")
@click.option("--overwrite", is_flag=True, help="Replace output files that exist.")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with --jsonl and --csv files: articles whose id stands in them are skipped, half a line at the end is dropped. "
    "(Of a .csv, the last article and those without stances, which leave no row, are read again.)",
)
@click.option("--watchlist", metavar="FILE", type=click.Path(path_type=Path), help="Entities and issues to look for (YAML).")
@click.option(
    "--min-confidence", metavar="P", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Leave out stances below P (0 to 1)."
)
@engine_option
@weights_option
def classify(  # noqa: PLR0913  click passes each option as a parameter
    *,
    paths: tuple[str, ...],
    as_json: bool,
    jsonl: Path | None,
    csv_file: Path | None,
    html: Path | None,
    overwrite: bool,
    resume: bool,
    watchlist: Path | None,
    min_confidence: float,
    engine: str,
    weights: Path | None,
) -> None:
    """Read articles and tell who stands where.

    PATH is a file or a folder of .txt, .json, .jsonl or .html files, or .gz of each, or - for standard input. A folder is
    searched to its end and may hold any number of files: articles are read one at a time.

    Without an output option, a table for people is printed. Several outputs can be written in one run. Messages and the
    summary go to standard error.
    """
    from model.cli.sinks import Outputs, check_outputs, open_sinks  # noqa: PLC0415  keeps --help fast

    if overwrite and resume:
        raise click.UsageError("--overwrite and --resume exclude each other.")
    start: Start = "overwrite" if overwrite else "resume" if resume else "new"
    outputs = Outputs(as_json, jsonl, csv_file, html, start)
    check_outputs(outputs)
    watched = load_watched(watchlist)
    reader = load_reader(weights, engine)
    with ExitStack() as stack:
        code = _classify(paths, Run(reader, watched, min_confidence, open_sinks(outputs, stack)), outputs)
    raise SystemExit(code)


def _classify(paths: tuple[str, ...], run: Run, outputs: Outputs) -> int:
    """Read everything and tell how it went; the exit code."""
    from model.cli.progress import Tally, meter  # noqa: PLC0415
    from model.cli.sources import articles, count_files  # noqa: PLC0415

    tally = Tally()
    interrupted = False
    with meter(tally, lambda: count_files(paths), stdout_busy=outputs.uses_stdout) as told:
        try:
            _read_all(articles(paths, file_done=told.file_done), run, told)
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        click.echo(_interruption(tally.articles, outputs), err=True)
    click.echo(tally.summary(), err=True)
    return EXIT_INTERRUPTED if interrupted else EXIT_REJECTED if tally.reasons else 0


def _read_all(items: Iterator[Article | Failure], run: Run, told: Meter) -> None:
    from model.cli.sources import Failure  # noqa: PLC0415

    for item in items:
        if isinstance(item, Failure):
            told.failed(item)
            continue
        waiting = [sink for sink in run.sinks if item.id not in sink.done]
        if not waiting:
            told.tally.skipped += 1
            continue
        try:
            reading = run.reader.read(item, watchlist=run.watchlist)
        except RejectedInput as error:
            told.failed(Failure(item.id, error.reason, error.detail))
            continue
        reading = _confident(reading, run.min_confidence)
        for sink in waiting:
            sink.write(reading)
        told.article_done(len(reading.stances))


def _confident(reading: Reading, least: float) -> Reading:
    return dataclasses.replace(reading, stances=tuple(stance for stance in reading.stances if stance.confidence >= least))


def load_watched(path: Path | None) -> Watchlist | None:
    if path is None:
        return None
    from model.watchlist import WatchlistError, load_watchlist  # noqa: PLC0415

    try:
        return load_watchlist(path)
    except WatchlistError as error:
        raise CannotStart(f"watchlist {path}: {error}") from error
    except OSError as error:
        raise CannotStart(f"watchlist {path}: {error.strerror}") from error


def _interruption(articles: int, outputs: Outputs) -> str:
    message = f"Interrupted after {counted(articles, 'article')}."
    if not outputs.resumable:
        return message
    files = " and ".join(str(path) for path in outputs.resumable)
    swap = " instead of --overwrite" if outputs.start == "overwrite" else ""
    return f"{message} What stands in {files} is whole; go on with the same command and --resume{swap}."
