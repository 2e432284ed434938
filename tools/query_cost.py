"""What each page of the query API reads in DynamoDB: calls, read units, dollars; over copies of the sample article's real items, in moto.

    python -m tools.query_cost [--articles 500]

Units by the sizes of the items that come back (DynamoDB Developer Guide, "Read capacity units"): 4 KB a unit where the read is
consistent, 8 KB where it is not, which are the indexes'. Time is not told: moto's is not DynamoDB's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import click
from fastapi.testclient import TestClient
from moto import mock_aws

from functions.cli.cost_model import HERE, read_prices
from functions.query.api import api
from functions.shared import items
from functions.shared.exploring import TableArchive
from functions.shared.items import Findings, Item
from functions.shared.order import Head, Source
from functions.shared.tables import Table
from model.cli.bench import sample
from model.reader import Reader
from model.records import Reading
from tests.functions.conftest import make_resources
from tests.functions.fakes import TABLE
from tools.measure_items import item_bytes

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class Counted(Table):
    """A table that adds up what is read. `units` are read units."""

    calls = 0
    units = 0.0

    def get(self, pk: str, sk: str) -> Item | None:
        found = super().get(pk, sk)
        self._add([found] if found else [{}], each=True, consistent=True)
        return found

    def get_all(self, keys: Sequence[tuple[str, str]]) -> Iterator[Item]:
        found = list(super().get_all(keys))
        self._add(found, each=True, consistent=True)
        yield from found

    def _pages(self, **query: Any) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(TableName=self._name, **query)
        for page in pages:
            self._add(page["Items"], each=False, consistent=query.get("ConsistentRead", False))
            yield from page["Items"]

    def _add(self, found: Sequence[Item], *, each: bool, consistent: bool) -> None:
        sizes = [item_bytes(item) for item in found]
        units = sum(max(1, math.ceil(size / 4096)) for size in sizes) if each else max(1, math.ceil(sum(sizes) / 4096))
        self.calls += 1
        self.units += units if consistent else units / 2


@click.command()
@click.option("--articles", default=500, show_default=True, help="Copies of the sample, one each three hours.")
def main(articles: int) -> None:
    """Fill a table and ask."""
    with mock_aws():
        boto3.setup_default_session(region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106
        make_resources()
        client = boto3.resource("dynamodb").meta.client
        reading = Reader.load().read(sample())
        fill(Table(client, TABLE), reading, articles)
        actor, target = reading.stances[0].actor, reading.stances[0].target
        _, prices = read_prices(HERE / "prices.toml")
        price = prices["dynamodb_read_unit"].of(1_000_000)
        click.echo(f"{articles} articles of {len(reading.stances)} stances; read units, and dollars a million questions")
        for question in (
            "/articles",
            "/articles/articles/000001.json",
            "/actors",
            f"/actors/{actor}/stances",
            f"/targets/{target}/stances",
            f"/pairs/{actor}/{target}",
            "/matrix",
            f"/matrix?actors={actor}",
            "/network",
            "/search?q=the",
        ):
            table = Counted(client, TABLE)
            answer = TestClient(api(TableArchive(table, now=lambda: FIRST + timedelta(days=articles / 8)))).get(question)
            assert answer.status_code == 200, answer.text  # noqa: S101
            click.echo(f"{table.calls:5} calls {table.units:9.1f} units {table.units * price:11,.2f} $  {question}")


def fill(table: Table, reading: Reading, articles: int) -> None:
    for number in range(articles):
        key, moment = f"articles/{number:06d}.json", FIRST + timedelta(hours=3 * number)
        article = replace(reading.article, id=key, published_at=items.timestamp(moment))
        findings = Findings(reading.model.revision, readings=((1, replace(reading, article=article)),))
        source = Source("bucket", key, None, None, "0" * 16, moment)
        generation = f"{number:032x}"
        head = items.head_item(key, Head("read", generation, source, reading.model.revision), findings)
        table.put_all([head, *items.content_items(key, generation, source, findings)])


if __name__ == "__main__":
    main()
