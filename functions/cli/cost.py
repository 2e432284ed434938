"""`standpoint cost`: what a number of articles needs and costs in AWS. It asks no network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from functions.cli.cost_model import HERE, Estimate, Limit, Load, Measured, PricesInvalid, estimate, read_prices

MEASURED = Measured.load()


def count(text: str) -> float:
    """A number above 0, also as 10e6 or 1_000_000."""
    try:
        number = float(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a number") from error
    if not 0 < number < 1e15:  # also not a number, and inf
        raise click.BadParameter(f"{text} is not above 0 and below 1e15")
    return number


class Share(click.FloatRange):
    name = "SHARE"

    def __init__(self) -> None:
        super().__init__(0, 1)


EPILOG = """\b
Examples:
  standpoint cost --articles 10e6 --days 1
  standpoint cost --articles 1e3 --articles 1e6 --articles 100e6
  standpoint cost --articles 5e6 --backfill --concurrency 400 --json
"""


@click.command(epilog=EPILOG)
@click.option(
    "--articles", type=count, metavar="N", multiple=True, required=True, help="Articles in the whole period; several times: a column each."
)
@click.option("--days", type=count, metavar="N", default=1, show_default=True, help="The period.")
@click.option("--words", type=count, metavar="N", default=MEASURED.words, show_default=True, help="Words of an article.")
@click.option(
    "--stances", type=count, metavar="N", help=f"Stances of an article.  [default: {MEASURED.stances:.0f} in {MEASURED.words:.0f} words]"
)
@click.option("--memory", type=click.IntRange(128, 10240), default=2048, show_default=True, metavar="MB", help="Memory of the function.")
@click.option("--backfill", is_flag=True, help="A backfill by Step Functions of articles that are there, in place of live uploads.")
@click.option("--reread", type=Share(), help="Share that replaces an older reading.  [default: 0; with --backfill 1]")
@click.option("--batch", type=click.IntRange(1, 100), default=10, show_default=True, metavar="N", help="Articles an invocation at most.")
@click.option("--concurrency", type=click.IntRange(1), default=10, show_default=True, metavar="N", help="Invocations allowed at one time.")
@click.option(
    "--peak", type=count, metavar="N", default=2, show_default=True, help="The busiest moment of live uploads, as a multiple of the mean."
)
@click.option("--hot", type=Share(), default=0.05, show_default=True, help="Share of stances by the actor that is named most.")
@click.option("--prices", type=click.Path(path_type=Path), default=HERE / "prices.toml", metavar="FILE", help="Prices of another region.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each number of articles, a line each.")
def cost(articles: tuple[float, ...], prices: Path, as_json: bool, **options: Any) -> None:
    """Estimate what reading articles in AWS needs and costs, by service, and say which limits it passes.

    List prices without the free tier, from measured times and sizes; queries of the table and data transfer are not in it.
    docs/cost.md says how it is computed.
    """
    try:
        region, found = read_prices(prices)
    except PricesInvalid as error:
        raise click.BadParameter(str(error), param_hint="--prices") from error
    estimates = [estimate(_load(number, options), MEASURED, found) for number in articles]
    for line in [json.dumps(_record(region, one)) for one in estimates] if as_json else report(region, estimates):
        click.echo(line)


def _load(articles: float, options: Mapping[str, Any]) -> Load:
    """The options by the names that Load has for them, with the defaults that depend on others."""
    values = {name: value for name, value in options.items() if name != "memory"}
    if values["stances"] is None:
        values["stances"] = MEASURED.stances * options["words"] / MEASURED.words
    if values["reread"] is None:
        values["reread"] = 1.0 if options["backfill"] else 0.0
    return Load(articles=articles, memory_mb=options["memory"], **values)


def _record(region: str, one: Estimate) -> dict[str, Any]:
    return {
        "region": region,
        "load": asdict(one.load),
        "needs": asdict(one.needs) | {"peak_concurrency": one.needs.peak_concurrency},
        "usd_reading": one.reading | {"total": sum(one.reading.values())},
        "usd_a_month": one.keeping | {"total": sum(one.keeping.values())},
        "limits": [asdict(limit) | {"passed": limit.passed} for limit in one.limits],
    }


PEAKS = {
    "table's writes": "writes of the table, units/s",
    "an index's writes": "writes of each index, units/s",
    "one index key's writes": "writes of one index key, units/s",
}


def report(region: str, estimates: Sequence[Estimate]) -> list[str]:
    """Lines: the table, a column for each number of articles, and the limits that are passed; also valid Markdown."""
    load = estimates[0].load
    period = f"{load.days:g} day" if load.days == 1 else f"{load.days:g} days"
    return [
        *_table(
            [
                [f"US dollars, {region}", *(f"{one.load.articles:,.0f} in {period}" for one in estimates)],
                *_bill([one.reading for one in estimates]),
                ["**reading them**", *(_dollars(sum(one.reading.values())) for one in estimates)],
                ["… a million", *(_dollars(sum(one.reading.values()) / one.load.articles * 1e6) for one in estimates)],
                *_bill([one.keeping for one in estimates]),
                ["**keeping them, each month**", *(_dollars(sum(one.keeping.values())) for one in estimates)],
                ["*seconds an article*", *(f"{one.needs.seconds_an_article:.2f}" for one in estimates)],
                ["*articles a second, mean*", *(_number(one.needs.mean_rate) for one in estimates)],
                ["*concurrency, peak*", *(_number(one.needs.peak_concurrency) for one in estimates)],
                *([f"*{label}, peak*", *(_number(_need(one, name)) for one in estimates)] for name, label in PEAKS.items()),
                [f"*hours at a concurrency of {load.concurrency}*", *(_number(one.needs.hours) for one in estimates)],
            ]
        ),
        *(line for one in estimates for line in _passed(one)),
    ]


def _bill(columns: Sequence[Mapping[str, float]]) -> list[list[str]]:
    """A row for each line that costs anything anywhere."""
    return [[name, *(_dollars(column[name]) for column in columns)] for name in columns[0] if any(column[name] for column in columns)]


def _need(one: Estimate, name: str) -> float:
    return next(limit.need for limit in one.limits if limit.name == name)


def _passed(one: Estimate) -> list[str]:
    lines = [f"- {_line(limit)}" for limit in one.limits if limit.passed]
    which = ["these limits:", ""] if lines else ["no limit."]
    return ["", f"{one.load.articles:,.0f} articles pass {which[0]}", *which[1:], *lines]


def _line(limit: Limit) -> str:
    return f"{limit.name}: {_number(limit.need)} {limit.unit}, where {limit.limit:,.0f} is the limit: {limit.remedy}"


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(row: list[str]) -> str:
        return (
            "| "
            + " | ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))])
            + " |"
        )

    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]) + "|"
    return [line(rows[0]), rule, *map(line, rows[1:])]


def _dollars(value: float) -> str:
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


def _number(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"
