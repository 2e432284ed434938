"""`standpoint pairs`: given pairs in, judgements out, a JSON object a line."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from model.cli.common import (
    EXIT_INTERRUPTED,
    EXIT_REJECTED,
    CannotStart,
    counted,
    engine_option,
    json_line,
    load_reader,
    printable,
    weights_option,
)
from model.pairs import judgement_to_dict, parse_pair
from model.records import Judgement, PairInput

if TYPE_CHECKING:
    from model.reader import Reader

BATCH = 128  # pairs judged at a time; enough to sort by length, little to hold

EPILOG = """\b
Input, an object a line:
  {"text": "Ida Holm praised the plan.", "actor": [0, 8], "target": [17, 25]}
  {"text": "Ida Holm praised the plan.", "actor": "Ida Holm", "target": "the plan"}
  {"text": "The plan is a disgrace.", "actor": null, "target": [0, 8], "id": 7,
   "context": "The council voted on it."}                   (one line in the file)
Offsets are half-open [start, end), in characters of text. An end may also be a
name, which need not stand in the text. An actor of null asks for the text's own
tone. "context" is the text before. "id" is passed through, other keys ignored.

\b
Output, an object for each line of input, in order:
  {"side": "support", "attitude": "supportive", "polarity": 1.0,
   "sides": {...}, "attitudes": {...}}                      probabilities by label
  {"error": "target: missing; ..."}

\b
Examples:
  standpoint pairs pairs.jsonl
  standpoint pairs pairs.jsonl --output judged.jsonl
  cat pairs.jsonl | standpoint pairs - | jq -r .attitude

\b
Exit codes:
  0    every line was judged
  1    some lines were not (named on standard error); the rest was
  2    the command line, the files or the model cannot be used; nothing was judged
  130  interrupted
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of input, numbered from 1: the pair, or why it is none; and what is passed through ("id")."""

    number: int
    pair: PairInput | None
    error: str | None
    passed: dict[str, Any]


@click.command(epilog=EPILOG, short_help="Judge given pairs, a JSON object a line.")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write to FILE, not to standard output.")
@click.option("--overwrite", is_flag=True, help="Replace the output file if it exists.")
@engine_option
@weights_option
def pairs(file: Path, output: Path | None, overwrite: bool, engine: str, weights: Path | None) -> None:
    """Judge given pairs: who stands where toward what, in a text of yours.

    FILE holds one JSON object a line; - is standard input.
    """
    with ExitStack() as stack:
        source = _source(file, stack)
        reader = load_reader(weights, engine)
        write = _writer(output, overwrite, stack)
        try:
            failed = _judge_all(source, reader, write)
        except KeyboardInterrupt:
            click.echo("Interrupted; the lines written are whole.", err=True)
            raise SystemExit(EXIT_INTERRUPTED) from None
    if failed:
        click.echo(f"{counted(failed, 'line')} could not be judged", err=True)
        raise SystemExit(EXIT_REJECTED)


def _source(file: Path, stack: ExitStack) -> BinaryIO:
    if str(file) == "-":
        return sys.stdin.buffer
    try:
        return stack.enter_context(file.open("rb"))
    except OSError as error:
        raise CannotStart(f"cannot read {file}: {error.strerror}") from error


def _writer(output: Path | None, overwrite: bool, stack: ExitStack) -> Callable[[bytes], None]:
    if output is None:
        return lambda lines: click.echo(lines, nl=False)
    from model.cli.outfile import OutFile, Recovered, refuse_existing  # noqa: PLC0415  keeps --help fast

    refuse_existing(output, "overwrite" if overwrite else "new", resumable=False)
    return stack.enter_context(OutFile(output, "overwrite" if overwrite else "new", Recovered())).append


def _judge_all(source: Iterable[bytes], reader: Reader, write: Callable[[bytes], None]) -> int:
    """Judge every line, a batch at a time; how many could not be judged."""
    failed = 0
    lines = parse_lines(source)
    while batch := list(itertools.islice(lines, BATCH)):
        results = _judge_batch(batch, reader)
        for line, result in zip(batch, results, strict=True):
            if isinstance(result, str):
                failed += 1
                click.echo(printable(f"line {line.number}: {result}"), err=True)
        write(b"".join(json_line(line.passed | _result(result)) for line, result in zip(batch, results, strict=True)))
    return failed


def parse_lines(source: Iterable[bytes]) -> Iterator[Line]:
    """Lines as pairs, in order. A blank line is an error, so that lines in and out stay aligned; at the file's end it is left out."""
    blank: list[int] = []
    for number, raw in enumerate(source, start=1):
        if not raw.strip():
            blank.append(number)
            continue
        yield from (Line(n, None, "blank line", {}) for n in blank)
        blank.clear()
        yield _parse(number, raw)


def _parse(number: int, raw: bytes) -> Line:
    passed: dict[str, Any] = {}
    try:
        obj = json.loads(raw.decode("utf-8-sig"))
        if isinstance(obj, dict) and "id" in obj:
            passed = {"id": obj["id"]}
        return Line(number, parse_pair(obj), None, passed)
    except UnicodeDecodeError as error:
        return Line(number, None, f"not UTF-8 (byte {error.start + 1})", passed)
    except json.JSONDecodeError as error:
        return Line(number, None, f"not JSON: {error.msg} (column {error.colno})", passed)
    except RecursionError:
        return Line(number, None, "not JSON: nested too deep", passed)
    except ValueError as error:
        return Line(number, None, str(error), passed)


def _judge_batch(batch: Sequence[Line], reader: Reader) -> list[Judgement | str]:
    """A judgement or an error for each line, in order."""
    from model.encoding import SpanLost  # noqa: PLC0415  numpy and tokenizers are slow to import

    given = [line.pair for line in batch if line.pair is not None]
    judged: Iterator[Judgement | str]
    try:
        judged = iter(reader.judge(given) if given else [])
    except SpanLost:
        judged = iter([_judge_one(pair, reader) for pair in given])  # one pair spoils the batch: find it
    return [line.error or "" if line.pair is None else next(judged) for line in batch]


def _judge_one(pair: PairInput, reader: Reader) -> Judgement | str:
    from model.encoding import SpanLost  # noqa: PLC0415

    try:
        return reader.judge([pair])[0]
    except SpanLost as error:
        return str(error)


def _result(result: Judgement | str) -> dict[str, Any]:
    return {"error": result} if isinstance(result, str) else judgement_to_dict(result)
