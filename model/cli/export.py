"""`standpoint export`: readings as tables and networks for other tools; and, of a training run, weights for serving."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from model.cli.common import CannotStart, counted
from model.labels import ATTITUDES, SIDES

NEEDS = {".parquet": "pyarrow", ".graphml": "networkx"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says about readings."""

    paths: tuple[Path, ...]
    to: Path
    overwrite: bool
    statements: bool
    network: str | None
    of: str
    normalise: Any
    window: Any
    wanted: dict[str, Any]


@click.command(
    epilog="""\b
Formats by the file's name:
  .csv       a row for each stance and sentence; with --statements the columns of Discourse Network
             Analyzer's statements; with --network the edges
  .parquet   the same rows as .csv                                 (needs 'standpoint[export]')
  .graphml   with --network: for Gephi, igraph and networkx; a file for each --window  (needs the same)

\b
Examples:
  standpoint export readings.jsonl --to stances.csv
  standpoint export readings.jsonl --to stances.parquet --from 2026-01 --min-confidence 0.7
  standpoint export readings.jsonl --to statements.csv --statements
  standpoint export readings.jsonl --to allies.graphml --network congruence --normalise average
  standpoint export readings.jsonl --to months.csv --network subtract --window month
  standpoint export runs/first --output model/weights              (a training run's weights, for serving)
"""
)
@click.argument("paths", metavar="FILE...|DIR", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--to",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the readings' stances go: .csv, .parquet or .graphml.",
)
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Of a training run: folder for what `--weights` takes.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that exists.")
@click.option("--statements", is_flag=True, help="The columns of Discourse Network Analyzer's statements.")
@click.option(
    "--network",
    type=click.Choice(["congruence", "conflict", "subtract", "two-mode"]),
    help="Who shares sides with whom, opposes whom, the first less the second; or actors by targets.",
)
@click.option("--of", type=click.Choice(["actors", "targets"]), default="actors", show_default=True, help="Whose network.")
@click.option(
    "--normalise",
    type=click.Choice(["no", "average", "jaccard", "cosine"]),
    default="no",
    show_default=True,
    help="How weights are made comparable.",
)
@click.option("--window", type=click.Choice(["day", "week", "month", "year"]), help="A network for each.")
@click.option(
    "--once-per", type=click.Choice(["article", "day", "week", "month", "source"]), help="Count an actor's side on a target once in each."
)
@click.option("--from", "since", metavar="TIME", help="Published at this time or later (ISO 8601 or its beginning).")
@click.option("--before", "until", metavar="TIME", help="Published before this time.")
@click.option("--side", type=click.Choice(SIDES), multiple=True, help="May be repeated.")
@click.option("--attitude", metavar="LABEL", type=click.Choice(ATTITUDES), multiple=True, help="One of the eleven; may be repeated.")
@click.option("--source", metavar="NAME", multiple=True, help="May be repeated.")
@click.option("--actor", metavar="ID", multiple=True, help="May be repeated.")
@click.option("--target", metavar="ID", multiple=True, help="May be repeated.")
@click.option(
    "--min-confidence", metavar="P", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Leave out stances below P (0 to 1)."
)
def export(paths: tuple[Path, ...], to: Path | None, output: Path | None, **options: Any) -> None:
    """Write the stances of readings (a .jsonl file of `standpoint classify`) for other tools: tables, statements, networks.

    With --output: turn a training run into weights for serving (ONNX, int8). Needs 'standpoint[train]'.
    """
    if to is None and output is not None:
        _weights(paths, output)
        return
    if to is None or output is not None:
        raise click.UsageError("give --to FILE for the stances of readings, or --output DIR for the weights of a training run.")
    wanted = {
        name: options.pop(name)
        for name in ("once_per", "since", "until", "side", "attitude", "source", "actor", "target", "min_confidence")
    }
    _readings(Asked(paths=paths, to=to, wanted=wanted, **options))


def _weights(paths: tuple[Path, ...], output: Path) -> None:
    if len(paths) > 1 or not paths[0].is_dir():
        raise click.UsageError("--output takes the folder of one training run; readings go --to a file.")
    from model.cli.train import run  # noqa: PLC0415

    run("export", paths[0], output=output)


def _readings(asked: Asked) -> None:
    _check(asked)
    from model.explore import exports  # noqa: PLC0415  keeps --help fast
    from model.explore.archive import Filters  # noqa: PLC0415
    from model.explore.readings import ReadingInvalid  # noqa: PLC0415

    w = asked.wanted
    filters = Filters(w["since"], w["until"], frozenset(w["side"]), frozenset(w["attitude"]), frozenset(w["source"]), w["min_confidence"])
    wanted = exports.Wanted(filters, frozenset(w["actor"]), frozenset(w["target"]), w["once_per"])
    try:
        rows = exports.chosen(_rows(asked.paths), wanted)
        click.echo(_write(asked, rows), err=True)
    except ReadingInvalid as error:
        raise CannotStart(str(error)) from error
    except OSError as error:
        raise CannotStart(f"{error.filename}: {error.strerror}") from error


