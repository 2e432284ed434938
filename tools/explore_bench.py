"""Load time of the embedded store, and the latency of each page of the query API over it, with synthetic readings (said so: made up).

python -m tools.explore_bench [--stances 1000000]
"""

from __future__ import annotations

import random
import resource
import statistics
import time
from collections.abc import Iterator
from typing import Any

import click
from fastapi.testclient import TestClient

from functions.query.api import api
from model.explore.sqlite import SqliteArchive
from model.labels import ATTITUDES, POLARITY, side_of

A_READING = 4  # stances
QUESTIONS = (
    "/articles",
    "/articles/article-00000017",
    "/actors",
    "/targets?from=2026-01&to=2026-02",
    "/actors/actor-1/stances",
    "/targets/target-1/stances?side=oppose",
    "/pairs/actor-1/target-1",
    "/matrix",
    "/matrix?from=2026-01&to=2026-02",
    "/network?kind=subtract",
    "/search?q=act",
)


@click.command()
@click.option("--stances", default=1_000_000, show_default=True)
@click.option("--times", default=5, show_default=True, help="Each question so often; the median is told.")
def main(stances: int, times: int) -> None:
    """Time it."""
    archive = SqliteArchive.open()
    began = time.perf_counter()
    articles = archive.add(readings(stances // A_READING))
    click.echo(f"{articles:,} articles, {stances:,} stances, synthetic: loaded in {time.perf_counter() - began:.0f} s")
    client = TestClient(api(archive))
    for question in QUESTIONS:
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            answer = client.get(question)
            taken.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text  # noqa: S101
        click.echo(f"{statistics.median(taken) * 1000:8.0f} ms  {len(answer.content) / 1000:7.1f} KB  {question}")
    click.echo(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def readings(count: int) -> Iterator[dict[str, Any]]:
    """Made up: 3,000 actors and 5,000 targets, few of them frequent (by a power law), over three years."""
    chance = random.Random(5)  # noqa: S311  the same each time
    for number in range(count):
        text = "Somebody said something about something. " * A_READING
        day = f"{2024 + number % 3}-{1 + number % 12:02d}-{1 + number % 28:02d}T{number % 24:02d}:00:00Z"
        ends = [(f"actor-{_rank(chance, 3000)}", f"target-{_rank(chance, 5000)}") for _ in range(A_READING)]
        stances = []
        for i, (actor, target) in enumerate(dict.fromkeys(ends)):
            attitude = chance.choice(ATTITUDES)
            shown = {"start": 41 * i, "end": 41 * i + 40, "attitude": attitude, "stance": side_of(attitude), "confidence": 0.8}
            about = {"attitude": attitude, "side": side_of(attitude), "polarity": POLARITY[attitude], "confidence": 0.8}
            stances.append({"actor": actor, "target": target, **about, "stance": side_of(attitude), "evidence": [shown]})
        entities = [{"id": each, "name": each.replace("-", " "), "type": "ORG", "mentions": []} for pair in ends for each in pair]
        yield {
            "article_id": f"article-{number:08d}",
            "title": f"Article {number}",
            "source": f"Source {number % 20}",
            "published_at": day,
            "language": "en",
            "model": {"name": "none", "revision": "sha256:0"},
            "text": text,
            "sentences": [],
            "entities": entities,
            "stances": stances,
        }


def _rank(chance: random.Random, most: int) -> int:
    return min(most, int(chance.paretovariate(0.6)))


if __name__ == "__main__":
    main()
