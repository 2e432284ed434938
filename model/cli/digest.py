"""`standpoint digest`: what moved lately, in readings of a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model.cli.common import CannotStart, printable

if TYPE_CHECKING:
    from model.explore.records import StanceRow
    from model.watchlist import Watchlist

_SPAN = re.compile(r"([1-9]\d{0,4})([dhw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@click.command(
    epilog="""\b
Examples:
  standpoint digest readings.jsonl --since 7d
  standpoint digest readings.jsonl --since 2026-11-01 --until 2026-12-01 --watchlist events/watchlist.yaml
  standpoint digest readings.jsonl --since 1w --html digest.html
"""
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--since", metavar="WHEN", required=True, help="A date (2026-11-01), or so long before --until: 24h, 7d, 4w.")
@click.option("--until", metavar="WHEN", help="A date or time. Default: after the newest article.")
@click.option(
    "--watchlist",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Only what an entity or issue of this file says, or what is said of it.",
)
@click.option(
    "--min-confidence", metavar="P", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Leave out stances below P (0 to 1)."
)
@click.option("--most", type=click.IntRange(1, 1000), default=10, show_default=True, help="Of each list.")
@click.option("--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write it as one page.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--overwrite", is_flag=True, help="Replace a page that exists.")
def digest(paths: tuple[Path, ...], since: str, until: str | None, html: Path | None, **options: Any) -> None:
    """Tell what moved in a period, against all that the readings hold before it: changed sides, shifts, new pairs, each with its sentence.

    FILE is a .jsonl file of readings (`standpoint classify --jsonl`). A pair's polarity is a mean that few or unsure sentences move
    little. Articles without a date are counted, and in no period.
    """
    if html and html.exists() and not options["overwrite"]:
        raise CannotStart(f"{html} exists; --overwrite replaces it")
    from model.cli.classify import load_watched  # noqa: PLC0415
    from model.explore.digest import digest as made  # noqa: PLC0415  keeps --help fast
    from model.explore.digest import newest, to_dict  # noqa: PLC0415
    from model.explore.digest_page import lines, page  # noqa: PLC0415
    from model.explore.readings import ReadingInvalid  # noqa: PLC0415

    watchlist = load_watched(options["watchlist"])
    try:
        end = _moment(until) if until else _after(newest(_rows(paths, 0.0, None), _text(datetime.now(UTC))))
        start = end - _UNITS[found[2]] * int(found[1]) if (found := _SPAN.fullmatch(since)) else _moment(since)
        if start >= end:
            raise CannotStart(f"--since {since} is not before {end:%Y-%m-%d %H:%M}")
        result = made(_rows(paths, options["min_confidence"], watchlist), _text(start), _text(end), most=options["most"])
    except ReadingInvalid as error:
        raise CannotStart(str(error)) from error
    if html:
        try:
            html.write_text(page(result), encoding="utf-8")
        except OSError as error:
            raise CannotStart(f"cannot write {html}: {error.strerror}") from error
        click.echo(f"{html}: {len(result.changed)} changed sides, {len(result.shifted)} shifts, {len(result.new)} new", err=True)
    if options["as_json"]:
        click.echo(json.dumps(to_dict(result), ensure_ascii=False))
    elif not html:
        for line in lines(result):
            click.echo(" " * (len(line) - len(line.lstrip())) + printable(line))


def _rows(paths: tuple[Path, ...], least: float, watchlist: Watchlist | None) -> Iterator[StanceRow]:
    """Stances of at least this confidence; with a watchlist, those of its entries."""
    from model.explore.readings import read_jsonl, stance_rows  # noqa: PLC0415
    from model.explore.watched import watched  # noqa: PLC0415

    found = (row for path in paths for reading in read_jsonl(path) for row in stance_rows(reading) if row.confidence >= least)
    return watched(found, watchlist) if watchlist else found


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text + "-01-01"[len(text) - 4 :] if re.fullmatch(r"\d{4}(-\d\d)?", text) else text)
    except ValueError as error:
        raise click.UsageError(f"{text!r} is no date (2026-11-01), time, or span (24h, 7d, 4w)") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _after(moment: str | None) -> datetime:
    """The second after the newest article."""
    if moment is None:
        raise CannotStart("no article has a date of publication: there is no period to tell of")
    return _moment(moment) + timedelta(seconds=1)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