def _check(asked: Asked) -> None:
    """Raise before anything is read: what does not go together, is not installed, or would be replaced."""
    kind = asked.to.suffix
    if kind not in (".csv", ".parquet", ".graphml"):
        raise click.UsageError(f"{asked.to}: the name must end with .csv, .parquet or .graphml.")
    if kind == ".graphml" and not asked.network:
        raise click.UsageError(".graphml holds a network: say which with --network.")
    if kind == ".parquet" and (asked.network or asked.statements):
        raise click.UsageError(".parquet holds the sentences; networks and statements go to .csv.")
    if asked.network and asked.statements:
        raise click.UsageError("--network and --statements exclude each other.")
    if not asked.network and (asked.window or asked.normalise != "no" or asked.of != "actors"):
        raise click.UsageError("--of, --normalise and --window are of networks: say which with --network.")
    if asked.network == "two-mode" and asked.normalise != "no":
        raise click.UsageError("a two-mode network has counts only: leave --normalise out.")
    if kind in NEEDS and find_spec(NEEDS[kind]) is None:
        raise CannotStart(f"{kind} needs {NEEDS[kind]}, not installed here. Install with: pip install 'standpoint[export]'")
    for path in asked.paths:
        if path.is_dir():
            raise click.UsageError(f"{path} is a folder: name the .jsonl files of readings (a training run takes --output).")
        if path.absolute() == asked.to.absolute():
            raise click.UsageError(f"{path} would be replaced by its own export.")
    windows = asked.network and asked.window and kind == ".graphml"
    if not windows and asked.to.exists() and not asked.overwrite:
        raise CannotStart(f"{asked.to} exists; --overwrite replaces it")


def _rows(paths: tuple[Path, ...]) -> Iterator[Any]:
    from model.explore.readings import read_jsonl, stance_rows  # noqa: PLC0415

    for path in paths:
        for reading in read_jsonl(path):
            yield from stance_rows(reading)


def _write(asked: Asked, rows: Iterator[Any]) -> str:
    """Write what was asked for; the line that says so."""
    from model.explore import exports  # noqa: PLC0415

    if asked.network:
        mode: Any = "two-mode" if asked.network == "two-mode" else asked.of
        kind: Any = "congruence" if mode == "two-mode" else asked.network
        drawing = exports.Drawing(mode, kind, asked.normalise, asked.window)
        found = exports.networks(rows, drawing)
        if asked.to.suffix == ".graphml":
            return _graphs(asked, found)
        count = _replace(asked.to, lambda part: _csv(part, exports.EDGES, exports.edges(found)))
        return f"{asked.to}: {counted(count, 'edge')} in {counted(len(found), 'network')}"
    if asked.to.suffix == ".parquet":
        return f"{asked.to}: {counted(_replace(asked.to, lambda part: exports.write_parquet(exports.sentences(rows), part)), 'row')}"
    columns, lines = (exports.STATEMENTS, exports.statements(rows)) if asked.statements else (exports.SENTENCES, exports.sentences(rows))
    return f"{asked.to}: {counted(_replace(asked.to, lambda part: _csv(part, columns, lines)), 'row')}"


def _graphs(asked: Asked, found: dict[str, Any]) -> str:
    from model.explore.exports import graphml  # noqa: PLC0415
    from model.explore.networks import Network  # noqa: PLC0415

    if not asked.window:
        network = found.get("", Network((), ()))
        _replace(asked.to, lambda part: part.write_bytes(graphml(network)))
        return f"{asked.to}: {counted(len(network.nodes), 'node')}, {counted(len(network.edges), 'edge')}"
    files = {window: asked.to.with_name(f"{asked.to.stem}-{window}{asked.to.suffix}") for window in found}
    for path in files.values():
        if path.exists() and not asked.overwrite:
            raise CannotStart(f"{path} exists; --overwrite replaces it")
    for window, path in files.items():
        content = graphml(found[window])
        _replace(path, lambda part, content=content: part.write_bytes(content))  # type: ignore[misc]
    return f"{counted(len(files), 'network')}: {', '.join(str(path) for path in files.values()) or 'no stance has a date'}"


def _csv(path: Path, columns: Iterable[str], lines: Iterable[tuple[Any, ...]]) -> int:
    from model.cli.rows import csv_bytes  # noqa: PLC0415

    count = 0
    with path.open("wb") as out:
        out.write(csv_bytes([tuple(columns)]))
        for line in lines:
            out.write(csv_bytes([line]))
            count += 1
    return count


def _replace(path: Path, write: Callable[[Path], int]) -> int:
    """Write beside the file and move there when whole: a run that ends early leaves what was there."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        count = write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count
